//! The configuration of each plugin that is served, a file each.

mod acl;
mod ai_proxy;
mod correlation_id;
mod cors;
mod ip_restriction;
mod key_auth;
mod request_size_limiting;
mod request_termination;
mod target;

use std::sync::Arc;

use super::{text, texts, timeouts};
use crate::{
    compiled::{PluginConfig, Service},
    entities::{Entities, Item},
    schema::{entity::PLUGIN, view::View},
    secret::Vaults,
};

/// `service`: what lends an AI proxy its retries and timeouts.
pub(super) fn config(
    plugin: &Item<'_>,
    service: Option<&Service>,
    entities: &Entities<'_>,
    vaults: &Vaults,
) -> Option<PluginConfig> {
    let view = View::new(plugin.node, &PLUGIN).record("config")?;
    Some(match plugin.text("name")? {
        "acl" => PluginConfig::Acl(Arc::new(acl::acl(view)?)),
        "ai-proxy" | "ai-proxy-advanced" => {
            let proxy = ai_proxy::ai_proxy(&plugin.id, view, service, vaults)?;
            PluginConfig::AiProxy(Arc::new(proxy))
        }
        "correlation-id" => {
            PluginConfig::CorrelationId(Arc::new(correlation_id::correlation_id(view)?))
        }
        "cors" => PluginConfig::Cors(Arc::new(cors::cors(view)?)),
        "ip-restriction" => {
            PluginConfig::IpRestriction(Arc::new(ip_restriction::ip_restriction(view)?))
        }
        "key-auth" => PluginConfig::KeyAuth(Arc::new(key_auth::key_auth(view, entities)?)),
        "request-size-limiting" => {
            let limit = request_size_limiting::request_size_limiting(view)?;
            PluginConfig::RequestSizeLimiting(Arc::new(limit))
        }
        "request-termination" => {
            let termination = request_termination::request_termination(view)?;
            PluginConfig::RequestTermination(Arc::new(termination))
        }
        _ => return None,
    })
}
