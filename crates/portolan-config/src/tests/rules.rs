//! Rules between the fields of the plugins, in Kong's words: one fault each, in the line of the configuration.

use crate::testing::{faults, loaded, with_config};

const ONE_OF: &str = "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'";
const ANY_OF: &str =
    "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
const NO_MESSAGE: &str = "message cannot be used with content_type or body";
const NO_BODY: &str = "content_type requires a body";
const NO_ECHO: &str = "echo cannot be used with content_type and body";

/// The texts are those of the entity checks and validators in Kong's schemas of the plugins.
#[test]
fn fields_that_do_not_go_together_are_told_in_kongs_words() {
    let (acl, ip, end) = ("acl", "ip-restriction", "request-termination");
    for (plugin, config, field, told) in [
        (acl, "{}", "", ONE_OF),
        (acl, "{hide_groups_header: true}", "", ONE_OF),
        (acl, "{allow: [], deny: []}", "", ONE_OF),
        (acl, "{allow: null, deny: []}", "", ONE_OF),
        (acl, "{allow: [a], deny: [b]}", "", ONE_OF),
        (ip, "{}", "", ANY_OF),
        (ip, "{allow: [], deny: []}", "", ANY_OF),
        (ip, "{status: 404, message: none}", "", ANY_OF),
        (end, "{message: a, body: b}", ".message", NO_MESSAGE),
        (end, "{message: a, content_type: b}", ".message", NO_MESSAGE),
        (end, "{content_type: a}", ".content_type", NO_BODY),
        (end, "{echo: true, body: b}", ".echo", NO_ECHO),
        (
            end,
            "{echo: true, body: b, content_type: c}",
            ".echo",
            NO_ECHO,
        ),
    ] {
        let found = faults(&with_config(plugin, config));
        assert_eq!(found.len(), 1, "{plugin} {config}: {found:?}");
        let (place, message) = found[0].split_once(": ").unwrap();
        assert!(place.starts_with("7:"), "{found:?}");
        assert_eq!(
            message,
            format!("routes[0].plugins[0].config{field}: {told}"),
            "{plugin} {config}"
        );
    }
}

/// Kong's defaults stand for what is missing, and they break the rule.
#[test]
fn a_plugin_that_needs_a_list_has_a_configuration() {
    for (plugin, told) in [("acl", ONE_OF), ("ip-restriction", ANY_OF)] {
        let text = format!(
            "_format_version: \"3.0\"\nroutes:\n- paths: [/a]\n  plugins:\n  - name: {plugin}\n"
        );
        let found = faults(&text);
        assert_eq!(found.len(), 1, "{plugin}: {found:?}");
        assert!(found[0].ends_with(told), "{found:?}");
    }
}

/// Of one field, with its place.
#[test]
fn a_value_that_no_plugin_can_run_with_is_told() {
    for (plugin, config, field, told) in [
        (
            "ip-restriction",
            "{allow: [10.0.0.300]}",
            "allow[0]",
            "invalid ip or cidr range: '10.0.0.300'",
        ),
        (
            "ip-restriction",
            "{deny: [10.0.0.1, 10.0.0.0/33]}",
            "deny[1]",
            "invalid ip or cidr range: '10.0.0.0/33'",
        ),
        (
            "ip-restriction",
            "{deny: ['2001:db8::/129']}",
            "deny[0]",
            "invalid ip or cidr range: '2001:db8::/129'",
        ),
        (
            "ip-restriction",
            "{deny: [example.com]}",
            "deny[0]",
            "invalid ip or cidr range: 'example.com'",
        ),
        (
            "cors",
            "{origins: ['*.example.com']}",
            "origins[0]",
            "'*.example.com' is not a valid regex",
        ),
        (
            "cors",
            "{origins: ['*', 'https://(a|b.example.com']}",
            "origins[1]",
            "'https://(a|b.example.com' is not a valid regex",
        ),
        (
            "cors",
            "{methods: [GET, get]}",
            "methods[1]",
            "expected one of: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE",
        ),
        (
            "correlation-id",
            "{generator: 'uuid#count'}",
            "generator",
            "expected one of: tracker, uuid, uuid#counter",
        ),
        (
            "request-size-limiting",
            "{allowed_payload_size: 0}",
            "allowed_payload_size",
            "value must be",
        ),
        (
            "request-size-limiting",
            "{allowed_payload_size: -1}",
            "allowed_payload_size",
            "value must be",
        ),
        (
            "request-size-limiting",
            "{size_unit: mb}",
            "size_unit",
            "expected one of: bytes, kilobytes, megabytes",
        ),
        (
            "request-termination",
            "{status_code: 99}",
            "status_code",
            "value should be between 100 and 599",
        ),
        (
            "request-termination",
            "{status_code: 600}",
            "status_code",
            "value should be between 100 and 599",
        ),
        (
            "key-auth",
            "{key_names: apikey}",
            "key_names",
            "expected a list",
        ),
        (
            "key-auth",
            "{key_names: [apikey, 'x api key']}",
            "key_names[1]",
            "bad header name 'x api key'",
        ),
        (
            "correlation-id",
            "{header_name: 'X-Trace:'}",
            "header_name",
            "bad header name 'X-Trace:'",
        ),
        (
            "request-termination",
            "{trigger: x/closed}",
            "trigger",
            "bad header name 'x/closed'",
        ),
    ] {
        let found = faults(&with_config(plugin, config));
        assert_eq!(found.len(), 1, "{plugin} {config}: {found:?}");
        let place = format!(": routes[0].plugins[0].config.{field}: {told}");
        assert!(found[0].contains(&place), "{place}: {found:?}");
    }
}

