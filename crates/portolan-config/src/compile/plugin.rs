//! `ai-proxy` and `ai-proxy-advanced`, whichever way they are spelled.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use super::{target::target, timeouts};
use crate::{
    compiled::{AiProxy, Algorithm, Balancer, FailoverCriteria, Service},
    schema::{BALANCER, PLUGIN, scope::Applied, view::View},
};

/// `owner_name`: of the route or service it stands on.
pub(super) fn ai_proxy(
    applied: Applied<'_>,
    owner_name: Option<&str>,
    service: Option<&Service>,
) -> Option<AiProxy> {
    let view = View::new(applied.node, &PLUGIN);
    let config = view.record("config")?;
    let targets = match config.given("targets") {
        Some(_) => config.records("targets"),
        None => vec![config],
    };
    let targets = targets.into_iter().map(|view| target(view).map(Arc::new));
    let bound = config.int("max_request_body_size")?;
    Some(AiProxy {
        id: match view.text("id") {
            Some(id) => id.to_owned(),
            None => made_id(applied, owner_name),
        },
        balancer: match config.record("balancer") {
            Some(written) => balancer(written)?,
            None => proxy_balancer(service)?,
        },
        targets: targets.collect::<Option<_>>()?,
        max_request_body_size: match bound {
            0 => None,
            bound => Some(usize::try_from(bound).ok()?),
        },
        model_name_header: config.flag("model_name_header")?,
    })
}

fn balancer(view: View<'_>) -> Option<Balancer> {
    Some(Balancer {
        algorithm: Algorithm::RoundRobin,
        retries: u32::try_from(view.int("retries")?).ok()?,
        failover: failover(&view.texts("failover_criteria")),
        timeouts: timeouts(view)?,
    })
}

/// Kong's `ai-proxy` has no balancer: it is proxied as its service is.
fn proxy_balancer(service: Option<&Service>) -> Option<Balancer> {
    let defaults = balancer(View::empty(&BALANCER))?;
    Some(match service {
        Some(Service {
            retries, timeouts, ..
        }) => Balancer {
            retries: *retries,
            timeouts: *timeouts,
            ..defaults
        },
        None => defaults,
    })
}

fn failover(criteria: &[&str]) -> FailoverCriteria {
    let mut statuses: Vec<u16> = criteria
        .iter()
        .filter_map(|criterion| criterion.strip_prefix("http_")?.parse().ok())
        .collect();
    statuses.sort_unstable();
    statuses.dedup();
    FailoverCriteria {
        error: criteria.contains(&"error"),
        timeout: criteria.contains(&"timeout"),
        invalid_header: criteria.contains(&"invalid_header"),
        non_idempotent: criteria.contains(&"non_idempotent"),
        statuses,
    }
}

/// A UUID of version 8 that stays the same as long as owner and plugin keep their names.
fn made_id(applied: Applied<'_>, owner_name: Option<&str>) -> String {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, applied.name).hash(&mut hasher);
        match owner_name {
            Some(name) => name.hash(&mut hasher),
            None => applied.place.hash(&mut hasher),
        }
        hasher.finish()
    };
    let (high, low) = (half(0), half(1));
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}
