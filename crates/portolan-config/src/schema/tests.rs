use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    field::{Kind, Literal, Record},
    plugin,
};
use crate::testing::{faults, loaded, shared, with_config};

/// Kong's published schemas against our tables: every field is known, with its default, its values and its bounds.
#[test]
fn the_tables_know_every_field_of_kongs_schema() {
    let name = "the_tables_know_every_field_of_kongs_schema";
    for (plugin, record) in plugin::TABLES {
        let file: String = match *plugin {
            "acl" => "ACL".to_owned(),
            plugin => plugin
                .split('-')
                .map(|word| word[..1].to_uppercase() + &word[1..])
                .collect(),
        };
        let Some(text) = shared(name, &format!("reference/schema/{file}.json")) else {
            return;
        };
        let schema: Value = serde_json::from_str(&text).unwrap();
        compare(record, &schema["properties"]["config"], plugin);
    }
}

fn compare(record: &Record, schema: &Value, path: &str) {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, spec) in schema["properties"].as_object().unwrap() {
        let path = format!("{path}.{name}");
        let field = record
            .field(name)
            .unwrap_or_else(|| panic!("{path} is not known"));
        assert_eq!(field.required, required.contains(&name.as_str()), "{path}");
        let default = field.default.and_then(|default| match default {
            Literal::Bool(value) => Some(Value::from(value)),
            Literal::Int(value) => Some(Value::from(value)),
            Literal::Number(value) => Some(Value::from(value)),
            Literal::Text(value) => Some(Value::from(value)),
            Literal::Texts(values) => Some(Value::from(values.to_vec())),
            Literal::Ints(values) => Some(Value::from(values.to_vec())),
            // Filled in as a whole by Kong, member by member.
            Literal::Nothing => None,
        });
        match (&default, spec.get("default")) {
            (Some(own), Some(kongs)) if own.is_number() => {
                assert_eq!(own.as_f64(), kongs.as_f64(), "{path}");
            }
            (own, kongs) if kongs.is_none_or(|kongs| !kongs.is_object()) => {
                assert_eq!(own.as_ref(), kongs, "{path}");
            }
            _ => {}
        }
        kinds(&field.kind, spec, &path);
    }
}

fn kinds(kind: &Kind, spec: &Value, path: &str) {
    match kind {
        Kind::Record(record) => compare(record, spec, path),
        Kind::List { item, min, .. } => {
            // An empty list of targets can serve nothing.
            if !path.ends_with(".targets") {
                assert_eq!(
                    *min as u64,
                    spec["minLength"].as_u64().unwrap_or(0),
                    "{path}"
                );
            }
            kinds(item, &spec["items"], path);
        }
        Kind::Enum(known) => values(known, spec, path),
        Kind::Integer { min, max } if spec.get("minimum").is_some() => assert_eq!(
            (Some(*min), spec["maximum"].as_i64().map(|_| *max)),
            (spec["minimum"].as_i64(), spec["maximum"].as_i64()),
            "{path}"
        ),
        Kind::Number { min, max } if spec.get("minimum").is_some() => assert_eq!(
            (Some(*min), spec["maximum"].as_f64().map(|_| *max)),
            (spec["minimum"].as_f64(), spec["maximum"].as_f64()),
            "{path}"
        ),
        Kind::Text(text) => {
            assert_eq!(spec["type"].as_str(), Some("string"), "{path}");
            let encrypted = spec["x-encrypted"].as_bool() == Some(true);
            assert_eq!(text.secret, encrypted, "{path}");
        }
        _ => {}
    }
}

