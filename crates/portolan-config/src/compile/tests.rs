use std::sync::Arc;

use crate::{
    compiled::{Config, Plugin, PluginConfig},
    testing::{faults, loaded},
};

fn file(text: &str) -> String {
    format!("_format_version: \"3.0\"\n{text}\n")
}

fn config(text: &str) -> Config {
    loaded(&file(text)).config
}

const PROXY: &str = "config: {route_type: llm/v1/chat, model: {provider: openai}}";

/// An address is compared and called without them.
#[test]
fn a_hosts_brackets_are_left_out() {
    let config = config("services: [{host: '[FD00::1]', routes: [{paths: [/a]}]}]");
    let service = config.routes[0].service.as_ref().unwrap();
    assert_eq!(&*service.origin.host, "fd00::1");
}

#[test]
fn a_url_may_name_an_upstream() {
    let config = config(
        "upstreams: [{name: Pool, targets: [{target: 'a.test:80'}]}]
services: [{url: 'http://pool/x', routes: [{paths: [/a]}]}, {host: pools, routes: [{paths: [/b]}]}]",
    );
    let service = |index: usize| config.routes[index].service.as_ref().unwrap();
    assert_eq!(service(0).upstream.as_ref().unwrap().targets.len(), 1);
    assert_eq!(service(0).path.as_deref(), Some("/x"));
    assert!(service(1).upstream.is_none());
}

/// It answers nobody: what no route matches gets the plugins around it alone, the same instances as a route's.
#[test]
fn no_ai_proxy_is_global() {
    let config = config(&format!(
        "routes: [{{paths: [/a]}}]\nplugins: [{{name: ai-proxy, {PROXY}}}, {{name: cors}}]"
    ));
    let cors = |plugins: &[Plugin]| {
        plugins.iter().find_map(|plugin| match &plugin.config {
            PluginConfig::Cors(cors) => Some(Arc::clone(cors)),
            _ => None,
        })
    };
    assert_eq!(config.global.len(), 1);
    let (global, of_route) = (cors(&config.global), cors(&config.routes[0].plugins));
    assert!(Arc::ptr_eq(&global.unwrap(), &of_route.unwrap()));
}

/// A service lends its retries to a consumer's AI proxy too; 5 is Kong's default.
#[test]
fn a_service_lends_to_every_ai_proxy() {
    let config = config(&format!(
        "consumers: [{{username: alice}}]
services: [{{name: s, host: a.test, retries: 2}}]
routes:
- {{paths: [/a], service: s, plugins: [{{name: ai-proxy, {PROXY}}}]}}
- {{paths: [/b]}}
plugins: [{{name: ai-proxy, consumer: alice, {PROXY}}}]"
    ));
    let retries = |index: usize| -> Vec<u32> {
        let plugins = config.routes[index].plugins.iter();
        plugins
            .filter_map(|plugin| match &plugin.config {
                PluginConfig::AiProxy(proxy) => Some(proxy.balancer.retries),
                _ => None,
            })
            .collect()
    };
    assert_eq!((retries(0), retries(1)), (vec![2, 2], vec![5]));
}

/// One of them for a consumer alone: a request of that consumer would meet both.
#[test]
fn ai_proxies_of_two_names_do_not_meet() {
    let found = faults(&file(&format!(
        "consumers: [{{username: alice}}]
routes:
- paths: [/a]
  plugins: [{{name: ai-proxy, {PROXY}}}]
plugins: [{{name: ai-proxy-advanced, consumer: alice, {PROXY}}}]"
    )));
    assert_eq!(found.len(), 1, "{found:?}");
    let told = "`ai-proxy-advanced` and `ai-proxy` both apply to routes[0]: keep one";
    assert!(found[0].ends_with(told), "{found:?}");
}

/// `kong-core.md` 5.5.
#[test]
fn cors_methods_have_kongs_order() {
    let config = config("routes: [{paths: [/a], plugins: [{name: cors}]}]");
    let PluginConfig::Cors(cors) = &config.routes[0].plugins[0].config else {
        panic!("{:?}", config.routes[0].plugins);
    };
    assert_eq!(
        cors.methods.join(","),
        "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT"
    );
}
