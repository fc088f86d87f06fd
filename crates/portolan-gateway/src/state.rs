//! Everything compiled, immutable once built: a request keeps to its end what it began with.
//! What must outlive a snapshot is handed to the next: the state of AI proxies and targets that did not change.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU64},
};

use http::{HeaderName, HeaderValue, uri::PathAndQuery};
use portolan_config::{
    compiled::{AiProxy, Config, HeaderAuth, Route, Target},
    template::Template,
};

use crate::{
    balance::Balancer,
    plugin::Chain,
    router::Router,
    vault::{Credential, Vault},
};

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) router: Router<RouteState>,
    /// Each once, however many routes it stands on.
    proxies: Vec<Arc<ProxyState>>,
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
    pub(crate) targets: Vec<Arc<TargetState>>,
}

/// A target with all that is known of its requests at load.
#[derive(Debug)]
pub(crate) struct TargetState {
    pub(crate) target: Arc<Target>,
    pub(crate) credentials: Vec<(HeaderName, Credential)>,
    pub(crate) host: HeaderValue,
    pub(crate) path: PathAndQuery,
    /// `X-Kong-LLM-Model`, where no request has a say in it.
    pub(crate) model_header: Option<HeaderValue>,
    /// Attempts under way.
    in_flight: Arc<AtomicU64>,
}

/// A configuration that is valid and still cannot run here: an unset variable, a value no header can have.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct BuildError {
    place: String,
    reason: String,
}

impl Snapshot {
    /// Takes over what `previous` knows of that did not change.
    pub(crate) fn build(
        config: &Config,
        previous: Option<&Self>,
        vault: &mut Vault,
    ) -> Result<Self, BuildError> {
        let mut proxies = Proxies::new(previous, vault);
        let mut routes = Vec::with_capacity(config.routes.len());
        for route in &config.routes {
            let chain =
                Chain::build(&route.plugins, |proxy| proxies.state(proxy)).map_err(|reason| {
                    BuildError {
                        place: place(route),
                        reason,
                    }
                })?;
            let state = RouteState {
                route: Arc::clone(route),
                chain,
            };
            routes.push((Arc::clone(route), Arc::new(state)));
        }
        Ok(Self {
            router: Router::new(routes),
            proxies: proxies.built.into_values().flatten().collect(),
        })
    }
}

fn place(route: &Route) -> String {
    format!("route {}", route.name.as_ref().unwrap_or(&route.id))
}

/// The AI proxies of one build, and of the snapshot before it, by `id`. One plugin can have several: what it leaves out
/// is taken from the service of the route that it runs on.
struct Proxies<'b> {
    previous: HashMap<&'b str, Vec<&'b Arc<ProxyState>>>,
    built: HashMap<String, Vec<Arc<ProxyState>>>,
    vault: &'b mut Vault,
}

impl<'b> Proxies<'b> {
    fn new(snapshot: Option<&'b Snapshot>, vault: &'b mut Vault) -> Self {
        let mut previous: HashMap<_, Vec<_>> = HashMap::new();
        for proxy in snapshot.into_iter().flat_map(|snapshot| &snapshot.proxies) {
            let id = proxy.config.id.as_str();
            previous.entry(id).or_default().push(proxy);
        }
        Self {
            previous,
            built: HashMap::new(),
            vault,
        }
    }

    fn state(&mut self, config: &Arc<AiProxy>) -> Result<Arc<ProxyState>, String> {
        let built = self.built.entry(config.id.clone()).or_default();
        if let Some(same) = built.iter().find(|built| built.is_of(config)) {
            return Ok(Arc::clone(same));
        }
        let previous = self.previous.get(config.id.as_str());
        let previous = previous.into_iter().flatten();
        let state = match previous.clone().find(|previous| previous.is_of(config)) {
            Some(same) => Arc::clone(same),
            None => {
                let known = previous.flat_map(|previous| &previous.targets);
                ProxyState::build(config, known.collect(), self.vault)?
            }
        };
        built.push(Arc::clone(&state));
        Ok(state)
    }
}

impl ProxyState {
    fn is_of(&self, config: &Arc<AiProxy>) -> bool {
        Arc::ptr_eq(&self.config, config) || self.config == *config
    }

    /// `known`: targets of the proxy as it was.
    fn build(
        config: &Arc<AiProxy>,
        mut known: Vec<&Arc<TargetState>>,
        vault: &mut Vault,
    ) -> Result<Arc<Self>, String> {
        let mut targets = Vec::with_capacity(config.targets.len());
        for target in &config.targets {
            let same = known.iter().position(|known| known.target == *target);
            // Each is taken once: of two targets that are alike, each has a state of its own.
            targets.push(match same {
                Some(at) => Arc::clone(known.remove(at)),
                None => Arc::new(TargetState::build(target, vault)?),
            });
        }
        let weighed = targets
            .iter()
            .map(|state| (state.target.weight, Arc::clone(&state.in_flight)));
        Ok(Arc::new(Self {
            balancer: Balancer::new(config.balancer.algorithm, weighed),
            targets,
            config: Arc::clone(config),
        }))
    }
}

impl TargetState {
    fn build(target: &Arc<Target>, vault: &mut Vault) -> Result<Self, String> {
        let credential = |auth: &HeaderAuth| {
            let name = vault
                .header_name(&auth.name)
                .map_err(|reason| format!("auth.header_name: {reason}"))?;
            vault
                .credential(&auth.value)
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
                .map(credential)
                .collect::<Result<_, String>>()?,
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
            in_flight: Arc::default(),
        })
    }
}

#[cfg(test)]
mod tests;
