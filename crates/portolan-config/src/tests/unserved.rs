//! What is still refused by name around that which is served; and defaults of Kong, which are not.

use crate::{
    compiled::Config,
    testing::{faults, loaded},
};

fn file(text: &str) -> String {
    format!("_format_version: \"3.0\"\n{text}\n")
}

/// Each thing is told at its place, and nothing else is.
#[track_caller]
fn refused(text: &str, places: &[&str]) {
    let found = faults(&file(text));
    assert_eq!(found.len(), places.len(), "{text}: {found:?}");
    for (told, place) in found.iter().zip(places) {
        let (_, told) = told.split_once(": ").unwrap();
        assert!(told.starts_with(&format!("{place}: ")), "{text}: {told}");
        assert!(told.contains(" is not served yet"), "{text}: {told}");
    }
}

fn served(text: &str) -> Config {
    loaded(&file(text)).config
}

#[test]
fn protocols_but_http_and_https_are_refused() {
    for protocol in ["grpc", "grpcs", "ws", "wss"] {
        let text = format!("routes: [{{protocols: [{protocol}], paths: [/a]}}]");
        refused(&text, &["routes[0].protocols"]);
    }
    let stream = "routes: [{protocols: [tls_passthrough], snis: [example.com]}]";
    refused(stream, &["routes[0].protocols"]);
    for protocol in ["tcp", "tls", "udp"] {
        let ends = "sources: [{port: 80}], destinations: [{port: 9000}]";
        let text = format!("routes: [{{protocols: [{protocol}], {ends}}}]");
        let places = [
            "routes[0].protocols",
            "routes[0].sources",
            "routes[0].destinations",
        ];
        refused(&text, &places);
    }
    for protocol in [
        "grpc",
        "grpcs",
        "tcp",
        "tls",
        "tls_passthrough",
        "udp",
        "ws",
        "wss",
    ] {
        let text = format!("services: [{{protocol: {protocol}, host: example.com}}]");
        refused(&text, &["services[0].protocol"]);
    }
    refused(
        "services: [{url: 'grpc://example.com'}]",
        &["services[0].url"],
    );
    let both =
        "routes: [{protocols: [http], paths: [/a]}, {protocols: [https], snis: [example.com]}]";
    assert_eq!(served(both).routes.len(), 2);
}

#[test]
fn expressions_are_refused() {
    refused(
        "routes: [{expression: 'http.path == \"/a\"', priority: 10}]",
        &["routes[0].expression", "routes[0].priority"],
    );
}

#[test]
fn other_ways_to_balance_are_refused() {
    for (field, value) in [
        ("algorithm", "consistent-hashing"),
        ("algorithm", "latency"),
        ("algorithm", "least-connections"),
        ("slots", "100"),
        ("hash_on", "ip"),
        ("use_srv_name", "true"),
        ("healthchecks", "{active: {healthy: {interval: 5}}}"),
        ("healthchecks", "{active: {unhealthy: {interval: 0.5}}}"),
        ("healthchecks", "{passive: {unhealthy: {http_failures: 3}}}"),
        ("healthchecks", "{passive: {unhealthy: {tcp_failures: 1}}}"),
        ("healthchecks", "{passive: {unhealthy: {timeouts: 2}}}"),
        ("healthchecks", "{threshold: 50}"),
    ] {
        let text = format!("upstreams: [{{name: pool, {field}: {value}}}]");
        let found = faults(&file(&text));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let place = format!("upstreams[0].{field}");
        assert!(found[0].contains(&place), "{text}: {found:?}");
        assert!(found[0].contains(" is not served yet"), "{text}: {found:?}");
    }
    refused(
        "upstreams: [{name: pool, algorithm: consistent-hashing, hash_on: header, hash_on_header: x-user, hash_fallback: cookie, hash_on_cookie: user, hash_on_cookie_path: /chat}]",
        &[
            "upstreams[0].algorithm",
            "upstreams[0].hash_on",
            "upstreams[0].hash_on_header",
            "upstreams[0].hash_fallback",
            "upstreams[0].hash_on_cookie",
            "upstreams[0].hash_on_cookie_path",
        ],
    );
}

