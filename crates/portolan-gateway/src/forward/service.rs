//! Services with all that is known of their requests at load: where they go, under which name, how they are trusted.
//! What has not changed outlives a snapshot: the turn among an upstream's targets, and connections under TLS.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use http::HeaderValue;
use portolan_config::{
    compiled::{Algorithm, Certificate, Origin, Service, Upstream, UpstreamTls},
    secret::{self, Secret},
};

use crate::{
    balance::{Balancer, Lease},
    gateway::Env,
    upstream::{Destination, ServiceTls, Trust, host_header, server_name},
};

#[derive(Debug)]
pub(crate) struct ServiceState {
    pub(super) config: Arc<Service>,
    /// None: the service's host is no upstream's name, and there is one target.
    balancer: Option<Arc<Balancer>>,
    targets: Vec<ServiceTarget>,
}

#[derive(Debug)]
pub(super) struct ServiceTarget {
    destination: Destination,
    /// What it is called by in `Host`.
    pub(super) host: HeaderValue,
}

/// A target that was chosen for one try.
pub(super) struct Chosen<'s> {
    pub(super) target: &'s ServiceTarget,
    /// Index among the targets of an upstream, in flight while this lives.
    pub(super) lease: Option<Lease>,
}

impl ServiceState {
    /// The next target that is not among `tried`; any, where all are. None: there is none at all.
    pub(super) fn choose(&self, tried: &[usize]) -> Option<Chosen<'_>> {
        let lease = match &self.balancer {
            Some(_) if self.targets.is_empty() => return None,
            balancer => balancer.as_ref().map(|balancer| balancer.lease(tried)),
        };
        let target = self
            .targets
            .get(lease.as_ref().map_or(0, |lease| lease.target))?;
        Some(Chosen { target, lease })
    }

    /// Whether a failure to find the host leaves others to ask.
    pub(super) fn is_balanced(&self) -> bool {
        self.balancer.is_some()
    }
}

impl ServiceTarget {
    /// `host`: the client's, where the route preserves it; none: the target's own. SNI follows it, as in Kong, unless no
    /// certificate could have such a name.
    pub(super) fn destination(&self, host: Option<&HeaderValue>) -> Cow<'_, Destination> {
        let own = &self.destination;
        let (Some(host), Some(tls)) = (host, &own.tls) else {
            return Cow::Borrowed(own);
        };
        match server_name(host) {
            Some(name) if name != tls.name => Cow::Owned(Destination {
                origin: own.origin.clone(),
                tls: Some(ServiceTls {
                    name,
                    trust: tls.trust.clone(),
                }),
            }),
            _ => Cow::Borrowed(own),
        }
    }
}

/// All services of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Services {
    by_id: HashMap<String, Arc<ServiceState>>,
    /// By id.
    upstreams: HashMap<String, (Arc<Upstream>, Arc<Balancer>)>,
    trusts: Vec<(Terms, Trust)>,
}

/// What decides a `Trust`: its secrets are resolved.
#[derive(Debug, Clone, PartialEq)]
struct Terms {
    tls: UpstreamTls,
    /// A chain and its key.
    shown: Option<(Arc<Secret>, Arc<Secret>)>,
}

impl Services {
    pub(crate) fn get(&self, service: &Service) -> Option<Arc<ServiceState>> {
        self.by_id.get(&service.id).cloned()
    }

    /// Each service once, however many routes it has. `previous`: of the snapshot before.
    pub(crate) fn add(
        &mut self,
        service: &Arc<Service>,
        previous: Option<&Self>,
        env: &Env,
    ) -> Result<(), String> {
        if self.by_id.contains_key(&service.id) {
            return Ok(());
        }
        let trust = if service.origin.tls {
            Some(self.trust(service, previous, env)?)
        } else {
            None
        };
        let state = match &service.upstream {
            None => ServiceState {
                targets: vec![target(service.origin.clone(), None, trust)?],
                balancer: None,
                config: Arc::clone(service),
            },
            Some(upstream) => ServiceState {
                targets: targets(service, upstream, trust.as_ref())?,
                balancer: Some(self.balancer(upstream, previous)),
                config: Arc::clone(service),
            },
        };
        self.by_id.insert(service.id.clone(), Arc::new(state));
        Ok(())
    }

