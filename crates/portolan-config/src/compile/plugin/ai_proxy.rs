//! `ai-proxy` and `ai-proxy-advanced`, whichever way they are spelled.

use std::sync::Arc;

use super::{target::target, timeouts};
use crate::{
    compiled::{AiProxy, Algorithm, Balancer, FailoverCriteria, Service},
    schema::{plugin::BALANCER, view::View},
    secret::Vaults,
};

/// `service`: of the route it stands on.
pub(super) fn ai_proxy(
    id: &str,
    config: View<'_>,
    service: Option<&Service>,
    vaults: &Vaults,
) -> Option<AiProxy> {
    let targets = match config.given("targets") {
        Some(_) => config.records("targets"),
        None => vec![config],
    };
    let targets = targets
        .into_iter()
        .map(|view| target(view, vaults).map(Arc::new));
    let bound = config.int("max_request_body_size")?;
    Some(AiProxy {
        id: id.to_owned(),
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
