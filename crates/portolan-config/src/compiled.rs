//! What the gateway runs: built from a validated tree only, so nothing here can fail for a user's reason.

pub mod plugin;
mod read;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use portolan_llm::{
    operation::Operation,
    provider::{Endpoint, Provider},
};

use crate::{
    pattern::Pattern,
    secret::{Secret, SecretRef},
    template::Template,
};

/// One whole configuration.
#[derive(Debug, Default)]
pub struct Config {
    pub routes: Vec<Arc<Route>>,
    /// Plugins for everything and everybody, AI proxies left out: what is left to a request that no route matches.
    pub global: Vec<Plugin>,
    pub consumers: Vec<Arc<Consumer>>,
    /// Shown to clients that come by TLS; each has a name.
    pub certificates: Vec<Certificate>,
}

/// A route of the file, with everything that its requests need.
#[derive(Debug)]
pub struct Route {
    /// The file's, or Kong's: a UUIDv5 of the name.
    pub id: String,
    pub name: Option<String>,
    pub protocols: Protocols,
    /// Empty: any method.
    pub methods: Vec<String>,
    /// Empty: any host.
    pub hosts: Vec<HostPattern>,
    /// Names in lower case with `-` for `_`; of each entry some value must match.
    pub headers: Vec<(String, Vec<HeaderPattern>)>,
    /// Empty: any path.
    pub paths: Vec<PathPattern>,
    /// Of a TLS handshake, in lower case; empty: any.
    pub snis: Vec<NamePattern>,
    pub regex_priority: i64,
    /// 426, or a redirect.
    pub https_redirect_status: u16,
    pub strip_path: bool,
    pub preserve_host: bool,
    /// Whether a body is read before the upstream is called.
    pub request_buffering: bool,
    pub service: Option<Arc<Service>>,
    /// Every instance that a request of the route may meet, whoever sends it; of one plugin the narrowest first.
    pub plugins: Vec<Plugin>,
}

/// Matching ignores them: what comes by another is refused or redirected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocols {
    pub http: bool,
    pub https: bool,
}

/// A name, or all names that begin or end so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamePattern {
    Exact(String),
    /// Of `*.example.com`: `.example.com`.
    Suffix(String),
    /// Of `example.*`: `example.`.
    Prefix(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    pub name: NamePattern,
    pub port: Option<u16>,
}

/// A header's value, letter case aside.
#[derive(Debug, Clone)]
pub enum HeaderPattern {
    /// In lower case.
    Exact(String),
    /// Found anywhere in the lower-cased value.
    Regex(Pattern),
}

/// One of a route's `paths`.
#[derive(Debug, Clone)]
pub enum PathPattern {
    Prefix(String),
    Regex(Pattern),
}

/// Where plain requests go.
#[derive(Debug)]
pub struct Service {
    pub id: String,
    pub name: Option<String>,
    pub origin: Origin,
    /// Begins with `/`.
    pub path: Option<String>,
    pub retries: u32,
    pub timeouts: Timeouts,
    pub tls: UpstreamTls,
    /// The upstream that the host names: its targets are called instead.
    pub upstream: Option<Arc<Upstream>>,
}

/// How a service's TLS differs from the platform's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpstreamTls {
    /// Written as false.
    pub unverified: bool,
    /// Intermediate certificates at most.
    pub verify_depth: Option<u8>,
    /// In PEM, in place of the platform's roots; empty: those.
    pub roots: Vec<String>,
    /// DNS names, and URIs with their scheme, that the peer may have instead of its host.
    pub sans: Vec<String>,
    pub client_certificate: Option<Arc<Certificate>>,
}

/// Targets that share a name.
#[derive(Debug, PartialEq)]
pub struct Upstream {
    pub id: String,
    pub name: String,
    pub host_header: Option<String>,
    pub targets: Vec<UpstreamTarget>,
    pub client_certificate: Option<Arc<Certificate>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamTarget {
    /// As an origin's.
    pub host: Arc<str>,
    pub port: u16,
    /// 1 to 65535: one of weight 0 is left out.
    pub weight: u32,
}

/// A chain and its key, in PEM.
#[derive(Debug, PartialEq)]
pub struct Certificate {
    pub id: String,
    pub pair: KeyPair,
    /// Of another algorithm, for clients that prefer it.
    pub alternative: Option<KeyPair>,
    /// Names that it is shown for; `*` for any other. In lower case.
    pub names: Vec<SniPattern>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct KeyPair {
    pub chain: SecretRef,
    pub key: SecretRef,
}

/// What a certificate is shown for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SniPattern {
    Name(NamePattern),
    /// `*`
    Any,
}

/// Who may be identified.
#[derive(Debug, PartialEq)]
pub struct Consumer {
    pub id: String,
    pub username: Option<String>,
    pub custom_id: Option<String>,
    /// Names of the consumer groups that it is in, ascending.
    pub groups: Vec<String>,
    /// Of its `acls`.
    pub acls: Vec<String>,
    pub keys: Vec<ApiKey>,
}

/// What `key-auth` identifies a consumer by.
#[derive(Debug, PartialEq)]
pub struct ApiKey {
    pub id: String,
    pub key: Secret,
    /// The second since 1970 at which it stops to be one.
    pub expires: Option<u64>,
}

/// Scheme, host and port of an upstream: the key of its connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    pub tls: bool,
    /// A DNS name or an address, lower case, without brackets.
    pub host: Arc<str>,
    pub port: u16,
}

/// An instance of a bundled plugin; `portolan-gateway/plugin` runs them by priority.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// The file's, or Kong's.
    pub id: String,
    /// For one consumer alone, by id.
    pub consumer: Option<String>,
    /// For a consumer group alone, by name.
    pub consumer_group: Option<String>,
    pub config: PluginConfig,
}

/// Which plugin it is, and how it is set.
#[derive(Debug, Clone)]
pub enum PluginConfig {
    Acl(Arc<plugin::Acl>),
    AiProxy(Arc<AiProxy>),
    CorrelationId(Arc<plugin::CorrelationId>),
    Cors(Arc<plugin::Cors>),
    IpRestriction(Arc<plugin::IpRestriction>),
    KeyAuth(Arc<plugin::KeyAuth>),
    RequestSizeLimiting(Arc<plugin::RequestSizeLimiting>),
    RequestTermination(Arc<plugin::RequestTermination>),
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
    pub upstream: TargetUrl,
    pub auth: Vec<HeaderAuth>,
    /// 1 to 65535.
    pub weight: u32,
    pub logging: Logging,
}

/// Where a target's requests go: `upstream_url`, or the provider table's.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetUrl {
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
