//! No finding and no printed document shows a secret, wherever in a file it slipped in: written there, or from the
//! environment.

use portolan_config::{Options, Resolve, Source, check};

/// Looks like a provider's key; and one that looks like nothing, where a table or the environment alone tells.
const KEY: &str = "sk-FAKE0123456789abcdefFAKE";
const PLAIN: &str = "hunter2hunter";

fn output(text: &str) -> String {
    let mut all = Vec::new();
    // For Kong every template is an error, and after an error nothing is warned of.
    for for_kong in [true, false] {
        let report = check(
            &[Source {
                name: "kong.yaml".to_owned(),
                text: format!("_format_version: \"3.0\"\n{text}\n"),
            }],
            &Options {
                env: &|name| name.starts_with("DECK_").then(|| PLAIN.to_owned()),
                secrets: true,
                for_kong,
                resolve: Resolve::Printable,
            },
        );
        all.extend(report.found.iter().map(ToString::to_string));
        all.extend(report.resolved.map(|resolved| resolved.to_string()));
    }
    all.join("\n")
}

fn proxy(config: &str) -> String {
    format!(
        "routes: [{{paths: [/a], plugins: [{{name: ai-proxy, config: {{route_type: llm/v1/chat, {config}}}}}]}}]"
    )
}

fn plugin(name: &str, config: &str) -> String {
    format!("plugins: [{{name: {name}, config: {{{config}}}}}]")
}

#[test]
fn what_a_file_holds_is_not_told() {
    let model = "model: {provider: openai}";
    let texts = [
        format!(
            "consumers:\n- {{username: a, keyauth_credentials: [{{key: {PLAIN}}}]}}\n- {{username: b, keyauth_credentials: [{{key: {PLAIN}}}]}}"
        ),
        format!(
            "consumers: [{{username: a, jwt_secrets: [{{key: {PLAIN}, secret: {PLAIN}}}, {{key: {PLAIN}}}]}}]"
        ),
        format!(
            "consumers: [{{username: a, basicauth_credentials: [{{username: x, password: {PLAIN}}}]}}]"
        ),
        plugin(
            "http-log",
            &format!(
                "http_endpoint: 'https://u:{PLAIN}@example.com', headers: 'Authorization: Bearer {PLAIN}'"
            ),
        ),
        plugin(
            "http-log",
            &format!(
                "http_endpoint: 'https://example.com', headers: {{Authorization: 'Bearer {PLAIN}'}}"
            ),
        ),
        plugin(
            "opentelemetry",
            &format!(
                "traces_endpoint: 'http://u:{PLAIN}@example.com', headers: {{x-key: {PLAIN}}}"
            ),
        ),
        plugin(
            "request-transformer",
            &format!("add: {{headers: ['Authorization:Bearer {PLAIN}']}}"),
        ),
        plugin(
            "request-transformer",
            &format!("add: {{headers: 'Authorization:Bearer {PLAIN}'}}"),
        ),
        plugin("ai-sanitizer", &format!("anything: {{at: [all, {PLAIN}]}}")),
        plugin(
            "rate-limiting",
            &format!("minute: 1, policy: redis, redis: {{host: a, password: {PLAIN}}}"),
        ),
        proxy(&format!(
            "{model}, auth: {{header_name: a, header_value: {PLAIN}, allow_override: {KEY}}}"
        )),
        proxy(&format!("{model}, auth: {{param_location: {KEY}}}")),
        proxy(&format!("{model}, auth: 'Bearer {PLAIN}'")),
        proxy(&format!("{model}, auth: {{'Bearer {KEY}': x}}")),
        proxy(&format!("model: {{provider: {KEY}}}")),
        proxy(&format!(
            "model: {{provider: openai, options: {{max_tokens: {KEY}}}}}"
        )),
        proxy(&format!("{model}, auth: [{{header_value: {PLAIN}}}]")),
        format!("certificates: [{{cert: {PLAIN}, key: {PLAIN}, snis: ['{PLAIN}:1']}}]"),
        format!(
            "consumers: [{{username: a, keyauth_credentials: [{{key: {PLAIN}, ttl: {PLAIN}}}]}}]"
        ),
        format!("services: [{{name: s, host: 'user:{PLAIN}@example.com'}}]"),
        format!("services: [{{name: s, url: 'https://user:{PLAIN}/rest@example.com'}}]"),
        format!("services: [{{name: s, url: 'https://user:{PLAIN}@example.com/'}}]"),
        format!("routes: [{{paths: [/a], headers: {{authorization: 'Bearer {PLAIN}'}}}}]"),
        format!("routes: [{{paths: [/a], headers: {{authorization: ['Bearer {PLAIN}']}}}}]"),
        format!("{KEY}: x"),
    ];
    for text in texts {
        let told = output(&text);
        assert!(
            !told.contains(PLAIN) && !told.contains("FAKE0123"),
            "{text}\n{told}"
        );
    }
}

