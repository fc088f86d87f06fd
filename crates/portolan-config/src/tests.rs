mod plugins;
mod rich;
mod rules;
mod scopes;
mod unserved;

use std::time::Duration;

use crate::{
    compiled::{AiProxy, FailoverCriteria, PathPattern, Plugin, PluginConfig, Route, Timeouts},
    secret::{SecretRef, Vaults},
    template::{Segment, Source},
    testing::{faults, loaded, shared, try_load, with_config},
};

fn proxy(route: &Route) -> &AiProxy {
    match route.plugins.as_slice() {
        [
            Plugin {
                config: PluginConfig::AiProxy(proxy),
                ..
            },
        ] => proxy,
        other => panic!("expected one AI proxy, found {other:?}"),
    }
}

fn seconds(connect: u64, write: u64, read: u64) -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(connect),
        write: Duration::from_secs(write),
        read: Duration::from_secs(read),
    }
}

#[test]
fn the_guides_files_load_unchanged() {
    for (file, providers) in [
        ("openai-models.yaml", vec!["openai"]),
        ("two-providers.yaml", vec!["cohere", "mistral"]),
        ("model-by-header.yaml", vec!["openai"]),
        ("model-by-query.yaml", vec!["openai"]),
    ] {
        let Some(text) = shared(
            "the_guides_files_load_unchanged",
            &format!("fixtures/guide/{file}"),
        ) else {
            return;
        };
        let config = loaded(&text).config;
        let found: Vec<&str> = config
            .routes
            .iter()
            .map(|route| proxy(route).targets[0].provider.name)
            .collect();
        assert_eq!(found, providers, "{file}");
    }
}

#[test]
fn the_guides_other_files_are_refused_by_name() {
    for (file, told) in [
        (
            "azure-one-route.yaml",
            "routes[0].plugins[0].config.model.provider: `provider: azure` is not served yet",
        ),
        (
            "azure-two-routes.yaml",
            "routes[1].plugins[0].config.model.options.azure_instance: `azure_instance` is not served yet",
        ),
        (
            "preserve.yaml",
            "routes[0].plugins[0].config.route_type: `route_type: preserve` is not served yet",
        ),
    ] {
        let Some(text) = shared(
            "the_guides_other_files_are_refused_by_name",
            &format!("fixtures/guide/{file}"),
        ) else {
            return;
        };
        let faults = try_load(&text).unwrap_err().to_string();
        assert!(faults.contains(told), "{faults}");
    }
}

#[test]
fn what_is_left_out_has_kongs_default() {
    let config = loaded(&with_config(
        "ai-proxy-advanced",
        "{route_type: llm/v1/chat, model: {provider: openai}}",
    ))
    .config;
    let route = &config.routes[0];
    assert_eq!(route.name.as_deref(), Some("chat"));
    assert!(route.service.is_none() && route.methods.is_empty());
    let proxy = proxy(route);
    assert_eq!(proxy.max_request_body_size, Some(1_048_576));
    assert!(proxy.model_name_header);
    assert_eq!(proxy.balancer.retries, 5);
    assert_eq!(proxy.balancer.timeouts, seconds(60, 60, 60));
    assert_eq!(
        proxy.balancer.failover,
        FailoverCriteria {
            error: true,
            timeout: true,
            invalid_header: false,
            non_idempotent: false,
            statuses: Vec::new(),
        }
    );
    let target = &proxy.targets[0];
    assert_eq!(target.weight, 100);
    assert!(target.model.is_none() && target.auth.is_empty() && target.options.defaults.is_empty());
    assert!(!target.logging.log_statistics && !target.logging.log_payloads);
    assert_eq!(&*target.upstream.origin.host, "api.openai.com");
    assert_eq!(
        (target.upstream.origin.tls, target.upstream.origin.port),
        (true, 443)
    );
    assert_eq!(target.upstream.path, "/v1/chat/completions");
}