/// `kong-core.md` 8.1 and 8.2, written out as an export does.
#[test]
fn an_upstreams_defaults_written_out_are_served() {
    let config = served(
        "services: [{name: s, host: pool, routes: [{paths: [/a]}]}]
upstreams:
- name: pool
  algorithm: round-robin
  slots: 10000
  hash_on: none
  hash_fallback: none
  hash_on_cookie_path: /
  hash_on_header: null
  use_srv_name: false
  host_header: null
  healthchecks:
    threshold: 0
    active:
      type: http
      timeout: 1
      concurrency: 10
      http_path: /
      https_sni: null
      https_verify_certificate: true
      headers: null
      healthy: {interval: 0, http_statuses: [200, 302], successes: 0}
      unhealthy: {interval: 0, http_statuses: [429, 404, 500, 501, 502, 503, 504, 505], tcp_failures: 0, timeouts: 0, http_failures: 0}
    passive:
      type: http
      healthy: {http_statuses: [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308], successes: 0}
      unhealthy: {http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0, http_failures: 0}
  targets: [{target: 'a.internal:80'}]",
    );
    let service = config.routes[0].service.as_ref().unwrap();
    let upstream = service.upstream.as_ref().unwrap();
    assert_eq!(upstream.targets.len(), 1);
    assert!(upstream.host_header.is_none() && upstream.client_certificate.is_none());
}

#[test]
fn other_credentials_are_refused() {
    for (list, credential) in [
        ("basicauth_credentials", "{username: a, password: FAKE"),
        ("hmacauth_credentials", "{username: a, secret: FAKE"),
        ("jwt_secrets", "{key: a, secret: FAKE"),
        (
            "oauth2_credentials",
            "{name: a, client_id: a, client_secret: FAKE",
        ),
    ] {
        let nested = format!("consumers: [{{username: alice, {list}: [{credential}}}]}}]");
        refused(&nested, &[&format!("consumers[0].{list}")]);
        let top =
            format!("consumers: [{{username: alice}}]\n{list}: [{credential}, consumer: alice}}]");
        refused(&top, &[list]);
    }
}

/// Kong would make up another key at each load.
#[test]
fn a_credential_without_a_key_is_refused() {
    for (text, place) in [
        (
            "consumers: [{username: alice, keyauth_credentials: [{tags: [a]}]}]",
            "consumers[0].keyauth_credentials[0]",
        ),
        (
            "consumers: [{username: alice}]\nkeyauth_credentials: [{consumer: alice, key: null}]",
            "keyauth_credentials[0]",
        ),
    ] {
        let found = faults(&file(text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(place), "{found:?}");
        assert!(found[0].contains("key"), "{found:?}");
    }
}

#[test]
fn what_a_plugin_needs_konnect_for_is_refused() {
    let plugin = |config: &str| {
        format!("routes: [{{paths: [/a], plugins: [{{name: key-auth, config: {config}}}]}}]")
    };
    let realms = plugin("{identity_realms: [{scope: realm, id: a, region: eu}]}");
    refused(&realms, &["routes[0].plugins[0].config.identity_realms"]);
    let found = faults(&file(&plugin("{principals: {enabled: true}}")));
    assert_eq!(found.len(), 1, "{found:?}");
    let place = "routes[0].plugins[0].config.principals";
    assert!(found[0].contains(place), "{found:?}");
    assert!(found[0].contains(" is not served yet"), "{found:?}");
}

#[test]
fn plugins_are_not_ordered_anew() {
    refused(
        "routes: [{paths: [/a], plugins: [{name: cors, ordering: {after: {access: [key-auth]}}}]}]",
        &["routes[0].plugins[0].ordering"],
    );
}

/// Kong's default flavour of the router takes `v1` and does as `v0`.
#[test]
fn path_handling_v1_is_warned_of() {
    let text = "services: [{name: s, host: example.com}]\nroutes: [{paths: [/a], service: s, path_handling: v1}, {paths: [/b], service: s, path_handling: v0}]";
    let warnings = loaded(&file(text)).warnings;
    let paths: Vec<&str> = warnings.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["routes[0].path_handling"]);
}
