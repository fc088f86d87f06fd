//! `routes[]`, and those of a service.

mod check;

use super::{filter_chain::FILTER_CHAINS, plugin::PLUGINS, route_path, text};
use crate::{
    compiled::HeaderPattern,
    schema::field::{Entity, Field, Kind, Literal, META, Record, Text, entity_name},
};

pub(crate) static ROUTES: Entity = Entity {
    name: "routes",
    record: &ROUTE,
    key: Some("name"),
    unique: &[],
};

pub(crate) static ROUTE: Record = Record::new("routes", &[FIELDS, META]).checked(check::check);

static FIELDS: &[Field] = &[
    Field::checked("name", entity_name),
    Field::foreign("service", "services")
        .doc("Where requests go; a route with an AI proxy needs none."),
    Field::some("protocols", &PROTOCOL)
        .or(Literal::Texts(&["http", "https"]))
        .doc("Matching ignores them: what comes by another is refused or redirected."),
    Field::list("methods", &METHOD).doc("In upper case. Compared exactly."),
    Field::list("hosts", &HOST)
        .doc("Names or addresses, with a port or without; `*.x` and `x.*` match any label."),
    Field::list("paths", &PATH)
        .doc("`/x` is a prefix; `~/x` a regex that is anchored at its start only."),
    Field::map("headers", &HEADER_VALUES)
        .doc("By header name, the values that match, letter case aside; `~*x` is a regex."),
    Field::list("snis", &SNI).doc("Server names of the TLS handshake; a plain connection passes."),
    Field::list("sources", &ENDPOINT).doc("Where a stream may come from."),
    Field::list("destinations", &ENDPOINT).doc("The listeners a stream may come by."),
    Field::integer("https_redirect_status_code", 301, 426)
        .or(Literal::Int(426))
        .doc("Answers plain HTTP on an https route: 426, 301, 302, 307 or 308."),
    Field::any_integer("regex_priority")
        .or(Literal::Int(0))
        .doc("Among regex paths the higher one is tried first."),
    Field::flag("strip_path", true)
        .doc("Whether the matched prefix is left out of the path that the upstream gets."),
    Field::choice("path_handling", &["v0", "v1"])
        .or(Literal::Text("v0"))
        .doc("v1 changes nothing, as in Kong's default router: paths are joined as v0 has it."),
    Field::flag("preserve_host", false)
        .doc("Whether the upstream gets the client's Host header rather than its own name."),
    Field::flag("request_buffering", true)
        .doc("Whether a body is read before the upstream is called."),
    Field::flag("response_buffering", true)
        .doc("Unread: an answer is always handed on as it comes."),
    Field::text("expression")
        .doc("A match in Kong's expression language, in place of the fields above."),
    Field::integer("priority", 0, 70_368_744_177_663)
        .doc("Among expressions the higher one is tried first."),
    Field::nested(&PLUGINS, "route"),
    Field::nested(&FILTER_CHAINS, "route"),
];

pub(super) static PROTOCOL: Kind = Kind::Enum(PROTOCOLS);

/// Of routes, services and plugins.
pub(super) const PROTOCOLS: &[&str] = &[
    "grpc",
    "grpcs",
    "http",
    "https",
    "tcp",
    "tls",
    "tls_passthrough",
    "udp",
    "ws",
    "wss",
];

static METHOD: Kind = Kind::Text(Text::checked(method));
static HOST: Kind = Kind::Text(Text::checked(text::host_pattern));
static PATH: Kind = Kind::Text(Text::checked(route_path::check));
static SNI: Kind = Kind::Text(Text::checked(text::sni));
static ENDPOINT: Kind = Kind::Record(&ENDPOINT_RECORD);

static HEADER_VALUES: Kind = Kind::List {
    item: &HEADER_VALUE,
    min: 0,
    max: usize::MAX,
};
static HEADER_VALUE: Kind = Kind::Text(Text::checked(header_value));

static ENDPOINT_RECORD: Record = Record::new(
    "routes.sources",
    &[&[
        Field::checked("ip", text::ip_or_cidr).doc("An address, or a range as `10.0.0.0/8`."),
        Field::integer("port", 0, 65_535),
    ]],
)
.checked(check::endpoint);

fn method(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(format!(
            "invalid value: '{text}', methods are upper-case letters"
        ))
    }
}

fn header_value(text: &str) -> Result<(), String> {
    match HeaderPattern::parse(text) {
        Ok(_) => Ok(()),
        Err(reason) => {
            let pattern = text.strip_prefix("~*").unwrap_or(text);
            Err(format!("invalid regex: '{pattern}' ({reason})"))
        }
    }
}