#[test]
fn what_goes_together_loads() {
    for (plugin, config) in [
        ("acl", "{allow: [a], deny: []}"),
        ("acl", "{allow: null, deny: [b]}"),
        ("ip-restriction", "{allow: [10.0.0.1], deny: ['fd00::/8']}"),
        ("ip-restriction", "{allow: ['::1']}"),
        (
            "request-termination",
            "{body: b, content_type: text/plain, status_code: 200}",
        ),
        (
            "request-termination",
            "{echo: true, message: m, status_code: 599}",
        ),
        (
            "request-termination",
            "{message: m, body: null, content_type: null, echo: false}",
        ),
        ("cors", "{origins: ['*'], credentials: true, max_age: 0}"),
        ("cors", "{origins: [], headers: [], methods: [GET]}"),
        (
            "request-size-limiting",
            "{allowed_payload_size: 1, size_unit: bytes}",
        ),
        ("key-auth", "{key_names: [apikey, x-api-key], realm: null}"),
        ("correlation-id", "{generator: tracker}"),
    ] {
        let config = loaded(&with_config(plugin, config)).config;
        assert_eq!(config.routes[0].plugins.len(), 1, "{plugin}");
    }
}

/// They say who a consumer is, or come before anybody is known.
#[test]
fn plugins_are_scoped_as_kongs_schemas_have_it() {
    let file = |plugin: &str, scope: &str, config: &str| {
        format!(
            "_format_version: \"3.0\"\nconsumers: [{{username: alice}}]\nconsumer_groups: [{{name: gold}}]\nroutes: [{{paths: [/a]}}]\nplugins: [{{name: {plugin}, {scope}, config: {config}}}]\n"
        )
    };
    let (consumer, group) = ("consumer: alice", "consumer_group: gold");
    for (plugin, scope, field) in [
        ("acl", consumer, "consumer"),
        ("acl", group, "consumer_group"),
        ("cors", consumer, "consumer"),
        ("cors", group, "consumer_group"),
        ("key-auth", consumer, "consumer"),
        ("key-auth", group, "consumer_group"),
        ("correlation-id", group, "consumer_group"),
        ("request-size-limiting", group, "consumer_group"),
    ] {
        let config = if plugin == "acl" {
            "{allow: [a]}"
        } else {
            "{}"
        };
        let found = faults(&file(plugin, scope, config));
        let told = format!(
            "plugins[0].{field}: value must be null: `{plugin}` cannot be scoped to a {field}"
        );
        assert!(
            found.len() == 1 && found[0].ends_with(&told),
            "{told}: {found:?}"
        );
    }
    for (plugin, scope, config) in [
        ("correlation-id", consumer, "{}"),
        ("request-size-limiting", consumer, "{}"),
        ("ip-restriction", consumer, "{allow: [192.0.2.1]}"),
        ("ip-restriction", group, "{allow: [192.0.2.1]}"),
        ("request-termination", consumer, "{}"),
        ("request-termination", group, "{}"),
    ] {
        let loaded = loaded(&file(plugin, scope, config));
        assert_eq!(loaded.config.routes[0].plugins.len(), 1, "{plugin} {scope}");
    }
}
