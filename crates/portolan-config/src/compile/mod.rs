//! A validated tree -> what the gateway runs. None anywhere means that tables and compiler disagree.

mod plugin;
mod target;

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::{
    compiled::{
        Config, Origin, PathPattern, Plugin, PluginConfig, Protocols, Route, Service, Timeouts,
        UpstreamTls,
    },
    entities::{
        Entities, Item,
        scope::{Plugins, is_routed},
    },
    pattern::Pattern,
    schema::{
        entity::{ROUTE, SERVICE},
        view::View,
    },
    secret::Vaults,
    url,
};

pub(crate) fn compile(
    entities: &Entities<'_>,
    plugins: &Plugins,
    vaults: &Vaults,
) -> Option<Config> {
    let mut compiler = Compiler {
        entities,
        plugins,
        vaults,
        services: HashMap::new(),
        shared: HashMap::new(),
    };
    let mut config = Config::default();
    for (index, route) in entities.list("routes") {
        if is_routed(entities, route) {
            config.routes.push(Arc::new(compiler.route(index, route)?));
        }
    }
    Some(config)
}

struct Compiler<'c, 't> {
    entities: &'c Entities<'t>,
    plugins: &'c Plugins,
    vaults: &'c Vaults,
    services: HashMap<usize, Arc<Service>>,
    /// Plugins that stand on several routes: one for all, but for what a route's service lends them.
    shared: HashMap<(usize, Option<usize>), Plugin>,
}

impl Compiler<'_, '_> {
    fn route(&mut self, index: usize, item: &Item<'_>) -> Option<Route> {
        let view = View::new(item.node, &ROUTE);
        let service_index = item.parent("service");
        let service = match service_index {
            Some(service) => Some(self.service(service)?),
            None => None,
        };
        let mut plugins = Vec::new();
        let protocols = view.texts("protocols");
        for plugin in self.plugins.anonymous(self.entities, index) {
            plugins.push(self.plugin(plugin, service_index, service.as_deref())?);
        }
        Some(Route {
            id: item.id.clone(),
            name: view.text("name").map(str::to_owned),
            methods: view
                .texts("methods")
                .into_iter()
                .map(str::to_owned)
                .collect(),
            paths: view
                .texts("paths")
                .into_iter()
                .map(path)
                .collect::<Option<_>>()?,
            service,
            plugins,
            protocols: Protocols {
                http: protocols.contains(&"http"),
                https: protocols.contains(&"https"),
            },
            hosts: Vec::new(),
            headers: Vec::new(),
            snis: Vec::new(),
            regex_priority: view.int("regex_priority")?,
            https_redirect_status: u16::try_from(view.int("https_redirect_status_code")?).ok()?,
            strip_path: view.flag("strip_path")?,
            preserve_host: view.flag("preserve_host")?,
            request_buffering: view.flag("request_buffering")?,
        })
    }

    fn service(&mut self, index: usize) -> Option<Arc<Service>> {
        if let Some(known) = self.services.get(&index) {
            return Some(Arc::clone(known));
        }
        let service = Arc::new(service(self.entities.get(index)?)?);
        self.services.insert(index, Arc::clone(&service));
        Some(service)
    }

    fn plugin(
        &mut self,
        index: usize,
        service_index: Option<usize>,
        service: Option<&Service>,
    ) -> Option<Plugin> {
        if let Some(known) = self.shared.get(&(index, service_index)) {
            return Some(known.clone());
        }
        let item = self.entities.get(index)?;
        let proxy = plugin::ai_proxy(item, service, self.vaults)?;
        let plugin = Plugin {
            id: item.id.clone(),
            consumer: None,
            consumer_group: None,
            config: PluginConfig::AiProxy(Arc::new(proxy)),
        };
        self.shared.insert((index, service_index), plugin.clone());
        Some(plugin)
    }
}

fn path(text: &str) -> Option<PathPattern> {
    match text.strip_prefix('~') {
        Some(pattern) => Pattern::parse(pattern).ok().map(PathPattern::Regex),
        None => Some(PathPattern::Prefix(text.to_owned())),
    }
}

fn service(item: &Item<'_>) -> Option<Service> {
    let view = View::new(item.node, &SERVICE);
    Some(Service {
        id: item.id.clone(),
        name: view.text("name").map(str::to_owned),
        origin: match view.text("url") {
            Some(url) => url::parse_service(url).ok()?.origin,
            None => Origin {
                tls: view.text("protocol")? == "https",
                host: Arc::from(view.text("host")?.to_ascii_lowercase()),
                port: u16::try_from(view.int("port")?).ok()?,
            },
        },
        path: None,
        retries: u32::try_from(view.int("retries")?).ok()?,
        timeouts: timeouts(view)?,
        tls: UpstreamTls::default(),
        upstream: None,
    })
}

/// A service's, or a balancer's: Kong names and bounds them alike.
fn timeouts(view: View<'_>) -> Option<Timeouts> {
    let millis = |name: &str| {
        u64::try_from(view.int(name)?)
            .ok()
            .map(Duration::from_millis)
    };
    Some(Timeouts {
        connect: millis("connect_timeout")?,
        write: millis("write_timeout")?,
        read: millis("read_timeout")?,
    })
}
