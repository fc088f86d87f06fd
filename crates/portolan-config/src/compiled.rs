//! What the gateway runs: built from a validated tree only, so nothing here can fail for a user's reason.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use portolan_llm::{
    operation::Operation,
    provider::{Endpoint, Provider},
};

use crate::{pattern::Pattern, secret::SecretRef, template::Template};

/// One whole configuration.
#[derive(Debug, Default)]
pub struct Config {
    pub routes: Vec<Arc<Route>>,
}

/// A route of the file, with everything that its requests need.
#[derive(Debug)]
pub struct Route {
    /// The file's, or Kong's: a UUIDv5 of the name.
    pub id: String,
    pub name: Option<String>,
    /// Empty: any method.
    pub methods: Vec<String>,
    /// Empty: any path.
    pub paths: Vec<PathPattern>,
    pub service: Option<Arc<Service>>,
    pub plugins: Vec<Plugin>,
}

/// One of a route's `paths`.
#[derive(Debug, Clone)]
pub enum PathPattern {
    Prefix(String),
    Regex(Pattern),
}

#[derive(Debug)]
pub struct Service {
    pub id: String,
    pub name: Option<String>,
    pub origin: Origin,
    pub retries: u32,
    pub timeouts: Timeouts,
}

/// Scheme, host and port of an upstream: the key of its connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    pub tls: bool,
    /// A DNS name or an address, lower case, without brackets.
    pub host: Arc<str>,
    pub port: u16,
}

/// A bundled plugin as it stands on a route; `portolan-gateway/plugin` runs them by priority.
#[derive(Debug, Clone)]
pub enum Plugin {
    AiProxy(Arc<AiProxy>),
}

/// `ai-proxy` or `ai-proxy-advanced`: one shape, whichever name and spelling the file used.
#[derive(Debug, PartialEq)]
pub struct AiProxy {
    /// The file's, or Kong's; the log's `plugin_id`.
    pub id: String,
    pub balancer: Balancer,
    /// At least one.
    pub targets: Vec<Arc<Target>>,
    /// In bytes; none: no bound of its own.
    pub max_request_body_size: Option<usize>,
    pub model_name_header: bool,
}

#[derive(Debug, PartialEq)]
pub struct Balancer {
    pub algorithm: Algorithm,
    /// Further tries after the first.
    pub retries: u32,
    pub failover: FailoverCriteria,
    pub timeouts: Timeouts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    RoundRobin,
}

/// Each bounds one try. nginx's meaning: `write` between two writes, `read` between two reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    pub write: Duration,
    pub read: Duration,
}

/// Which faults of a try are worth another, as nginx's `proxy_next_upstream` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailoverCriteria {
    pub error: bool,
    pub timeout: bool,
    pub invalid_header: bool,
    /// Without it a POST is not tried again once any of it was sent.
    pub non_idempotent: bool,
    /// Of 403, 404, 429, 500, 502, 503, 504, ascending.
    pub statuses: Vec<u16>,
}

/// One upstream model.
#[derive(Debug, PartialEq)]
pub struct Target {
    pub provider: &'static Provider,
    pub operation: Operation,
    pub endpoint: &'static Endpoint,
    /// None: the client's `model`.
    pub model: Option<Template>,
    pub options: ModelOptions,
    pub upstream: Upstream,
    pub auth: Vec<HeaderAuth>,
    /// 1 to 65535.
    pub weight: u32,
    pub logging: Logging,
}

/// Where a target's requests go: `upstream_url`, or the provider table's.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    pub origin: Origin,
    /// Begins with `/`.
    pub path: String,
}

/// Defaults for what the client leaves out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelOptions {
    /// Request field to its JSON number, as the file writes it: `temperature`, `max_tokens`, `top_p`, `top_k`.
    pub defaults: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct HeaderAuth {
    pub name: SecretRef,
    pub value: SecretRef,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Logging {
    pub log_statistics: bool,
    pub log_payloads: bool,
}
