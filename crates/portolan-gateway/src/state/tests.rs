use std::sync::Weak;

use http::{HeaderMap, Method};
use portolan_config::{Source, load};
use serde_json::{Value, json};

use super::*;
use crate::{live::Live, router::Asked};

fn target(model: &str) -> Value {
    json!({
        "route_type": "llm/v1/chat",
        "auth": { "header_name": "Authorization", "header_value": "{vault://env/KEY}" },
        "model": { "provider": "openai", "name": model },
    })
}

/// A file of these routes, each with one AI proxy of its own.
fn config(routes: &[(&str, Value)]) -> Config {
    let routes: Vec<Value> = routes
        .iter()
        .map(|(name, config)| {
            json!({
                "name": name,
                "paths": [format!("/{name}")],
                "plugins": [{ "name": "ai-proxy-advanced", "config": config }],
            })
        })
        .collect();
    loaded(&json!({ "_format_version": "3.0", "routes": routes }))
}

fn loaded(file: &Value) -> Config {
    let source = Source {
        name: "kong.yaml".to_owned(),
        text: file.to_string(),
    };
    load(&[source], &|_| Some("Bearer FAKE-key".to_owned()))
        .unwrap_or_else(|faults| panic!("{faults}"))
        .config
}

/// Where one variable of those that were there at load still is.
fn live(config: &Config) -> Live {
    let env = |name: &str| (name == "KEY").then(|| "Bearer FAKE-key".to_owned());
    Live::new(config, Box::new(env)).unwrap()
}

fn proxy(live: &Live, path: &str) -> Arc<ProxyState> {
    let asked = Asked {
        method: &Method::POST,
        path,
        host: None,
        headers: &HeaderMap::new(),
        port: 8000,
        tls: false,
        sni: None,
    };
    let matched = live.snapshot().router.find(&asked).unwrap();
    Arc::clone(matched.route.chain.ai_proxy().unwrap())
}

fn targets(models: &[&str]) -> Value {
    let targets: Vec<Value> = models.iter().map(|model| target(model)).collect();
    json!({ "targets": targets })
}

/// The balancer's turn is part of it.
#[test]
fn a_proxy_that_did_not_change_is_kept_whole() {
    let chat = || ("chat", targets(&["a", "b"]));
    let live = live(&config(&[chat()]));
    let before = proxy(&live, "/chat");
    assert_eq!(before.balancer.lease(&[]).target, 0);
    live.replace(&config(&[("other", targets(&["c"])), chat()]))
        .unwrap();
    let after = proxy(&live, "/chat");
    assert!(Arc::ptr_eq(&before, &after));
    assert_eq!(after.balancer.lease(&[]).target, 1);
    assert!(proxy(&live, "/other").targets.len() == 1);
}

/// Of a proxy that changed; also where they stand elsewhere in the list.
#[test]
fn targets_that_did_not_change_are_kept() {
    let live = live(&config(&[("chat", targets(&["a", "b", "b"]))]));
    let before = proxy(&live, "/chat");
    let lease = before.balancer.lease(&[1, 2]);
    live.replace(&config(&[("chat", targets(&["new", "b", "a", "b", "b"]))]))
        .unwrap();
    let after = proxy(&live, "/chat");
    assert!(!Arc::ptr_eq(&before, &after));
    let same = |new: usize, old: usize| Arc::ptr_eq(&after.targets[new], &before.targets[old]);
    assert!(same(2, 0) && same(1, 1) && same(3, 2), "each is taken once");
    for new in [0, 4] {
        assert!((0..3).all(|old| !same(new, old)), "{new} is new");
    }
    // What is under way on a target is under way on it still.
    let under_way =
        |state: &TargetState| state.in_flight.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(under_way(&after.targets[2]), 1);
    drop(lease);
    assert_eq!(under_way(&after.targets[2]), 0);
}

