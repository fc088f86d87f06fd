//! `plugins[]` of a route or a service: the envelope; each plugin's `config` has a table of its own.

use super::{
    ai_proxy,
    field::{Enum, Field, Kind, META, NAME, Record},
};
use crate::{
    document::Node,
    fault::{Faults, Path},
};

pub(crate) static PLUGIN: Record = Record {
    groups: &[FIELDS, META],
    hint: None,
    check: Some(check),
};

pub(super) static PLUGINS: Kind = Kind::Record(&PLUGIN);

static FIELDS: &[Field] = &[
    Field::new(
        "name",
        Kind::Enum(Enum {
            known: KNOWN,
            served: Some(is_served),
        }),
    )
    .required(),
    Field::text("instance_name", NAME),
    Field::flag("enabled", true),
    Field::new(
        "protocols",
        Kind::List {
            item: &PROTOCOL,
            min: 1,
        },
    ),
    Field::new("config", Kind::Chosen(config)),
    Field::not_yet("route"),
    Field::not_yet("service"),
    Field::not_yet("consumer"),
    Field::not_yet("consumer_group"),
    Field::not_yet("ordering"),
    Field::not_yet("partials"),
    Field::not_yet("condition"),
    Field::not_yet("_config"),
];

static PROTOCOL: Kind = Kind::Enum(Enum {
    known: &["grpc", "grpcs", "http", "https", "ws", "wss"],
    served: None,
});

fn config(plugin: &Node) -> Option<&'static Record> {
    ai_proxy::config(plugin.get("name")?.as_str()?, plugin.get("config"))
}

pub(super) fn is_served(name: &str) -> bool {
    matches!(name, "ai-proxy" | "ai-proxy-advanced")
}

fn check(plugin: &Node, path: &Path<'_>, faults: &mut Faults) {
    let name = plugin.get("name").and_then(Node::as_str);
    if name.is_some_and(is_served) && plugin.given("config").is_none() {
        faults.error(plugin.at, path.key("config"), "required field missing");
    }
    if let Some(protocols) = plugin.given("protocols")
        && let Some(items) = protocols.as_sequence()
        && !["http", "https"]
            .iter()
            .all(|needed| items.iter().any(|item| item.as_str() == Some(needed)))
    {
        faults.error(
            protocols.at,
            path.key("protocols"),
            "a plugin for some of the protocols is not served yet: http and https must both be among them",
        );
    }
}

/// What Kong bundles, the enterprise edition's included.
const KNOWN: &[&str] = &[
    "ace",
    "acl",
    "acme",
    "ai-a2a-proxy",
    "ai-aws-guardrails",
    "ai-azure-content-safety",
    "ai-custom-guardrail",
    "ai-gcp-model-armor",
    "ai-lakera-guard",
    "ai-llm-as-judge",
    "ai-mcp-oauth2",
    "ai-mcp-proxy",
    "ai-prompt-compressor",
    "ai-prompt-decorator",
    "ai-prompt-guard",
    "ai-prompt-template",
    "ai-proxy",
    "ai-proxy-advanced",
    "ai-rag-injector",
    "ai-rate-limiting-advanced",
    "ai-request-transformer",
    "ai-response-transformer",
    "ai-sanitizer",
    "ai-semantic-cache",
    "ai-semantic-prompt-guard",
    "ai-semantic-response-guard",
    "app-dynamics",
    "aws-lambda",
    "azure-functions",
    "basic-auth",
    "bot-detection",
    "canary",
    "confluent",
    "confluent-consume",
    "correlation-id",
    "cors",
    "datadog",
    "datakit",
    "degraphql",
    "exit-transformer",
    "file-log",
    "forward-proxy",
    "graphql-proxy-cache-advanced",
    "graphql-rate-limiting-advanced",
    "grpc-gateway",
    "grpc-web",
    "header-cert-auth",
    "hmac-auth",
    "http-log",
    "injection-protection",
    "ip-restriction",
    "jq",
    "json-threat-protection",
    "jwe-decrypt",
    "jwt",
    "jwt-signer",
    "kafka-consume",
    "kafka-log",
    "kafka-upstream",
    "key-auth",
    "key-auth-enc",
    "ldap-auth",
    "ldap-auth-advanced",
    "loggly",
    "metering-and-billing",
    "mocking",
    "mtls-auth",
    "oas-validation",
    "oauth2",
    "oauth2-introspection",
    "opa",
    "openid-connect",
    "opentelemetry",
    "post-function",
    "pre-function",
    "prometheus",
    "proxy-cache",
    "proxy-cache-advanced",
    "rate-limiting",
    "rate-limiting-advanced",
    "redirect",
    "request-callout",
    "request-size-limiting",
    "request-termination",
    "request-transformer",
    "request-transformer-advanced",
    "request-validator",
    "response-ratelimiting",
    "response-transformer",
    "response-transformer-advanced",
    "route-by-header",
    "route-transformer-advanced",
    "saml",
    "service-protection",
    "session",
    "standard-webhooks",
    "statsd",
    "statsd-advanced",
    "syslog",
    "tcp-log",
    "tls-handshake-modifier",
    "tls-metadata-headers",
    "udp-log",
    "upstream-oauth",
    "upstream-timeout",
    "vault-auth",
    "websocket-size-limit",
    "websocket-validator",
    "xml-threat-protection",
    "zipkin",
];