#[test]
fn what_the_environment_holds_is_not_told() {
    let env = "${{ env \"DECK_S\" }}";
    for text in [
        format!("consumers: [{{username: '{env}'}}, {{username: '{env}'}}]"),
        format!("plugins: [{{name: cors, consumer: '{env}'}}]"),
        format!("plugins: [{{name: cors, _config: '{env}'}}]"),
        format!("plugins: [{{name: cors, partials: [{{name: '{env}'}}]}}]"),
        format!(
            "plugins: [{{name: cors, id: a}}]\nplugins_partials: [{{plugin: a, partial: '{env}'}}]"
        ),
        format!("plugins: [{{name: '{env}'}}, {{name: '{env}'}}]"),
        format!("plugins: [{{name: '{env}'}}]"),
        format!("plugins: [{{name: cors, {env}: 1}}]"),
        format!("{env}: 1"),
        format!("tags: !{env} x"),
        format!("routes: [{{paths: ['/x//{env}']}}]"),
        format!("routes: [{{paths: ['~/{env}(']}}]"),
        format!("routes: [{{paths: ['~/({env}']}}]"),
        format!("routes: [{{paths: [/a], headers: {{x: ['~*{env}(']}}}}]"),
        format!("services: [{{name: s, host: 'a:{env}'}}]"),
        format!("services: [{{name: s, url: '{env}://h'}}]"),
        format!("services: [{{name: s, host: a, tags: ['{env},']}}]"),
        format!("services: [{{name: '{env}/', host: a}}]"),
        format!("services: [{{name: s, host: a, port: '{env}'}}]"),
        format!("services: [{{name: s, host: a, retries: {env}}}]"),
        proxy(&format!("model: {{provider: openai, name: '$({env}.x)'}}")),
        proxy(&format!("model: {{provider: openai, name: 'x-{env}'}}")),
        proxy(&format!(
            "model: {{provider: openai, options: {{upstream_url: '{env}'}}}}"
        )),
        proxy(&format!("model: {{provider: '{env}'}}")),
        plugin(
            "http-log",
            &format!("http_endpoint: 'https://a', headers: {{X: '{env}'}}"),
        ),
        plugin("cors", &format!("origins: ['{env}(']")),
        plugin("ip-restriction", &format!("allow: ['{env}']")),
        plugin("key-auth", &format!("anonymous: '{env}'")),
        plugin("key-auth", &format!("key_names: ['{env} x']")),
        format!("routes: [{{paths: [/a], hosts: ['{env}/']}}]"),
        format!("upstreams: [{{name: u, targets: [{{target: '{env}'}}]}}]"),
        format!("services: [{{name: s, url: 'https://a', ca_certificates: ['{env}']}}]"),
        format!("_plugin_configs: {{a: {{b: '{env}'}}}}"),
        format!("a: b: {env}"),
    ] {
        let told = output(&text);
        assert!(!told.contains(PLAIN), "{text}\n{told}");
    }
}
