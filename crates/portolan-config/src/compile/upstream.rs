//! Upstreams and their targets.

use std::sync::Arc;

use super::{Compiler, text};
use crate::{
    compiled::{Upstream, UpstreamTarget},
    entities::Item,
    schema::view::View,
    url,
};

impl Compiler<'_, '_> {
    pub(super) fn upstream(&mut self, index: usize) -> Option<Arc<Upstream>> {
        if let Some(known) = self.upstreams.get(&index) {
            return Some(Arc::clone(known));
        }
        let item = self.entities.get(index)?;
        let view = View::new(item.node, item.entity.record);
        let targets = self.targets.get(&index).into_iter().flatten();
        let mut targets = targets
            .map(|item| target(item))
            .collect::<Option<Vec<_>>>()?;
        targets.retain(|target| target.weight > 0);
        let upstream = Arc::new(Upstream {
            id: item.id.clone(),
            name: item.key()?.to_owned(),
            host_header: text(view, "host_header"),
            targets,
            client_certificate: match item.parent("client_certificate") {
                Some(certificate) => Some(self.client_certificate(certificate)?),
                None => None,
            },
        });
        self.upstreams.insert(index, Arc::clone(&upstream));
        Some(upstream)
    }
}

fn target(item: &Item<'_>) -> Option<UpstreamTarget> {
    let view = View::new(item.node, item.entity.record);
    let origin = url::parse(&format!("http://{}", view.text("target")?))
        .ok()?
        .origin;
    Some(UpstreamTarget {
        host: origin.host,
        port: origin.port,
        weight: u32::try_from(view.int("weight")?).ok()?,
    })
}
