//! The settings of bundled plugins, a type each.

use ipnet::IpNet;
use regex::Regex;

use crate::pattern::one_line;

/// Who may pass, by the groups of its consumer.
#[derive(Debug, PartialEq)]
pub struct Acl {
    pub groups: AclGroups,
    pub hide_groups_header: bool,
    pub always_use_authenticated_groups: bool,
    /// Whether the names of consumer groups count too.
    pub include_consumer_groups: bool,
}

/// Not empty.
#[derive(Debug, PartialEq, Eq)]
pub enum AclGroups {
    Allow(Vec<String>),
    Deny(Vec<String>),
}

#[derive(Debug, PartialEq, Eq)]
pub struct CorrelationId {
    pub header_name: String,
    pub generator: Generator,
    pub echo_downstream: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    Uuid,
    /// One UUID a worker, and a count.
    UuidCounter,
    /// Of the connection and the time.
    Tracker,
}

#[derive(Debug)]
pub struct Cors {
    /// Empty: any.
    pub origins: Vec<CorsOrigin>,
    pub methods: Vec<String>,
    /// Empty: those that a preflight asks for.
    pub headers: Vec<String>,
    pub exposed_headers: Vec<String>,
    /// Seconds, as the file writes the number.
    pub max_age: Option<String>,
    pub credentials: bool,
    pub private_network: bool,
    pub preflight_continue: bool,
    pub allow_origin_absent: bool,
}

/// One of `origins`.
#[derive(Debug, Clone)]
pub enum CorsOrigin {
    /// `*`
    Any,
    /// As the file writes it.
    Exact(String),
    /// Anchored at both ends. `of_host`: it has no `:`, and is asked about the host alone.
    Regex { regex: Regex, of_host: bool },
}

impl CorsOrigin {
    /// Kong's rule: any character besides letters, digits and `.:/-` makes it a regex. Err: one line.
    pub fn parse(entry: &str) -> Result<Self, String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte);
        if entry == "*" {
            return Ok(Self::Any);
        }
        if entry.bytes().all(is_plain) {
            return Ok(Self::Exact(entry.to_owned()));
        }
        match Regex::new(&format!("^(?:{entry})$")) {
            Ok(regex) => Ok(Self::Regex {
                regex,
                of_host: !entry.contains(':'),
            }),
            Err(error) => Err(one_line(&error.to_string())),
        }
    }
}

/// One of the lists is not empty.
#[derive(Debug, PartialEq, Eq)]
pub struct IpRestriction {
    pub allow: Vec<IpNet>,
    pub deny: Vec<IpNet>,
    pub status: u16,
    pub message: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct KeyAuth {
    /// In the order in which they are looked for.
    pub key_names: Vec<String>,
    pub in_header: bool,
    pub in_query: bool,
    pub in_body: bool,
    pub hide_credentials: bool,
    /// Id of the consumer that a client without a valid key is.
    pub anonymous: Option<Anonymous>,
    pub run_on_preflight: bool,
    pub realm: Option<String>,
}

/// `anonymous` of an authentication plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anonymous {
    /// A consumer's id.
    Consumer(String),
    /// As the file writes it: no consumer has this id or username.
    Missing(String),
}

#[derive(Debug, PartialEq, Eq)]
pub struct RequestSizeLimiting {
    /// In bytes.
    pub allowed: u64,
    pub require_content_length: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct RequestTermination {
    pub status: u16,
    pub answer: Termination,
    /// Acts only on a request that has a header or query parameter of this name.
    pub trigger: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Termination {
    Message(Option<String>),
    Body {
        body: String,
        content_type: Option<String>,
    },
    /// A description of the request.
    Echo {
        message: Option<String>,
    },
}
