//! `services[]`

use super::{
    field::{Enum, Field, Kind, Literal, META, NAME, Record, Text},
    plugin::PLUGINS,
    route::NESTED_ROUTES,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
    url,
};

pub(crate) static SERVICE: Record = Record {
    groups: &[FIELDS, META],
    hint: None,
    check: Some(check),
};

static FIELDS: &[Field] = &[
    Field::text("name", NAME),
    Field::text(
        "url",
        Text {
            check: Some(service_url),
            ..Text::PLAIN
        },
    ),
    Field::new(
        "protocol",
        Kind::Enum(Enum {
            known: &[
                "grpc",
                "grpcs",
                "http",
                "https",
                "tcp",
                "tls",
                "tls_passthrough",
                "udp",
            ],
            served: Some(is_http),
        }),
    )
    .or(Literal::Text("http")),
    Field::text(
        "host",
        Text {
            check: Some(url::check_host),
            ..Text::PLAIN
        },
    ),
    // Kong: 80 even for https; only `url` infers 443.
    Field::integer("port", 0, 65_535).or(Literal::Int(80)),
    Field::text(
        "path",
        Text {
            check: Some(service_path),
            ..Text::PLAIN
        },
    ),
    Field::integer("retries", 0, 32_767).or(Literal::Int(5)),
    Field::timeout("connect_timeout", 60_000),
    Field::timeout("write_timeout", 60_000),
    Field::timeout("read_timeout", 60_000),
    Field::flag("enabled", true).only_default(),
    Field::new(
        "routes",
        Kind::List {
            item: &NESTED_ROUTES,
            min: 0,
        },
    ),
    Field::new(
        "plugins",
        Kind::List {
            item: &PLUGINS,
            min: 0,
        },
    ),
    Field::not_yet("client_certificate"),
    Field::not_yet("tls_verify"),
    Field::not_yet("tls_verify_depth"),
    Field::not_yet("tls_sans"),
    Field::not_yet("ca_certificates"),
    Field::not_yet("filter_chains"),
];

/// What `url` stands for.
const SPELLED_OUT: [&str; 4] = ["protocol", "host", "port", "path"];

fn check(service: &Node, path: &Path<'_>, faults: &mut Faults) {
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

fn is_http(protocol: &str) -> bool {
    matches!(protocol, "http" | "https")
}

fn service_url(text: &str) -> Result<(), String> {
    url::parse_service(text).map(drop)
}

fn service_path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err("should start with: /".to_owned());
    }
    if text.contains("//") {
        return Err("must not have empty segments".to_owned());
    }
    Ok(())
}
