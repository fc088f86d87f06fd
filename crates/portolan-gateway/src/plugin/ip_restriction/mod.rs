//! `ip-restriction`: who may come, by address. A refusal by `deny` comes before a pass by `allow`.

#[cfg(test)]
mod tests;

use std::{net::IpAddr, sync::Arc};

use http::StatusCode;
use ipnet::IpNet;
use portolan_config::compiled::plugin::IpRestriction;

use super::{Flow, Plugin};
use crate::{
    error::{GatewayError, Kind, Style},
    request::Request,
};

pub(super) fn new(config: &Arc<IpRestriction>) -> Arc<dyn Plugin> {
    Arc::new(Step(Arc::clone(config)))
}

#[derive(Debug)]
struct Step(Arc<IpRestriction>);

impl Plugin for Step {
    fn access(&self, request: &mut Request) -> Flow {
        if passes(&self.0, request.client_ip) {
            return Flow::Next;
        }
        let Ok(status) = StatusCode::from_u16(self.0.status) else {
            return Flow::error(GatewayError::new(Kind::Internal, ""));
        };
        let message = match &self.0.message {
            Some(message) => message.clone(),
            None => format!("IP address not allowed: {}", request.client_ip),
        };
        Flow::error(GatewayError::new(
            Kind::Plugin(status, Style::Template),
            message,
        ))
    }
}

fn passes(config: &IpRestriction, address: IpAddr) -> bool {
    // A client of a socket for both families comes as ::ffff:a.b.c.d.
    let address = address.to_canonical();
    let listed = |ranges: &[IpNet]| ranges.iter().any(|range| range.contains(&address));
    !listed(&config.deny) && (config.allow.is_empty() || listed(&config.allow))
}