#[test]
fn what_is_written_is_compiled() {
    let config = loaded(&with_config(
        "ai-proxy-advanced",
        concat!(
            "{max_request_body_size: 0, model_name_header: no, balancer: {retries: 2, connect_timeout: 1000, ",
            "write_timeout: 2000, read_timeout: 3000, failover_criteria: [http_503, non_idempotent, http_429]}, ",
            "targets: [{weight: 7, route_type: llm/v1/chat, logging: {log_statistics: on}, description: fast, ",
            "auth: {header_name: Authorization, header_value: '{vault://env/my-key?prefix=x_}'}, ",
            "model: {provider: mistral, name: 'ft-$(uri_captures.model)', options: {mistral_format: openai, ",
            "temperature: 0.70, top_p: 1, top_k: 40, max_tokens: 256, upstream_url: 'http://Example.com:8080/v1/x'}}}, ",
            "{route_type: llm/v1/chat, model: {provider: cohere, options: {upstream_url: 'https://example.com'}}}]}",
        ),
    ))
    .config;
    let proxy = proxy(&config.routes[0]);
    assert_eq!(proxy.max_request_body_size, None);
    assert!(!proxy.model_name_header);
    assert_eq!(proxy.balancer.retries, 2);
    assert_eq!(proxy.balancer.timeouts, seconds(1, 2, 3));
    assert_eq!(
        proxy.balancer.failover,
        FailoverCriteria {
            error: false,
            timeout: false,
            invalid_header: false,
            non_idempotent: true,
            statuses: vec![429, 503],
        }
    );
    let target = &proxy.targets[0];
    assert_eq!(target.weight, 7);
    assert!(target.logging.log_statistics);
    assert_eq!(
        target.auth[0].name,
        SecretRef::parse("Authorization", &Vaults::default()).unwrap()
    );
    let SecretRef::Env { variable, .. } = &target.auth[0].value else {
        panic!("a literal");
    };
    assert_eq!(variable, "X_MY_KEY");
    assert_eq!(
        target.model.as_ref().unwrap().segments(),
        [
            Segment::Literal("ft-".to_owned()),
            Segment::Value {
                source: Source::UriCaptures,
                key: "model".to_owned()
            }
        ]
    );
    let defaults: Vec<(&str, &str)> = target
        .options
        .defaults
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(
        defaults,
        [
            ("max_tokens", "256"),
            ("temperature", "0.70"),
            ("top_k", "40"),
            ("top_p", "1")
        ]
    );
    assert_eq!(&*target.upstream.origin.host, "example.com");
    assert_eq!(
        (target.upstream.origin.tls, target.upstream.origin.port),
        (false, 8080)
    );
    assert_eq!(target.upstream.path, "/v1/x");
    assert_eq!(proxy.targets[1].upstream.path, "/");
}

const TARGET: &str = "route_type: llm/v1/chat, model: {provider: openai}";

