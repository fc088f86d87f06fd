//! Everything compiled, immutable once built: a request keeps to its end what it began with.
//! What must outlive a snapshot is handed to the next: the state of AI proxies, targets and services that did not change.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, atomic::AtomicU64},
};

use http::{HeaderName, HeaderValue, uri::PathAndQuery};
use portolan_config::{
    compiled::{AiProxy, Config, HeaderAuth, PluginConfig, Route, Target},
    template::Template,
};

use crate::{
    balance::Balancer,
    consumers::Consumers,
    forward::{ServiceState, Services},
    listen::Certificates,
    plugin::{Chain, Plugins},
    router::Router,
    upstream::{Destination, host_header},
    vault::{Credential, Vault},
};

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) router: Router<RouteState>,
    /// Of requests that no route matches.
    pub(crate) global: Chain,
    pub(crate) certificates: Certificates,
    /// Names of the query parameters that carry clients' keys.
    pub(crate) key_parameters: Arc<[String]>,
    /// Each once, however many routes it stands on.
    proxies: Vec<Arc<ProxyState>>,
    services: Services,
}

#[derive(Debug)]
pub(crate) struct RouteState {
    pub(crate) route: Arc<Route>,
    pub(crate) chain: Chain,
    /// Where its requests go that no AI proxy takes.
    pub(crate) service: Option<Arc<ServiceState>>,
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
    pub(crate) destination: Destination,
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
        let certificates = Certificates::build(&config.certificates, vault)
            .map_err(|(place, reason)| BuildError { place, reason })?;
        let services = services(config, previous, vault)?;
        let mut proxies = Proxies::new(config, previous, vault);
        let mut plugins = Plugins::new(Consumers::new(&config.consumers));
        let mut routes = Vec::with_capacity(config.routes.len());
        for route in &config.routes {
            let chain = Chain::build(&route.plugins, &mut plugins, |proxy| proxies.state(proxy))
                .map_err(|reason| BuildError {
                    place: place(route),
                    reason,
                })?;
            let state = RouteState {
                route: Arc::clone(route),
                chain,
                service: route
                    .service
                    .as_ref()
                    .and_then(|service| services.get(service)),
            };
            routes.push((Arc::clone(route), Arc::new(state)));
        }
        let global = Chain::build(&config.global, &mut plugins, |proxy| proxies.state(proxy))
            .map_err(|reason| BuildError {
                place: "plugins".to_owned(),
                reason,
            })?;
        Ok(Self {
            router: Router::new(routes),
            global,
            certificates,
            key_parameters: key_parameters(config),
            proxies: proxies.built.into_values().flatten().collect(),
            services,
        })
    }
}

/// Of every instance of the file: a key may also come on a route that does not ask for it, or on none.
fn key_parameters(config: &Config) -> Arc<[String]> {
    let routes = config.routes.iter().flat_map(|route| &route.plugins);
    let mut names = BTreeSet::new();
    for plugin in routes.chain(&config.global) {
        if let PluginConfig::KeyAuth(config) = &plugin.config {
            names.extend(&config.key_names);
        }
    }
    names.into_iter().cloned().collect()
}

fn services(
    config: &Config,
    previous: Option<&Snapshot>,
    vault: &Vault,
) -> Result<Services, BuildError> {
    let mut services = Services::default();
    let previous = previous.map(|previous| &previous.services);
    let named = config
        .routes
        .iter()
        .filter_map(|route| route.service.as_ref());
    for service in named {
        services
            .add(service, previous, vault.env())
            .map_err(|reason| BuildError {
                place: format!("service {}", service.name.as_ref().unwrap_or(&service.id)),
                reason,
            })?;
    }
    Ok(services)
}

fn place(route: &Route) -> String {
    format!("route {}", route.name.as_ref().unwrap_or(&route.id))
}

/// The AI proxies of one build, by `id`. One plugin can have several: what it leaves out is taken from the service of the
/// route that it runs on.
struct Proxies<'b> {
    built: HashMap<String, Vec<Arc<ProxyState>>>,
    /// Of those of the snapshot before that are not kept: the targets that nothing has taken yet, and their turn.
    known: HashMap<&'b str, Vec<Known<'b>>>,
    vault: &'b mut Vault,
}

type Known<'b> = (&'b Arc<TargetState>, i64);

impl<'b> Proxies<'b> {
    /// Settles first which are kept: the targets of one that is kept are not another's to take.
    fn new(config: &Config, previous: Option<&'b Snapshot>, vault: &'b mut Vault) -> Self {
        let mut wanted: HashMap<_, Vec<&Arc<AiProxy>>> = HashMap::new();
        let plugins = config.routes.iter().flat_map(|route| &route.plugins);
        for plugin in plugins {
            let PluginConfig::AiProxy(proxy) = &plugin.config else {
                continue;
            };
            let variants = wanted.entry(proxy.id.as_str()).or_default();
            if !variants.iter().any(|known| Arc::ptr_eq(known, proxy)) {
                variants.push(proxy);
            }
        }
        let mut built: HashMap<String, Vec<_>> = HashMap::new();
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for proxy in previous.into_iter().flat_map(|previous| &previous.proxies) {
            let id = proxy.config.id.as_str();
            let variants = wanted.get(id).map(Vec::as_slice).unwrap_or_default();
            if variants.iter().any(|config| proxy.is_of(config)) {
                let kept = built.entry(id.to_owned()).or_default();
                kept.push(Arc::clone(proxy));
            } else {
                let targets = proxy.targets.iter().zip(proxy.balancer.turn());
                known.entry(id).or_default().extend(targets);
            }
        }
        Self {
            built,
            known,
            vault,
        }
    }

    fn state(&mut self, config: &Arc<AiProxy>) -> Result<Arc<ProxyState>, String> {
        let built = self.built.entry(config.id.clone()).or_default();
        if let Some(same) = built.iter().find(|built| built.is_of(config)) {
            return Ok(Arc::clone(same));
        }
        let mut none = Vec::new();
        let known = self.known.get_mut(config.id.as_str());
        let state = ProxyState::build(config, known.unwrap_or(&mut none), self.vault)?;
        built.push(Arc::clone(&state));
        Ok(state)
    }
}

impl ProxyState {
    fn is_of(&self, config: &Arc<AiProxy>) -> bool {
        Arc::ptr_eq(&self.config, config) || self.config == *config
    }

    /// `known`: targets of the proxy as it was; what is kept of them is taken out.
    fn build(
        config: &Arc<AiProxy>,
        known: &mut Vec<Known<'_>>,
        vault: &mut Vault,
    ) -> Result<Arc<Self>, String> {
        let mut targets = Vec::with_capacity(config.targets.len());
        let mut turns = Vec::with_capacity(config.targets.len());
        for target in &config.targets {
            let same = known.iter().position(|(known, _)| known.target == *target);
            // Of two targets that are alike, each has a state of its own.
            let (state, turn) = match same.map(|at| known.remove(at)) {
                Some((state, turn)) => (Arc::clone(state), turn),
                None => (Arc::new(TargetState::build(target, vault)?), 0),
            };
            turns.push((state.target.weight, turn, Arc::clone(&state.in_flight)));
            targets.push(state);
        }
        Ok(Arc::new(Self {
            balancer: Balancer::new(config.balancer.algorithm, turns),
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
        Ok(Self {
            credentials: target
                .auth
                .iter()
                .map(credential)
                .collect::<Result<_, String>>()?,
            host: host_header(&target.upstream.origin)?,
            destination: Destination {
                origin: target.upstream.origin.clone(),
                tls: None,
            },
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
