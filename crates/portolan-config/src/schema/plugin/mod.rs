//! The configuration of each plugin, a table a file; what several share (a target, its `auth`, Redis) has a file too.

mod acl;
mod ai_prompt_decorator;
mod ai_prompt_guard;
mod ai_prompt_template;
mod ai_proxy;
mod ai_rate_limiting_advanced;
mod ai_request_transformer;
mod ai_response_transformer;
mod ai_semantic_cache;
mod ai_semantic_prompt_guard;
mod auth;
mod basic_auth;
mod correlation_id;
mod cors;
pub(crate) mod embeddings;
mod enums;
mod file_log;
mod http_log;
pub(crate) mod ip_restriction;
mod jwt;
mod key_auth;
mod opentelemetry;
mod options;
mod prometheus;
mod rate_limiting;
pub(crate) mod redis;
mod request_size_limiting;
mod request_termination;
mod request_transformer;
mod response_transformer;
pub(crate) mod target;
pub(crate) mod vectordb;

pub(crate) use ai_proxy::BALANCER;

use super::field::Record;
use crate::document::Node;

/// Every plugin whose configuration has a table of its own; the AI proxies choose among several.
pub(crate) static TABLES: &[(&str, &Record)] = &[
    ("acl", &acl::CONFIG),
    ("ai-prompt-decorator", &ai_prompt_decorator::CONFIG),
    ("ai-prompt-guard", &ai_prompt_guard::CONFIG),
    ("ai-prompt-template", &ai_prompt_template::CONFIG),
    ("ai-proxy", &ai_proxy::PROXY_FLAT),
    ("ai-proxy-advanced", &ai_proxy::ADVANCED_TARGETS),
    (
        "ai-rate-limiting-advanced",
        &ai_rate_limiting_advanced::CONFIG,
    ),
    ("ai-request-transformer", &ai_request_transformer::CONFIG),
    ("ai-response-transformer", &ai_response_transformer::CONFIG),
    ("ai-semantic-cache", &ai_semantic_cache::CONFIG),
    (
        "ai-semantic-prompt-guard",
        &ai_semantic_prompt_guard::CONFIG,
    ),
    ("basic-auth", &basic_auth::CONFIG),
    ("correlation-id", &correlation_id::CONFIG),
    ("cors", &cors::CONFIG),
    ("file-log", &file_log::CONFIG),
    ("http-log", &http_log::CONFIG),
    ("ip-restriction", &ip_restriction::CONFIG),
    ("jwt", &jwt::CONFIG),
    ("key-auth", &key_auth::CONFIG),
    ("opentelemetry", &opentelemetry::CONFIG),
    ("prometheus", &prometheus::CONFIG),
    ("rate-limiting", &rate_limiting::CONFIG),
    ("request-size-limiting", &request_size_limiting::CONFIG),
    ("request-termination", &request_termination::CONFIG),
    ("request-transformer", &request_transformer::CONFIG),
    ("response-transformer", &response_transformer::CONFIG),
];

/// The table for a plugin's `config`; none for a plugin that only its name is known of.
pub(crate) fn config(plugin: &Node) -> Option<&'static Record> {
    let name = plugin.get("name")?.as_str()?;
    if is_ai_proxy(name) {
        return Some(ai_proxy::config(name, plugin.get("config")));
    }
    let known = TABLES.iter().find(|(known, _)| *known == name);
    known.map(|(_, record)| *record)
}

/// Whether a plugin of this name has a configuration that cannot be left out.
pub(crate) fn needs_config(name: &str) -> bool {
    let table = TABLES.iter().find(|(known, _)| *known == name);
    table.is_some_and(|(_, record)| record.fields().any(|field| field.required))
}

/// Kong's default for the envelope's `protocols`.
pub(crate) fn protocols(name: &str) -> &'static [&'static str] {
    match name {
        "ai-proxy" | "ai-proxy-advanced" | "basic-auth" | "key-auth" => {
            &["grpc", "grpcs", "http", "https", "ws", "wss"]
        }
        "ip-restriction" => &["grpc", "grpcs", "http", "https", "tcp", "tls"],
        _ => &["grpc", "grpcs", "http", "https"],
    }
}

pub(crate) fn is_ai_proxy(name: &str) -> bool {
    matches!(name, "ai-proxy" | "ai-proxy-advanced")
}
