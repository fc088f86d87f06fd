//! Rules between a route's fields.

use super::text;
use crate::{
    document::Node,
    fault::{Faults, Path},
};

/// Protocols that one route may have together.
struct Family {
    protocols: &'static [&'static str],
    /// A route needs one of these; with TLS, `snis` will do.
    matched: &'static [&'static str],
    /// These must be null.
    refused: &'static [&'static str],
}

static FAMILIES: [Family; 5] = [
    Family {
        protocols: &["http", "https"],
        matched: &["methods", "hosts", "headers", "paths"],
        refused: &["sources", "destinations"],
    },
    Family {
        protocols: &["grpc", "grpcs"],
        matched: &["hosts", "headers", "paths"],
        refused: &["methods", "sources", "destinations"],
    },
    Family {
        protocols: &["ws", "wss"],
        matched: &["hosts", "headers", "paths"],
        refused: &["methods", "sources", "destinations"],
    },
    Family {
        protocols: &["tcp", "tls", "udp"],
        matched: &["sources", "destinations"],
        refused: &["methods", "hosts", "headers", "paths"],
    },
    Family {
        protocols: &["tls_passthrough"],
        matched: &[],
        refused: &["methods", "hosts", "headers", "paths"],
    },
];

const TLS: [&str; 5] = ["https", "grpcs", "tls", "tls_passthrough", "wss"];
const REDIRECTS: [i64; 5] = [426, 301, 302, 307, 308];

/// What an expression stands in place of.
const MATCHED: [&str; 7] = [
    "methods",
    "hosts",
    "paths",
    "headers",
    "snis",
    "sources",
    "destinations",
];

pub(super) fn check(route: &Node, path: &Path<'_>, faults: &mut Faults) {
    check_protocols(route, path, faults);
    if let Some(expression) = route.given("expression")
        && MATCHED.iter().any(|name| filled(route, name).is_some())
    {
        let message = "cannot set 'expression' with 'methods', 'hosts', 'paths', 'headers', 'snis', 'sources' or 'destinations' simultaneously";
        faults.error(expression.at, path.key("expression"), message);
    }
    if let Some(headers) = route.given("headers") {
        check_header_names(headers, &path.key("headers"), faults);
    }
    let field = "https_redirect_status_code";
    if let Some(node) = route.given(field)
        && let Some(code @ 301..=426) = node.as_int()
        && !REDIRECTS.contains(&code)
    {
        let message = format!("expected one of: 426, 301, 302, 307, 308; found {code}");
        faults.error(node.at, path.key(field), message);
    }
}

fn check_protocols(route: &Node, path: &Path<'_>, faults: &mut Faults) {
    let written: Vec<&str> = match route.given("protocols") {
        Some(given) => given.items().iter().filter_map(Node::as_str).collect(),
        None => vec!["http", "https"],
    };
    let families: Vec<&Family> = FAMILIES
        .iter()
        .filter(|family| written.iter().any(|name| family.protocols.contains(name)))
        .collect();
    match families.as_slice() {
        // What is no protocol has its fault already.
        [] => {}
        [family] => check_family(route, family, &written, path, faults),
        several => {
            let kinds: Vec<String> = several
                .iter()
                .map(|family| family.protocols.join(", "))
                .collect();
            let at = route.given("protocols").map_or(route.at, |given| given.at);
            let message = format!(
                "these protocols exclude each other: {}; write a route for each",
                kinds.join(" | ")
            );
            faults.error(at, path.key("protocols"), message);
        }
    }
}

fn check_family(
    route: &Node,
    family: &Family,
    written: &[&str],
    path: &Path<'_>,
    faults: &mut Faults,
) {
    let known = written
        .iter()
        .filter(|name| family.protocols.contains(name));
    let with_tls = known.clone().find(|name| TLS.contains(name));
    let Some(protocol) = with_tls.or_else(|| known.clone().next()) else {
        return;
    };
    for name in family.refused {
        if let Some(given) = filled(route, name) {
            let message = format!("value must be null: no route for {protocol} has `{name}`");
            faults.error(given.at, path.key(name), message);
        }
    }
    if let (None, Some(snis)) = (with_tls, filled(route, "snis")) {
        let message = format!(
            "value must be null: only a protocol with TLS has server names ({})",
            TLS.join(", ")
        );
        faults.error(snis.at, path.key("snis"), message);
    }
    if protocol.starts_with("grpc")
        && let Some(strip) = route.given("strip_path")
        && strip.as_bool() == Some(true)
    {
        let message = "must be false for grpc and grpcs, where it is the default";
        faults.error(strip.at, path.key("strip_path"), message);
    }
    let mut matched = family.matched.to_vec();
    matched.extend(with_tls.map(|_| "snis"));
    let any = matched.iter().any(|name| filled(route, name).is_some());
    if !any && route.given("expression").is_none() {
        let message = format!(
            "must set one of '{}' when 'protocols' is '{protocol}'",
            matched.join("', '")
        );
        faults.error(route.at, path, message);
    }
}

/// A field that is neither null nor empty.
fn filled<'t>(route: &'t Node, name: &str) -> Option<&'t Node> {
    route.given(name).filter(|given| {
        let no_items = given.as_sequence().is_some_and(<[_]>::is_empty);
        let no_entries = given.as_mapping().is_some_and(<[_]>::is_empty);
        !no_items && !no_entries
    })
}

fn check_header_names(headers: &Node, path: &Path<'_>, faults: &mut Faults) {
    for entry in headers.entries() {
        if entry.key.eq_ignore_ascii_case("host") {
            let message = "the Host header is matched by `hosts`, not here";
            faults.error(entry.at, path.key(&entry.key), message);
        } else if let Err(message) = text::header_name(&entry.key) {
            faults.error(entry.at, path.key(&entry.key), message);
        }
    }
}

pub(super) fn endpoint(endpoint: &Node, path: &Path<'_>, faults: &mut Faults) {
    if endpoint.given("ip").is_none() && endpoint.given("port").is_none() {
        let message = "at least one of these fields must be non-empty: 'ip', 'port'";
        faults.error(endpoint.at, path, message);
    }
}
