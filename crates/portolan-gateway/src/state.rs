//! Everything compiled, immutable once built: requests hold the snapshot they began with.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, uri::PathAndQuery};
use portolan_config::{
    compiled::{AiProxy, Config, Route, Target},
    secret::SecretRef,
    template::Template,
};

use crate::{balance::Balancer, gateway::Env, plugin::Chain, router::Router, vault};

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) router: Router<RouteState>,
}

#[derive(Debug)]
pub(crate) struct RouteState {
    pub(crate) route: Arc<Route>,
    pub(crate) chain: Chain,
}

/// An AI proxy with what its requests share.
#[derive(Debug)]
pub(crate) struct ProxyState {
    pub(crate) config: Arc<AiProxy>,
    pub(crate) balancer: Balancer,
    pub(crate) targets: Vec<TargetState>,
}

/// A target with all that is known of its requests at load.
#[derive(Debug)]
pub(crate) struct TargetState {
    pub(crate) target: Arc<Target>,
    pub(crate) credentials: Vec<(HeaderName, HeaderValue)>,
    pub(crate) host: HeaderValue,
    pub(crate) path: PathAndQuery,
    /// `X-Kong-LLM-Model`, where no request has a say in it.
    pub(crate) model_header: Option<HeaderValue>,
}

/// A configuration that is valid and still cannot run here: an unset variable, a value no header can have.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct BuildError {
    place: String,
    reason: String,
}

impl Snapshot {
    pub(crate) fn build(config: &Config, env: &Env) -> Result<Self, BuildError> {
        let mut routes = Vec::with_capacity(config.routes.len());
        for route in &config.routes {
            let state = RouteState {
                chain: Chain::build(&route.plugins, |proxy| ProxyState::build(proxy, env))
                    .map_err(|reason| BuildError {
                        place: place(route),
                        reason,
                    })?,
                route: Arc::clone(route),
            };
            routes.push((Arc::clone(route), Arc::new(state)));
        }
        Ok(Self {
            router: Router::new(routes),
        })
    }
}

fn place(route: &Route) -> String {
    match (&route.name, &route.id) {
        (Some(name), _) => format!("route {name}"),
        (None, Some(id)) => format!("route {id}"),
        (None, None) => "a route without a name".to_owned(),
    }
}

impl ProxyState {
    fn build(config: &Arc<AiProxy>, env: &Env) -> Result<Self, String> {
        let weights: Vec<u32> = config.targets.iter().map(|target| target.weight).collect();
        Ok(Self {
            balancer: Balancer::new(config.balancer.algorithm, &weights),
            targets: config
                .targets
                .iter()
                .map(|target| TargetState::build(target, env))
                .collect::<Result<_, _>>()?,
            config: Arc::clone(config),
        })
    }
}

impl TargetState {
    fn build(target: &Arc<Target>, env: &Env) -> Result<Self, String> {
        let credential = |name: &str, value: &SecretRef| {
            let name: HeaderName = name
                .parse()
                .map_err(|_| format!("auth.header_name: {name:?} is no header's name"))?;
            vault::header_value(value, env)
                .map(|value| (name, value))
                .map_err(|reason| format!("auth.header_value: {reason}"))
        };
        let origin = &target.upstream.origin;
        let default_port = if origin.tls { 443 } else { 80 };
        let host = if origin.host.contains(':') {
            format!("[{}]", origin.host)
        } else {
            origin.host.to_string()
        };
        let host = if origin.port == default_port {
            host
        } else {
            format!("{host}:{}", origin.port)
        };
        Ok(Self {
            credentials: target
                .auth
                .iter()
                .map(|auth| credential(&auth.name, &auth.value))
                .collect::<Result<_, _>>()?,
            host: HeaderValue::from_str(&host).map_err(|_| format!("{host:?} cannot be a host"))?,
            path: target
                .upstream
                .path
                .parse()
                .map_err(|_| format!("{:?} cannot be a path", target.upstream.path))?,
            model_header: target
                .model
                .as_ref()
                .and_then(Template::literal)
                .and_then(|model| {
                    HeaderValue::from_str(&format!("{}/{model}", target.provider.name)).ok()
                }),
            target: Arc::clone(target),
        })
    }
}
