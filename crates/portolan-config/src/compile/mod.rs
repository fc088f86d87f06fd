//! A validated tree -> what the gateway runs. None anywhere means that tables and compiler disagree.

mod plugin;
mod target;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use crate::{
    compiled::{Config, Origin, PathPattern, Plugin, Route, Service, Target, Timeouts},
    document::Node,
    schema::{
        ROUTE, SERVICE, route_path,
        scope::{Applied, Owner, PluginPlace, RouteScope, Services, routes},
        view::View,
    },
    secret::SecretRef,
    url,
};

pub(crate) fn compile(root: &Node) -> Option<Config> {
    let nodes = Services::new(root);
    let services = nodes
        .nodes
        .iter()
        .map(|node| service(node).map(Arc::new))
        .collect::<Option<Vec<_>>>()?;
    let mut compiler = Compiler {
        nodes,
        services,
        shared: HashMap::new(),
        referred: HashSet::new(),
        config: Config::default(),
    };
    for route in routes(root, &compiler.nodes) {
        compiler.route(&route)?;
    }
    Some(compiler.config)
}

struct Compiler<'t> {
    nodes: Services<'t>,
    services: Vec<Arc<Service>>,
    /// A service's plugins, which its routes share.
    shared: HashMap<PluginPlace, Plugin>,
    /// The references that `Config::secrets` holds.
    referred: HashSet<String>,
    config: Config,
}

impl<'t> Compiler<'t> {
    fn route(&mut self, scope: &RouteScope<'t>) -> Option<()> {
        let view = View::new(scope.node, &ROUTE);
        let service = scope
            .service
            .and_then(|index| self.services.get(index))
            .cloned();
        let mut plugins = Vec::new();
        for applied in scope.plugins(&self.nodes) {
            plugins.push(self.plugin(applied, scope, service.as_deref())?);
        }
        let route = Route {
            id: view.text("id").map(str::to_owned),
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
        };
        self.config.routes.push(Arc::new(route));
        Some(())
    }

    fn plugin(
        &mut self,
        applied: Applied<'t>,
        scope: &RouteScope<'t>,
        service: Option<&Service>,
    ) -> Option<Plugin> {
        if let Some(known) = self.shared.get(&applied.place) {
            return Some(known.clone());
        }
        let owner_name = match applied.place.owner {
            Owner::Service(_) => service.and_then(|service| service.name.as_deref()),
            Owner::Route(_) => scope.node.given("name").and_then(Node::as_str),
        };
        let proxy = plugin::ai_proxy(applied, owner_name, service)?;
        for target in &proxy.targets {
            self.secrets(target);
        }
        let plugin = Plugin::AiProxy(Arc::new(proxy));
        if let Owner::Service(_) = applied.place.owner {
            self.shared.insert(applied.place, plugin.clone());
        }
        Some(plugin)
    }

    fn secrets(&mut self, target: &Target) {
        for auth in &target.auth {
            if let SecretRef::Env { reference, .. } = &auth.value
                && self.referred.insert(reference.clone())
            {
                self.config.secrets.push(auth.value.clone());
            }
        }
    }
}

fn path(text: &str) -> Option<PathPattern> {
    match text.strip_prefix('~') {
        Some(pattern) => route_path::regex(pattern).ok().map(PathPattern::Regex),
        None => Some(PathPattern::Prefix(text.to_owned())),
    }
}

fn service(node: &Node) -> Option<Service> {
    let view = View::new(node, &SERVICE);
    Some(Service {
        id: view.text("id").map(str::to_owned),
        name: view.text("name").map(str::to_owned),
        origin: match view.text("url") {
            Some(url) => url::parse_service(url).ok()?.origin,
            None => Origin {
                tls: view.text("protocol")? == "https",
                host: Arc::from(view.text("host")?.to_ascii_lowercase()),
                port: u16::try_from(view.int("port")?).ok()?,
            },
        },
        retries: u32::try_from(view.int("retries")?).ok()?,
        timeouts: timeouts(view)?,
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
