//! `services[]`

use super::{
    filter_chain::FILTER_CHAINS,
    plugin::PLUGINS,
    route::{PROTOCOLS, ROUTES},
    text,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Entity, Field, Kind, Literal, META, Record, STRING, entity_name},
    url,
};

pub(crate) static SERVICES: Entity = Entity {
    name: "services",
    record: &SERVICE,
    key: Some("name"),
    unique: &[],
};

pub(crate) static SERVICE: Record = Record::new("services", &[FIELDS, META]).checked(check);

static FIELDS: &[Field] = &[
    Field::checked("name", entity_name),
    Field::checked("url", service_url)
        .doc("Stands for `protocol`, `host`, `port` and `path`; drops user and query."),
    Field::choice("protocol", PROTOCOLS).or(Literal::Text("http")),
    Field::checked("host", url::check_host)
        .doc("A name or an address without a port; or the name of an upstream."),
    Field::integer("port", 0, 65_535)
        .or(Literal::Int(80))
        .doc("80 even for https: only `url` infers 443. Unread where `host` is an upstream."),
    Field::checked("path", text::path).doc("Put before the path of each request."),
    Field::integer("retries", 0, 32_767)
        .or(Literal::Int(5))
        .doc("How many more times a request is tried after its first failure."),
    Field::timeout("connect_timeout", 60_000).doc("Milliseconds, TLS handshake included."),
    Field::timeout("write_timeout", 60_000).doc("Milliseconds between two writes."),
    Field::timeout("read_timeout", 60_000)
        .doc("Milliseconds of silence between two reads, not of the whole answer."),
    Field::flag("enabled", true).doc("False leaves its routes out."),
    Field::foreign("client_certificate", "certificates")
        .doc("Shown to upstreams that ask for one; only with https, tls or wss."),
    Field::boolean("tls_verify")
        .doc("Whether the upstream's certificate is verified; only with https, tls or wss."),
    Field::integer("tls_verify_depth", 0, 64)
        .doc("The longest chain that is followed; only with https, tls or wss."),
    Field::record("tls_sans", &TLS_SANS)
        .doc("Names that the upstream's certificate may carry besides `host`."),
    Field::list("ca_certificates", &Kind::Foreign("ca_certificates"))
        .doc("Whom to trust instead of the platform's roots; only with https, tls or wss."),
    Field::nested(&ROUTES, "service"),
    Field::nested(&PLUGINS, "service"),
    Field::nested(&FILTER_CHAINS, "service"),
];

static TLS_SANS: Record = Record::new(
    "services.tls_sans",
    &[&[
        Field::list("dnsnames", &STRING),
        Field::list("uris", &STRING),
    ]],
);

/// What `url` stands for.
const SPELLED_OUT: [&str; 4] = ["protocol", "host", "port", "path"];

const TLS_ONLY: [&str; 4] = [
    "ca_certificates",
    "client_certificate",
    "tls_verify",
    "tls_verify_depth",
];

fn check(service: &Node, path: &Path<'_>, faults: &mut Faults) {
    check_address(service, path, faults);
    let Some(protocol) = protocol(service) else {
        return;
    };
    if !matches!(protocol, "https" | "tls" | "wss") {
        for name in TLS_ONLY {
            if let Some(given) = service.given(name) {
                let message = format!(
                    "failed conditional validation given value of field 'protocol': value must be null with {protocol}, only https, tls and wss read it"
                );
                faults.error(given.at, path.key(name), message);
            }
        }
    }
    if matches!(protocol, "tcp" | "tls" | "udp" | "grpc" | "grpcs") {
        let url = service.given("url").filter(|url| has_path(url));
        let pathed = service.given("path").map(|given| (given, "path"));
        if let Some((given, name)) = pathed.or(url.map(|url| (url, "url"))) {
            let message = format!(
                "failed conditional validation given value of field 'protocol': {protocol} has no path"
            );
            faults.error(given.at, path.key(name), message);
        }
    }
}

/// Either a `url`, or a `host` and what belongs to it.
fn check_address(service: &Node, path: &Path<'_>, faults: &mut Faults) {
    if service.given("url").is_none() {
        if service.given("host").is_none() {
            faults.error(
                service.at,
                path.key("host"),
                "required field missing: give `host`, or `url`",
            );
        }
        return;
    }
    for entry in service.entries() {
        if SPELLED_OUT.contains(&entry.key.as_str()) && !entry.value.is_null() {
            let message = format!(
                "`{}` stands beside `url`, which sets it: keep one",
                entry.key
            );
            faults.error(entry.at, path.key(&entry.key), message);
        }
    }
}

/// None: there is a fault already.
fn protocol(service: &Node) -> Option<&'static str> {
    let known = |name: &str| {
        PROTOCOLS
            .iter()
            .copied()
            .find(|known| known.eq_ignore_ascii_case(name))
    };
    let Some(url) = service.given("url") else {
        return match service.given("protocol") {
            Some(given) => known(given.as_str()?),
            None => Some("http"),
        };
    };
    let text = url.as_str()?;
    match text.split_once("://") {
        Some((scheme, _)) => known(scheme),
        None if authority(text).ends_with(":443") => Some("https"),
        None => Some("http"),
    }
}

/// Of a URL without a scheme.
fn authority(text: &str) -> &str {
    &text[..text.find(['/', '?', '#']).unwrap_or(text.len())]
}

fn has_path(url: &Node) -> bool {
    let text = url.as_str().unwrap_or_default();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.contains('/')
}

fn service_url(text: &str) -> Result<(), String> {
    // The URL reader knows HTTP alone; the other protocols' URLs look the same.
    let other = text
        .split_once("://")
        .filter(|(scheme, _)| !scheme.starts_with("http") && PROTOCOLS.contains(scheme));
    let as_http = other.map(|(_, rest)| format!("http://{rest}"));
    let url = url::parse_service(as_http.as_deref().unwrap_or(text))?;
    text::path(&url.path)
}