/// As in Kong: a plugin of a service has one balancer, whichever of the service's routes is asked.
#[test]
fn a_plugin_of_several_routes_has_one_state() {
    let config = loaded(&json!({
        "_format_version": "3.0",
        "services": [{
            "name": "models",
            "host": "models.invalid",
            "plugins": [{ "name": "ai-proxy-advanced", "config": targets(&["a", "b"]) }],
            "routes": [
                { "name": "one", "paths": ["/one"] },
                { "name": "two", "paths": ["/two"] },
            ],
        }],
    }));
    let live = live(&config);
    assert!(Arc::ptr_eq(&proxy(&live, "/one"), &proxy(&live, "/two")));
}

#[test]
fn what_cannot_be_built_changes_nothing() {
    let live = live(&config(&[("chat", targets(&["a"]))]));
    let before = proxy(&live, "/chat");
    let mut broken = target("b");
    broken["auth"]["header_value"] = json!("{vault://env/no-such-key}");
    let broken = config(&[("chat", json!({ "targets": [broken] }))]);
    let error = live.replace(&broken).unwrap_err().to_string();
    assert!(
        error.contains("NO_SUCH_KEY") && error.contains("chat"),
        "{error}"
    );
    assert!(Arc::ptr_eq(&before, &proxy(&live, "/chat")));
}

/// One plugin on two services is two proxies of one `id`: `ai-proxy` takes what it retries from the service.
#[test]
fn the_targets_of_a_proxy_that_is_kept_are_not_anothers() {
    let file = |retries: [u32; 2]| {
        let service = |name: &str, retries: u32| {
            json!({
                "name": name,
                "host": "models.invalid",
                "retries": retries,
                "routes": [{ "name": name, "paths": [format!("/{name}")] }],
            })
        };
        loaded(&json!({
            "_format_version": "3.0",
            "services": [service("one", retries[0]), service("two", retries[1])],
            "plugins": [{ "name": "ai-proxy", "config": target("a") }],
        }))
    };
    for (after, kept, changed) in [([1, 3], "/one", "/two"), ([3, 2], "/two", "/one")] {
        let live = live(&file([1, 2]));
        let before = (proxy(&live, kept), proxy(&live, changed));
        live.replace(&file(after)).unwrap();
        let after = (proxy(&live, kept), proxy(&live, changed));
        assert!(Arc::ptr_eq(&before.0, &after.0), "{kept}");
        assert!(!Arc::ptr_eq(&before.1, &after.1), "{changed}");
        let same = Arc::ptr_eq(&before.1.targets[0], &after.1.targets[0]);
        assert!(same, "{changed} keeps its own target");
    }
}

/// Nothing of an old snapshot is held but what requests began with.
#[test]
fn an_old_snapshot_is_let_go() {
    let live = live(&config(&[("chat", targets(&["a"]))]));
    let snapshot: Weak<Snapshot> = Arc::downgrade(&live.snapshot());
    let held = proxy(&live, "/chat");
    let proxy = Arc::downgrade(&held);
    live.replace(&config(&[("chat", targets(&["b"]))])).unwrap();
    assert_eq!(snapshot.strong_count(), 0);
    assert_eq!(proxy.strong_count(), 1);
    drop(held);
    assert_eq!(proxy.strong_count(), 0);
}

/// What a worker looks at is taken apart by a reload, not by the worker.
#[test]
fn a_snapshot_that_is_looked_at_waits_for_the_next_reload() {
    let live = live(&config(&[("chat", targets(&["a"]))]));
    let snapshot: Weak<Snapshot> = Arc::downgrade(&live.snapshot());
    let looked_at = live.snapshot();
    live.replace(&config(&[("chat", targets(&["b"]))])).unwrap();
    drop(looked_at);
    assert_eq!(snapshot.strong_count(), 1);
    live.replace(&config(&[("chat", targets(&["c"]))])).unwrap();
    assert_eq!(snapshot.strong_count(), 0);
}