#[test]
fn a_services_plugin_applies_to_its_routes_unless_they_have_their_own() {
    let config = loaded(&format!(
        "_format_version: \"3.0\"
services:
- name: one
  url: https://example.com/v1
  retries: 1
  connect_timeout: 1000
  plugins: [{{name: ai-proxy, id: 0dc6f45b-8f8d-40d2-a504-473544ee190b, config: {{{TARGET}}}}}]
  routes:
  - paths: [/nested]
  - paths: [/own]
    plugins: [{{name: ai-proxy, config: {{targets: [{{{TARGET}, weight: 3}}]}}}}]
routes:
- paths: [/by-name]
  service: one
- paths: [/by-object]
  service: {{name: one}}
- paths: [/off]
  methods: [GET, POST]
  plugins: [{{name: ai-proxy-advanced, enabled: false, config: {{{TARGET}}}}}]
"
    ))
    .config;
    let prefix = |index: usize| match config.routes[index].paths.as_slice() {
        [PathPattern::Prefix(prefix)] => prefix.as_str(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (prefix(0), prefix(1), prefix(2), prefix(3), prefix(4)),
        ("/by-name", "/by-object", "/off", "/nested", "/own")
    );
    for index in [0, 1, 3] {
        let proxy = proxy(&config.routes[index]);
        assert_eq!(proxy.id, "0dc6f45b-8f8d-40d2-a504-473544ee190b");
        assert_eq!(proxy.balancer.retries, 1);
        assert_eq!(proxy.balancer.timeouts, seconds(1, 60, 60));
    }
    let own = proxy(&config.routes[4]);
    assert_eq!(own.targets[0].weight, 3);
    assert_eq!(own.id.len(), 36);
    assert!(config.routes[2].plugins.is_empty());
    assert_eq!(config.routes[2].methods, ["GET", "POST"]);
    let service = config.routes[0].service.as_ref().unwrap();
    assert_eq!((service.origin.tls, service.origin.port), (true, 443));
}

/// Kong: 80 even for https, unless `url` says so.
#[test]
fn a_services_port_is_80_without_a_url() {
    let config = loaded(&format!(
        "_format_version: \"3.0\"\nservices:\n- {{name: s, protocol: https, host: EXAMPLE.com, plugins: [{{name: ai-proxy, config: {{{TARGET}}}}}], routes: [{{paths: [/a]}}]}}\n"
    ))
    .config;
    let origin = &config.routes[0].service.as_ref().unwrap().origin;
    assert_eq!(
        (&*origin.host, origin.tls, origin.port),
        ("example.com", true, 80)
    );
}

#[test]
fn kongs_defaults_written_out_are_accepted() {
    let text = format!(
        "_format_version: \"3.0\"
_transform: true
_comment: written out
consumers: []
services: []
routes:
- name: chat
  tags: [a]
  protocols: [https, http]
  paths: [/chat]
  hosts: null
  service: null
  strip_path: true
  regex_priority: 0
  path_handling: v0
  preserve_host: false
  request_buffering: true
  response_buffering: true
  https_redirect_status_code: 426
  plugins:
  - name: ai-proxy-advanced
    instance_name: chat
    enabled: yes
    protocols: [grpc, grpcs, http, https, ws, wss]
    consumer: null
    config:
      response_streaming: allow
      llm_format: openai
      genai_category: text/generation
      embeddings: null
      acls: null
      balancer: {{algorithm: round-robin, max_fails: 0, fail_timeout: 10000, slots: 10000, hash_on_header: X-Kong-LLM-Request-ID, latency_strategy: tpot, tokens_count_strategy: total-tokens}}
      targets:
      - {{{TARGET}, metadata: null, auth: {{allow_override: false, param_name: null}}}}
"
    );
    let warnings = loaded(&text).warnings;
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn json_and_yaml_with_merge_keys_load_alike() {
    let json = r#"{
	"_format_version": "3.0",
	"routes": [{"paths": ["/a"], "plugins": [{"name": "ai-proxy", "config": {
		"route_type": "llm/v1/chat", "model": {"provider": "openai", "name": "gpt-4o"}}}]}]
}"#;
    let yaml = "
_format_version: '3.0'
routes:
- paths: [/a]
  plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model: &model {provider: openai, name: gpt-4o}
- paths: [/b]
  plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      model: {<<: *model, name: gpt-4o-mini}
";
    let name = |text: &str, route: usize| {
        let config = loaded(text).config;
        let model = proxy(&config.routes[route]).targets[0].model.as_ref();
        model.and_then(|model| model.literal()).map(str::to_owned)
    };
    assert_eq!(name(json, 0).as_deref(), Some("gpt-4o"));
    assert_eq!(name(yaml, 0).as_deref(), Some("gpt-4o"));
    assert_eq!(name(yaml, 1).as_deref(), Some("gpt-4o-mini"));
}

#[test]
fn a_route_with_nothing_behind_it_is_warned_of() {
    let loaded = loaded("_format_version: \"3.0\"\nroutes: [{paths: [/a]}]\n");
    assert_eq!(loaded.warnings.len(), 1);
    assert_eq!(loaded.warnings[0].path, "routes[0]");
}

#[test]
fn a_syntax_fault_has_its_place() {
    assert_eq!(
        faults("_format_version: \"3.0\"\n_format_version: \"3.0\"\n"),
        ["2:1: the key '_format_version' stands twice, first in line 1"]
    );
}
