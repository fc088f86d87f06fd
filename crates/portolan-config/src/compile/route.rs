//! Routes: what each matches, and the plugins that its requests may meet.

use super::{Compiler, text, texts};
use crate::{
    compiled::{HeaderPattern, HostPattern, NamePattern, PathPattern, Protocols, Route},
    document::Node,
    entities::Item,
    pattern::Pattern,
    schema::view::View,
};

impl Compiler<'_, '_> {
    pub(super) fn route(&mut self, index: usize, item: &Item<'_>) -> Option<Route> {
        let view = View::new(item.node, item.entity.record);
        let service = match item.parent("service") {
            Some(service) => Some((service, self.service(service)?)),
            None => None,
        };
        let mut plugins = Vec::new();
        for plugin in self.plugins.reachable(self.entities, index) {
            let lender = service
                .as_ref()
                .map(|(index, service)| (*index, &**service));
            plugins.push(self.plugin(plugin, lender)?);
        }
        let protocols = view.texts("protocols");
        let hosts = view.texts("hosts").into_iter().map(HostPattern::parse);
        let snis = view.texts("snis").into_iter().map(NamePattern::of_sni);
        let paths = view.texts("paths").into_iter().map(path);
        Some(Route {
            id: item.id.clone(),
            name: text(view, "name"),
            protocols: Protocols {
                http: protocols.contains(&"http"),
                https: protocols.contains(&"https"),
            },
            methods: texts(view, "methods"),
            hosts: hosts.collect(),
            headers: headers(view)?,
            paths: paths.collect::<Option<_>>()?,
            snis: snis.collect(),
            regex_priority: view.int("regex_priority")?,
            https_redirect_status: u16::try_from(view.int("https_redirect_status_code")?).ok()?,
            strip_path: view.flag("strip_path")?,
            preserve_host: view.flag("preserve_host")?,
            request_buffering: view.flag("request_buffering")?,
            service: service.map(|(_, service)| service),
            plugins,
        })
    }
}

fn path(text: &str) -> Option<PathPattern> {
    match text.strip_prefix('~') {
        Some(pattern) => Pattern::parse(pattern).ok().map(PathPattern::Regex),
        None => Some(PathPattern::Prefix(text.to_owned())),
    }
}

/// A name without values asks for nothing.
fn headers(view: View<'_>) -> Option<Vec<(String, Vec<HeaderPattern>)>> {
    let entries = view.given("headers").map(Node::entries).unwrap_or_default();
    let filled = entries
        .iter()
        .filter(|entry| !entry.value.items().is_empty());
    let compiled = filled.map(|entry| {
        let values = entry.value.items().iter();
        let values = values.map(|value| HeaderPattern::parse(value.as_str()?).ok());
        Some((
            entry.key.to_ascii_lowercase().replace('_', "-"),
            values.collect::<Option<Vec<_>>>()?,
        ))
    });
    compiled.collect()
}