/// Two values are known beyond the published schemas: ai-proxy's lacks `realtime/generation`, and both lack
/// `llm/v1/multimodal-embeddings`, which Kong's changelog of 3.14.0.0 announces.
fn values(known: &[&str], spec: &Value, path: &str) {
    let Some(values) = spec["enum"].as_array() else {
        return;
    };
    let published: BTreeSet<&str> = values.iter().filter_map(Value::as_str).collect();
    let mut known: BTreeSet<&str> = known.iter().copied().collect();
    if path == "ai-proxy.genai_category" {
        known.remove("realtime/generation");
    }
    if path.ends_with("route_type") {
        known.remove("llm/v1/multimodal-embeddings");
    }
    assert_eq!(known, published, "{path}");
}

const TARGET: &str = "route_type: llm/v1/chat, model: {provider: openai, name: gpt-4o}";

/// One fault in a flat ai-proxy-advanced configuration, at its place in line 7.
#[test]
fn each_wrong_field_is_told_at_its_place() {
    for (wrong, expected) in [
        (
            "model_name_header: 5",
            "model_name_header: expected a boolean, found the number 5",
        ),
        (
            "model_name_header: 'yes'",
            "model_name_header: expected a boolean, found 'yes'",
        ),
        (
            "weight: 0",
            "weight: value should be between 1 and 65535, found 0",
        ),
        ("weight: '5'", "weight: expected an integer, found '5'"),
        (
            "weight: null",
            "weight: null is not served here: leave the field out for Kong's default, 100",
        ),
        (
            "max_request_body_size: -1",
            "max_request_body_size: value must be at least 0, found -1",
        ),
        (
            "response_streaming: deny",
            "response_streaming: `response_streaming` is not served yet: a client's `stream` is always honoured so far",
        ),
        (
            "response_streaming: alow",
            "response_streaming: expected one of: allow, always, deny; found 'alow', did you mean 'allow'?",
        ),
        ("weigth: 5", "weigth: unknown field, did you mean 'weight'?"),
        (
            "metadata: {a: 1}",
            "metadata: `metadata` is not served yet: targets are not restricted or renamed yet",
        ),
        (
            "balancer: {algorithm: priority}",
            "balancer.algorithm: `algorithm: priority` is not served yet: only weighted round-robin is written so far",
        ),
        (
            "balancer: {retries: 40000}",
            "balancer.retries: value should be between 0 and 32767, found 40000",
        ),
        (
            "balancer: [1]",
            "balancer: expected a mapping, found a list",
        ),
        (
            "logging: {log_payloads: maybe}",
            "logging.log_payloads: expected a boolean, found 'maybe'",
        ),
        (
            "auth: {header_name: Authorization}",
            "auth: all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
        ),
        (
            "auth: {header_name: 'a b', header_value: fake}",
            "auth.header_name: not a header name: letters, digits and hyphens",
        ),
        (
            "auth: {header_name: a, header_value: 12345}",
            "auth.header_value: expected a string, found a number",
        ),
        (
            "auth: {header_name: a, header_value: '{vault://aws/x}'}",
            "auth.header_value: vault 'aws' is not served yet: only the env vault is",
        ),
    ] {
        let found = faults(&with_config(
            "ai-proxy-advanced",
            &format!("{{{TARGET}, {wrong}}}"),
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        let told = found[0].split_once(": ").unwrap();
        assert!(told.0.starts_with("7:"), "{found:?}");
        assert_eq!(told.1, format!("routes[0].plugins[0].config.{expected}"));
    }
}

/// One fault in `model`, the rest of the target being sound.
#[test]
fn each_wrong_field_of_a_model_is_told() {
    for (wrong, expected) in [
        (
            "provider: azure",
            "provider: `provider: azure` is not served yet: the provider is not written yet",
        ),
        (
            "provider: opnai",
            "provider: expected one of: anthropic, azure, ",
        ),
        ("name: x", "provider: required field missing"),
        (
            "provider: openai, name: 4",
            "name: expected a string, found the number 4: put it in quotes",
        ),
        (
            "provider: openai, name: ''",
            "name: length must be at least 1",
        ),
        (
            "provider: openai, name: $(model)",
            "name: cannot parse expression for field '$(model)'",
        ),
        (
            "provider: openai, name: $(body.x)",
            "name: source 'body' is not supported",
        ),
        (
            "provider: openai, name: $(uri_captures.modle)",
            "name: routes[0] has no regex path with a group 'modle'",
        ),
        (
            "provider: openai, model_alias: x",
            "model_alias: `model_alias` is not served yet",
        ),
        (
            "provider: openai, options: {temperature: 5.1}",
            "options.temperature: value should be between 0 and 5, found 5.1",
        ),
        (
            "provider: openai, options: {top_k: 1.5}",
            "options.top_k: expected an integer, found the number 1.5",
        ),
        (
            "provider: openai, options: {max_tokens: $(headers.x)}",
            "options.max_tokens: a template in `max_tokens` is not served yet",
        ),
        (
            "provider: openai, options: {upstream_url: 'https://a/$(headers.x)'}",
            "options.upstream_url: a template in `upstream_url` is not served yet",
        ),
        (
            "provider: openai, options: {upstream_url: 'https://'}",
            "options.upstream_url: missing host in url",
        ),
        (
            "provider: openai, options: {upstream_path: /v1}",
            "options.upstream_path: `upstream_path` is not served yet",
        ),
        (
            "provider: mistral, options: {mistral_format: ollama}",
            "options.mistral_format: `mistral_format: ollama` is not served yet",
        ),
        (
            "provider: openai, options: {tempreature: 1}",
            "options.tempreature: unknown field, did you mean 'temperature'?",
        ),
        (
            "provider: openai, options: {input_cost: 2}",
            "options.input_cost: `input_cost` is not served yet",
        ),
    ] {
        let config = format!("{{route_type: llm/v1/chat, model: {{{wrong}}}}}");
        let found = faults(&with_config("ai-proxy-advanced", &config));
        assert_eq!(found.len(), 1, "{found:?}");
        let told = found[0].split_once(": ").unwrap().1;
        let expected = format!("routes[0].plugins[0].config.model.{expected}");
        assert!(told.starts_with(&expected), "{told}\n{expected}");
    }
}

#[test]
fn every_fault_is_told_in_one_pass_and_in_order() {
    let text = concat!(
        "_format_version: 3.0\n",
        "route: []\n",
        "workspaces: [{name: a}]\n",
        "routes:\n",
        "- name: a b\n",
        "  methods: [post]\n",
        "  paths: [chat]\n",
        "  filter_chains: [{filters: [{name: a}]}]\n",
        "  https_redirect_status_code: 303\n",
        "  plugins:\n",
        "  - name: ai-proxi\n",
        "  - name: jwt\n",
    );
    assert_eq!(
        faults(text),
        [
            "1:18: _format_version: expected a string, found the number 3.0: put it in quotes",
            "2:1: route: unknown field: the list of them is called 'routes'",
            "3:1: workspaces: `workspaces` is not served yet: Portolan has no such part",
            "5:9: routes[0].name: invalid value 'a b': ' ' is not allowed in names, only letters, digits and . - _ ~",
            "6:13: routes[0].methods[0]: invalid value: 'post', methods are upper-case letters",
            "7:11: routes[0].paths[0]: should start with: / (fixed path) or ~/ (regex path), found 'chat'",
            "8:3: routes[0].filter_chains: `filter_chains` is not served yet: Portolan has no such part",
            "9:31: routes[0].https_redirect_status_code: expected one of: 426, 301, 302, 307, 308; found 303",
            "11:11: routes[0].plugins[0].name: 'ai-proxi' is not known, did you mean 'ai-proxy'?",
            "12:5: routes[0].plugins[1].name: `name: jwt` is not served yet: the plugin is not written yet",
        ]
    );
}

#[test]
fn what_is_no_kong_file_is_told_by_name() {
    for (text, told) in [
        (
            "- name: a\n  paths: [/a]\n",
            "a bare list: put it under `routes:`",
        ),
        (
            "- name: cors\n  config: {}\n",
            "a bare list: put it under `plugins:`",
        ),
        (
            "5\n",
            "expected an object with `_format_version`, found a number",
        ),
        (
            "apiVersion: v1\nkind: KongPlugin\n",
            "a Kubernetes object of kind KongPlugin",
        ),
        (
            "{\"data\": [{\"host\": \"a\"}], \"next\": null}",
            "a page of the Admin API",
        ),
        (
            "name: a\npaths: [/a]\n",
            "one entity as the Admin API takes it",
        ),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(told), "{found:?}");
    }
    assert_eq!(
        faults("routes: []\n"),
        [
            "1:1: _format_version: required field missing: begin with `_format_version: \"3.0\"`, in quotes"
        ]
    );
}

#[test]
fn plugins_that_meet_are_told() {
    let plugin = |name: &str| format!("{{name: {name}, config: {{{TARGET}}}}}");
    let file = |services: &str, routes: &str| {
        format!("_format_version: \"3.0\"\nservices: [{services}]\nroutes: [{routes}]\n")
    };
    let (proxy, advanced) = (plugin("ai-proxy"), plugin("ai-proxy-advanced"));
    let service = format!("{{name: s, url: 'http://a', plugins: [{proxy}]}}");
    for (text, told) in [
        (
            file(
                &service,
                &format!("{{paths: [/a], service: s, plugins: [{advanced}]}}"),
            ),
            "services[0].plugins[0]: `ai-proxy-advanced` and `ai-proxy` both apply to routes[0]: keep one",
        ),
        (
            file("", &format!("{{paths: [/a], plugins: [{proxy}, {proxy}]}}")),
            "routes[0].plugins[1].name: uniqueness violation: a plugin 'ai-proxy' is already declared here, at routes[0].plugins[0]",
        ),
        (
            file(
                "{name: s, host: a, plugins: [{name: cors}, {name: cors}]}",
                "{paths: [/a], service: {name: s}}",
            ),
            "services[0].plugins[1].name: uniqueness violation: a plugin 'cors' is already declared here, at services[0].plugins[0]",
        ),
        (
            file(
                "",
                &format!("{{paths: [/a], service: x, plugins: [{proxy}]}}"),
            ),
            "routes[0].service: invalid reference 'service: x' (no such entry in 'services')",
        ),
        (
            file("{name: s, host: a}, {name: s, host: b}", ""),
            "services[1].name: uniqueness violation: 'services' entity with name set to 's' already declared",
        ),
    ] {
        let found = faults(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(told), "{found:?}");
    }
}

#[test]
fn targets_stand_in_a_list_or_alone() {
    let both = with_config(
        "ai-proxy-advanced",
        &format!("{{targets: [{{{TARGET}}}], weight: 5}}"),
    );
    let found = faults(&both);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("config.weight: unknown field: `weight` stands beside `targets`"),
        "{found:?}"
    );
    let found = faults(&with_config("ai-proxy-advanced", "{}"));
    assert!(
        found[0].ends_with("config.targets: required field missing"),
        "{found:?}"
    );
    let found = faults(&with_config(
        "ai-proxy",
        &format!("{{{TARGET}, balancer: {{}}}}"),
    ));
    assert!(
        found[0].ends_with("ai-proxy has no `balancer`, ai-proxy-advanced has"),
        "{found:?}"
    );
}

#[test]
fn a_reference_inside_a_longer_text_is_warned_of() {
    let auth = "auth: {header_name: a, header_value: 'Bearer {vault://env/X}'}";
    let loaded = loaded(&with_config("ai-proxy", &format!("{{{TARGET}, {auth}}}")));
    assert_eq!(loaded.warnings.len(), 1);
    assert_eq!(
        loaded.warnings[0].path,
        "routes[0].plugins[0].config.auth.header_value"
    );
}
