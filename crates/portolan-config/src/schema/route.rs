//! `routes[]`, and those of a service.

use super::{
    field::{Enum, Field, Kind, Literal, META, NAME, Record, Text},
    plugin::PLUGINS,
    route_path,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
};

pub(crate) static ROUTE: Record = Record {
    groups: &[FIELDS, META],
    hint: None,
    check: Some(check),
};

pub(super) static NESTED_ROUTES: Kind = Kind::Record(&ROUTE);

static FIELDS: &[Field] = &[
    Field::text("name", NAME),
    Field::new("service", Kind::Reference),
    Field::new(
        "methods",
        Kind::List {
            item: &METHOD,
            min: 0,
        },
    ),
    Field::new(
        "paths",
        Kind::List {
            item: &PATH,
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
    Field::new(
        "protocols",
        Kind::List {
            item: &PROTOCOL,
            min: 1,
        },
    )
    .or(Literal::Texts(&["http", "https"]))
    .only_default(),
    Field::flag("strip_path", true).only_default(),
    Field::integer("regex_priority", i64::MIN, i64::MAX)
        .or(Literal::Int(0))
        .only_default(),
    Field::choice("path_handling", &["v0", "v1"])
        .or(Literal::Text("v0"))
        .only_default(),
    Field::flag("preserve_host", false).only_default(),
    Field::flag("request_buffering", true).only_default(),
    Field::flag("response_buffering", true).only_default(),
    Field::integer("https_redirect_status_code", 301, 426)
        .or(Literal::Int(426))
        .only_default(),
    Field::not_yet("hosts"),
    Field::not_yet("headers"),
    Field::not_yet("snis"),
    Field::not_yet("sources"),
    Field::not_yet("destinations"),
    Field::not_yet("expression"),
    Field::not_yet("priority"),
    Field::not_yet("filter_chains"),
];

static PATH: Kind = Kind::Text(Text {
    check: Some(route_path::check),
    ..Text::PLAIN
});

static METHOD: Kind = Kind::Text(Text {
    check: Some(method),
    ..Text::PLAIN
});

static PROTOCOL: Kind = Kind::Enum(Enum {
    known: &[
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
    ],
    served: None,
});

fn method(text: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(format!(
            "invalid value: '{text}', methods are upper-case letters"
        ))
    }
}

fn check(route: &Node, path: &Path<'_>, faults: &mut Faults) {
    let matches_something = ["methods", "hosts", "headers", "paths"].iter().any(|name| {
        route
            .given(name)
            .is_some_and(|given| given.as_sequence().is_none_or(|items| !items.is_empty()))
    });
    if !matches_something {
        faults.error(
            route.at,
            path,
            "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'",
        );
    }
}
