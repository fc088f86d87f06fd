//! Which values of a field are not served, where a row of the table cannot name them.

use crate::document::Node;

/// Of a key-auth: any but the consumers of the file itself.
pub(super) fn other_realms(realms: &Node) -> bool {
    realms.items().iter().any(|realm| {
        let elsewhere = ["id", "region"]
            .iter()
            .any(|name| realm.given(name).is_some());
        elsewhere || realm.given("scope").and_then(Node::as_str) == Some("realm")
    })
}

/// Of a request-termination: an interim answer, after which a client waits for the one that is meant.
pub(super) fn interim(status: &Node) -> bool {
    status.as_int().is_some_and(|status| status < 200)
}

pub(super) fn other_protocol(url: &Node) -> bool {
    let scheme = url.as_str().and_then(|url| url.split_once("://"));
    scheme.is_some_and(|(scheme, _)| {
        !["http", "https"]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(scheme))
    })
}

/// Each of these is off at 0.
const HEALTH: [&str; 11] = [
    "threshold",
    "active.healthy.interval",
    "active.healthy.successes",
    "active.unhealthy.interval",
    "active.unhealthy.tcp_failures",
    "active.unhealthy.timeouts",
    "active.unhealthy.http_failures",
    "passive.healthy.successes",
    "passive.unhealthy.tcp_failures",
    "passive.unhealthy.timeouts",
    "passive.unhealthy.http_failures",
];

pub(super) fn switched_on(checks: &Node) -> bool {
    HEALTH.iter().any(|path| {
        let number = checks.at_path(path).and_then(Node::as_number);
        number.is_some_and(|number| number > 0.0)
    })
}

pub(super) fn has_query(url: &Node) -> bool {
    url.as_str().is_some_and(|url| url.contains('?'))
}

/// Of a plugin: none of those that a request can come by.
pub(super) fn no_http(protocols: &Node) -> bool {
    !protocols.items().iter().any(|item| {
        let http = ["http", "https", "grpc", "grpcs", "ws", "wss"];
        item.as_str().is_some_and(|name| http.contains(&name))
    })
}
