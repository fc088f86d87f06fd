//! Services, and how their TLS differs from the platform's.

use std::sync::Arc;

use super::{Compiler, text, texts, timeouts};
use crate::{
    compiled::{Origin, Service, UpstreamTls},
    document::Node,
    entities::Item,
    schema::view::View,
    url,
};

impl Compiler<'_, '_> {
    pub(super) fn service(&mut self, index: usize) -> Option<Arc<Service>> {
        if let Some(known) = self.services.get(&index) {
            return Some(Arc::clone(known));
        }
        let item = self.entities.get(index)?;
        let view = View::new(item.node, item.entity.record);
        let (origin, path) = address(view)?;
        let upstream = match self.upstream_names.get(&*origin.host).copied() {
            Some(upstream) => Some(self.upstream(upstream)?),
            None => None,
        };
        let service = Arc::new(Service {
            id: item.id.clone(),
            name: text(view, "name"),
            origin,
            path,
            retries: u32::try_from(view.int("retries")?).ok()?,
            timeouts: timeouts(view)?,
            tls: self.upstream_tls(item, view)?,
            upstream,
        });
        self.services.insert(index, Arc::clone(&service));
        Some(service)
    }

    fn upstream_tls(&mut self, item: &Item<'_>, view: View<'_>) -> Option<UpstreamTls> {
        let authorities = view.given("ca_certificates").map(Node::items);
        let mut roots = Vec::new();
        for written in authorities.unwrap_or_default() {
            let authority = self.entities.find("ca_certificates", written)?;
            roots.push(self.entities.get(authority)?.text("cert")?.to_owned());
        }
        let sans = view.record("tls_sans")?;
        Some(UpstreamTls {
            unverified: view.flag("tls_verify") == Some(false),
            verify_depth: match view.int("tls_verify_depth") {
                Some(depth) => Some(u8::try_from(depth).ok()?),
                None => None,
            },
            roots,
            sans: [texts(sans, "dnsnames"), texts(sans, "uris")].concat(),
            client_certificate: match item.parent("client_certificate") {
                Some(certificate) => Some(self.client_certificate(certificate)?),
                None => None,
            },
        })
    }
}

fn address(view: View<'_>) -> Option<(Origin, Option<String>)> {
    let Some(url) = view.text("url") else {
        let host = view.text("host")?.trim_matches(['[', ']']);
        let origin = Origin {
            tls: view.text("protocol")? == "https",
            host: Arc::from(host.to_ascii_lowercase()),
            port: u16::try_from(view.int("port")?).ok()?,
        };
        return Some((origin, text(view, "path")));
    };
    let url = url::parse_service(url).ok()?;
    Some((url.origin, Some(url.path).filter(|path| path != "/")))
}
