//! A validated tree -> what the gateway runs. None anywhere means that tables and compiler disagree.

mod certificate;
mod consumer;
mod plugin;
mod route;
mod service;
#[cfg(test)]
mod tests;
mod upstream;

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::{
    compiled::{Certificate, Config, Plugin, Service, Timeouts, Upstream},
    entities::{
        Entities, Item,
        scope::{Plugins, Scope, is_routed},
    },
    schema::{plugin::is_ai_proxy, view::View},
    secret::Vaults,
};

pub(crate) fn compile(
    entities: &Entities<'_>,
    plugins: &Plugins,
    vaults: &Vaults,
) -> Option<Config> {
    let mut compiler = Compiler::new(entities, plugins, vaults);
    let mut config = Config {
        routes: Vec::new(),
        global: compiler.global()?,
        consumers: consumer::consumers(entities)?,
        certificates: compiler.certificates()?,
    };
    for (index, route) in entities.list("routes") {
        if is_routed(entities, route) {
            config.routes.push(Arc::new(compiler.route(index, route)?));
        }
    }
    Some(config)
}

/// What several entities refer to is built once.
struct Compiler<'c, 't> {
    entities: &'c Entities<'t>,
    plugins: &'c Plugins,
    vaults: &'c Vaults,
    snis: Owned<'c, 't>,
    targets: Owned<'c, 't>,
    /// By name, in lower case.
    upstream_names: HashMap<String, usize>,
    services: HashMap<usize, Arc<Service>>,
    upstreams: HashMap<usize, Arc<Upstream>>,
    client_certificates: HashMap<usize, Arc<Certificate>>,
    /// Plugins that stand on several routes: one for all, but for what a route's service lends an AI proxy.
    shared: HashMap<(usize, Option<usize>), Plugin>,
}

impl<'c, 't> Compiler<'c, 't> {
    fn new(entities: &'c Entities<'t>, plugins: &'c Plugins, vaults: &'c Vaults) -> Self {
        let upstreams = entities.list("upstreams");
        Self {
            entities,
            plugins,
            vaults,
            snis: owned(entities, "snis", "certificate"),
            targets: owned(entities, "targets", "upstream"),
            upstream_names: upstreams
                .filter_map(|(index, item)| Some((item.key()?.to_ascii_lowercase(), index)))
                .collect(),
            services: HashMap::new(),
            upstreams: HashMap::new(),
            client_certificates: HashMap::new(),
            shared: HashMap::new(),
        }
    }

    fn global(&mut self) -> Option<Vec<Plugin>> {
        let mut global = Vec::new();
        for &index in self.plugins.everywhere() {
            let item = self.entities.get(index)?;
            let proxy = item.text("name").is_some_and(is_ai_proxy);
            if !proxy && !Scope::of(item).needs_a_consumer() {
                global.push(self.plugin(index, None)?);
            }
        }
        Some(global)
    }

    /// `service`: of the route it stands on.
    fn plugin(&mut self, index: usize, service: Option<(usize, &Service)>) -> Option<Plugin> {
        let item = self.entities.get(index)?;
        let lender = service.filter(|_| item.text("name").is_some_and(is_ai_proxy));
        let key = (index, lender.map(|(service, _)| service));
        if let Some(known) = self.shared.get(&key) {
            return Some(known.clone());
        }
        let scope = Scope::of(item);
        let plugin = Plugin {
            id: item.id.clone(),
            consumer: match scope.consumer {
                Some(consumer) => Some(self.entities.get(consumer)?.id.clone()),
                None => None,
            },
            consumer_group: match scope.consumer_group {
                Some(group) => Some(self.entities.get(group)?.key()?.to_owned()),
                None => None,
            },
            config: plugin::config(
                item,
                lender.map(|(_, service)| service),
                self.entities,
                self.vaults,
            )?,
        };
        self.shared.insert(key, plugin.clone());
        Some(plugin)
    }
}

/// The entities of a list, by the one that each names in a foreign field.
type Owned<'c, 't> = HashMap<usize, Vec<&'c Item<'t>>>;

fn owned<'c, 't>(entities: &'c Entities<'t>, list: &str, by: &str) -> Owned<'c, 't> {
    let mut owned = Owned::new();
    for (_, item) in entities.list(list) {
        if let Some(owner) = item.parent(by) {
            owned.entry(owner).or_default().push(item);
        }
    }
    owned
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

fn text(view: View<'_>, name: &str) -> Option<String> {
    view.text(name).map(str::to_owned)
}

fn texts(view: View<'_>, name: &str) -> Vec<String> {
    view.texts(name).into_iter().map(str::to_owned).collect()
}