    /// One turn an upstream, whichever services it serves.
    fn balancer(&mut self, upstream: &Arc<Upstream>, previous: Option<&Self>) -> Arc<Balancer> {
        let id = &upstream.id;
        let same = |services: &Self| match services.upstreams.get(id) {
            Some((known, balancer)) if *known == *upstream => Some(Arc::clone(balancer)),
            _ => None,
        };
        let known = same(self).or_else(|| previous.and_then(same));
        let balancer = known.unwrap_or_else(|| {
            let weights = upstream.targets.iter().map(|target| target.weight);
            let turns = weights.map(|weight| (weight, 0, Arc::default()));
            Arc::new(Balancer::new(Algorithm::RoundRobin, turns))
        });
        self.upstreams
            .insert(id.clone(), (Arc::clone(upstream), Arc::clone(&balancer)));
        balancer
    }

    fn trust(
        &mut self,
        service: &Service,
        previous: Option<&Self>,
        env: &Env,
    ) -> Result<Trust, String> {
        let of_upstream = service
            .upstream
            .as_ref()
            .and_then(|upstream| upstream.client_certificate.as_ref());
        let shown = service.tls.client_certificate.as_ref().or(of_upstream);
        let terms = Terms {
            tls: UpstreamTls {
                client_certificate: None,
                ..service.tls.clone()
            },
            shown: shown.map(|pair| resolved(pair, env)).transpose()?,
        };
        let same = |services: &Self| {
            let mut known = services.trusts.iter();
            let (_, trust) = known.find(|(known, _)| *known == terms)?;
            Some(trust.clone())
        };
        if let Some(trust) = same(self) {
            return Ok(trust);
        }
        let trust = match previous.and_then(same) {
            Some(trust) => trust,
            None => {
                let shown = terms.shown.as_ref();
                let shown = shown.map(|(chain, key)| (chain.expose(), key.expose()));
                Trust::new(&terms.tls, shown)?
            }
        };
        self.trusts.push((terms, trust.clone()));
        Ok(trust)
    }
}

fn targets(
    service: &Service,
    upstream: &Upstream,
    trust: Option<&Trust>,
) -> Result<Vec<ServiceTarget>, String> {
    let host = upstream.host_header.as_deref().map(|host| {
        HeaderValue::from_str(host)
            .map_err(|_| format!("upstream {}: {host:?} cannot be a host", upstream.name))
    });
    let host = host.transpose()?;
    let targets = upstream.targets.iter().map(|named| {
        let origin = Origin {
            tls: service.origin.tls,
            host: Arc::clone(&named.host),
            port: named.port,
        };
        target(origin, host.clone(), trust.cloned())
    });
    targets.collect()
}

/// `host`: in place of the origin's.
fn target(
    origin: Origin,
    host: Option<HeaderValue>,
    trust: Option<Trust>,
) -> Result<ServiceTarget, String> {
    let host = match host {
        Some(host) => host,
        None => host_header(&origin)?,
    };
    let tls = trust.map(|trust| match server_name(&host) {
        Some(name) => Ok(ServiceTls { name, trust }),
        None => Err(format!("{host:?} cannot be the name of a certificate")),
    });
    Ok(ServiceTarget {
        destination: Destination {
            origin,
            tls: tls.transpose()?,
        },
        host,
    })
}

fn resolved(pair: &Certificate, env: &Env) -> Result<(Arc<Secret>, Arc<Secret>), String> {
    let resolve = |secret| secret::resolve(secret, env).map_err(|error| error.to_string());
    Ok((resolve(&pair.pair.chain)?, resolve(&pair.pair.key)?))
}
