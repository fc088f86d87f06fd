//! `plugins[]`, wherever they stand: the envelope; each plugin's `config` has a table of its own.

use super::route::PROTOCOL;
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::{
        field::{Entity, Field, Kind, Literal, META, Origin, Record, STRING, entity_name},
        plugin::{config, needs_config},
    },
};

pub(crate) static PLUGINS: Entity = Entity {
    name: "plugins",
    record: &PLUGIN,
    key: Some("instance_name"),
    unique: &[],
};

pub(crate) static PLUGIN: Record = Record::new("plugins", &[FIELDS, META]).checked(check);

static FIELDS: &[Field] = &[
    Field::choice("name", KNOWN).required(),
    Field::checked("instance_name", entity_name)
        .doc("Tells several plugins of one name apart; unique."),
    Field::flag("enabled", true)
        .doc("A disabled plugin does not stand in for one of a wider scope."),
    Field::some("protocols", &PROTOCOL)
        .or(Literal::Texts(&["grpc", "grpcs", "http", "https"]))
        .doc("Kong's subsystems that it is for, HTTP or streams: it runs on http and https alike. Some plugins' default has ws and wss too."),
    Field::new("config", Kind::Chosen(config)),
    Field::foreign("route", "routes"),
    Field::foreign("service", "services"),
    Field::foreign("consumer", "consumers"),
    Field::foreign("consumer_group", "consumer_groups"),
    Field::record("ordering", &ORDERING)
        .doc("Which plugins it runs before and after, against their priorities."),
    Field::list("partials", &PARTIAL)
        .doc("Shared parts of `config`: entities of `partials`, by id or name."),
    Field::text("condition")
        .doc("An expression over the request; where it is false the plugin does not run."),
    Field::any("run_on")
        .of(Origin::Deck)
        .doc("Unread, by Kong too."),
    Field::text("_config")
        .of(Origin::Deck)
        .doc("A name of `_plugin_configs`: what `config` starts from."),
];

static ORDERING: Record = Record::new(
    "plugins.ordering",
    &[&[
        Field::record("before", &PHASES),
        Field::record("after", &PHASES),
    ]],
);

static PHASES: Record = Record::new(
    "plugins.ordering.before",
    &[&[Field::list("access", &STRING).doc("Names of plugins.")]],
);

static PARTIAL: Kind = Kind::Record(&PARTIAL_LINK);

static PARTIAL_LINK: Record = Record::new(
    "plugins.partials",
    &[&[
        Field::text("id"),
        Field::text("name"),
        Field::text("path")
            .doc("Where it goes, as `config.redis`; by default where its type belongs."),
    ]],
)
.checked(check_link);

fn check_link(link: &Node, path: &Path<'_>, faults: &mut Faults) {
    if link.given("id").is_none() && link.given("name").is_none() {
        let message = "at least one of these fields must be non-empty: 'id', 'name'";
        faults.error(link.at, path, message);
    }
}

fn check(plugin: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(name) = plugin.get("name").and_then(Node::as_str) else {
        return;
    };
    let elsewhere = ["partials", "_config"]
        .iter()
        .any(|name| plugin.given(name).is_some());
    if plugin.given("config").is_none() && !elsewhere {
        let path = path.key("config");
        if needs_config(name) {
            faults.error(plugin.at, path, "required field missing");
        } else if let Some(rules) = config(plugin).and_then(|table| table.check) {
            rules(&Node::empty_mapping(plugin.at), &path, faults);
        }
    }
    for scope in ["consumer", "consumer_group"] {
        if let Some(given) = plugin.given(scope)
            && scopeless(scope, name)
        {
            let message = format!("value must be null: `{name}` cannot be scoped to a {scope}");
            faults.error(given.at, path.key(scope), message);
        }
    }
}

/// The same of the plugins nested in a consumer or a consumer group.
pub(super) fn check_nested(scope: &str, owner: &Node, path: &Path<'_>, faults: &mut Faults) {
    let path = path.key("plugins");
    let plugins = owner.get("plugins").map(Node::items).unwrap_or_default();
    for (index, plugin) in plugins.iter().enumerate() {
        if let Some(name) = plugin.get("name")
            && let Some(text) = name.as_str()
            && scopeless(scope, text)
        {
            let message = format!("`{text}` cannot be scoped to a {scope}: it belongs elsewhere");
            faults.error(name.at, path.index(index).key("name"), message);
        }
    }
}

/// Whether Kong's schema of the plugin lacks the scope.
fn scopeless(scope: &str, plugin: &str) -> bool {
    let by_group = scope == "consumer_group";
    match plugin {
        "acl" | "cors" => true,
        name if identifies(name) => true,
        "ai-request-transformer" => !by_group,
        "correlation-id"
        | "file-log"
        | "http-log"
        | "opentelemetry"
        | "prometheus"
        | "request-size-limiting" => by_group,
        _ => false,
    }
}

/// Whether the plugin says who the consumer is.
pub(crate) fn identifies(plugin: &str) -> bool {
    matches!(
        plugin,
        "basic-auth"
            | "header-cert-auth"
            | "hmac-auth"
            | "jwt"
            | "key-auth"
            | "key-auth-enc"
            | "ldap-auth"
            | "ldap-auth-advanced"
            | "mtls-auth"
            | "oauth2"
            | "oauth2-introspection"
            | "openid-connect"
            | "saml"
            | "session"
            | "vault-auth"
    )
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
