//! Which instances of a plugin a route's requests may meet, and in which order: Kong's twelve combinations of scopes.

use crate::{
    compiled::{Config, PluginConfig, Route},
    testing::loaded,
};

/// Narrowest first; Kong's documentation of the enterprise edition (`kong-core.md` 4.2).
const ORDER: [&str; 12] = [
    "crs", "grs", "cr", "cs", "gr", "gs", "rs", "c", "g", "r", "s", "",
];

/// Answers with 501 for the narrowest scope of all, and so on.
fn status(letters: &str) -> u16 {
    let rank = ORDER.iter().position(|known| *known == letters).unwrap();
    501 + u16::try_from(rank).unwrap()
}

fn instance(letters: &str) -> String {
    let named = [
        ('r', "route: scoped"),
        ('s', "service: s"),
        ('c', "consumer: alice"),
        ('g', "consumer_group: gold"),
    ];
    let scope: String = named
        .iter()
        .filter(|(letter, _)| letters.contains(*letter))
        .map(|(_, field)| format!(", {field}"))
        .collect();
    let status = status(letters);
    format!("- {{name: request-termination, config: {{status_code: {status}}}{scope}}}\n")
}

/// `scoped` and `other` are routes of the service; `bare` has none.
fn config(plugins: &str) -> Config {
    loaded(&format!(
        "_format_version: \"3.0\"
services:
- name: s
  url: http://example.com
  routes: [{{name: scoped, paths: [/scoped]}}, {{name: other, paths: [/other]}}]
routes: [{{name: bare, paths: [/bare]}}]
consumers: [{{username: alice}}, {{username: bob}}]
consumer_groups: [{{name: gold}}, {{name: silver}}, {{name: bronze}}]
plugins:
{plugins}"
    ))
    .config
}

fn route<'c>(config: &'c Config, name: &str) -> &'c Route {
    let mut routes = config.routes.iter();
    routes
        .find(|route| route.name.as_deref() == Some(name))
        .unwrap()
}

fn statuses(plugins: &[crate::compiled::Plugin]) -> Vec<u16> {
    plugins
        .iter()
        .filter_map(|plugin| match &plugin.config {
            PluginConfig::RequestTermination(config) => Some(config.status),
            _ => None,
        })
        .collect()
}

/// What names no consumer and no group hides all that is wider.
#[test]
fn of_all_twelve_each_route_has_what_its_requests_may_meet() {
    let all: String = ORDER
        .iter()
        .rev()
        .map(|letters| instance(letters))
        .collect();
    let config = config(&all);
    for (name, expected) in [
        ("scoped", vec![501, 502, 503, 504, 505, 506, 507]),
        ("other", vec![504, 506, 508, 509, 511]),
        ("bare", vec![508, 509, 512]),
    ] {
        assert_eq!(statuses(&route(&config, name).plugins), expected, "{name}");
    }
    let alice = &config.consumers[0].id;
    for plugin in &route(&config, "scoped").plugins {
        let PluginConfig::RequestTermination(found) = &plugin.config else {
            panic!("{plugin:?}");
        };
        let of_alice = [501, 503, 504].contains(&found.status);
        let of_gold = [502, 505, 506].contains(&found.status);
        assert_eq!(
            plugin.consumer.as_ref(),
            of_alice.then_some(alice),
            "{plugin:?}"
        );
        assert_eq!(
            plugin.consumer_group.as_deref(),
            of_gold.then_some("gold"),
            "{plugin:?}"
        );
    }
}

#[test]
fn of_two_the_narrower_comes_first_wherever_it_stands() {
    for (index, narrow) in ORDER.iter().enumerate() {
        for wide in &ORDER[index + 1..] {
            let (first, second) = (instance(narrow), instance(wide));
            let hides = !narrow.contains(['c', 'g']);
            let expected = if hides {
                vec![status(narrow)]
            } else {
                vec![status(narrow), status(wide)]
            };
            for plugins in [format!("{first}{second}"), format!("{second}{first}")] {
                let config = config(&plugins);
                assert_eq!(
                    statuses(&route(&config, "scoped").plugins),
                    expected,
                    "{narrow} before {wide}"
                );
            }
        }
    }
}

/// Plugins of a request that no route matches: those that name no route and no service.
#[test]
fn what_names_no_route_and_no_service_is_global() {
    let all: String = ORDER.iter().map(|letters| instance(letters)).collect();
    let config = config(&all);
    let anonymous: Vec<_> = config
        .global
        .iter()
        .filter(|plugin| plugin.consumer.is_none() && plugin.consumer_group.is_none())
        .cloned()
        .collect();
    assert_eq!(statuses(&anonymous), [512]);
    let mut others = statuses(&config.global);
    others.retain(|status| ![508, 509, 512].contains(status));
    assert!(others.is_empty(), "{others:?}");
}

/// Kong: a consumer in several groups meets the instance of the first by name.
#[test]
fn of_several_groups_the_first_by_name_is_asked_first() {
    let config = config(
        "- {name: request-termination, consumer_group: silver, config: {status_code: 520}}
- {name: request-termination, consumer_group: bronze, config: {status_code: 521}}
- {name: request-termination, consumer_group: gold, config: {status_code: 522}}
- {name: request-termination, consumer: bob, config: {status_code: 523}}
- {name: request-termination, config: {status_code: 524}}
",
    );
    assert_eq!(
        statuses(&route(&config, "bare").plugins),
        [523, 521, 522, 520, 524]
    );
}

#[test]
fn a_disabled_instance_hides_nothing() {
    let config = config(
        "- {name: request-termination, route: scoped, enabled: false, config: {status_code: 520}}
- {name: request-termination, consumer: alice, enabled: false, config: {status_code: 521}}
- {name: request-termination, service: s, config: {status_code: 522}}
",
    );
    assert_eq!(statuses(&route(&config, "scoped").plugins), [522]);
    assert!(route(&config, "bare").plugins.is_empty());
    assert!(config.global.is_empty());
}

#[test]
fn one_plugin_hides_no_other() {
    let config = config(
        "- {name: cors, route: scoped}
- {name: correlation-id, service: s}
- {name: ip-restriction, config: {deny: [192.0.2.1]}}
- {name: request-size-limiting, consumer: alice}
",
    );
    let mut names: Vec<&str> = route(&config, "scoped")
        .plugins
        .iter()
        .map(|plugin| match plugin.config {
            PluginConfig::Cors(_) => "cors",
            PluginConfig::CorrelationId(_) => "correlation-id",
            PluginConfig::IpRestriction(_) => "ip-restriction",
            PluginConfig::RequestSizeLimiting(_) => "request-size-limiting",
            _ => "another",
        })
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "correlation-id",
            "cors",
            "ip-restriction",
            "request-size-limiting"
        ]
    );
}

/// One model for a customer, another for a tier, a third for all others.
#[test]
fn an_ai_proxy_may_be_for_a_consumer() {
    let proxy = |scope: &str, model: &str| {
        format!(
            "- {{name: ai-proxy-advanced{scope}, config: {{route_type: llm/v1/chat, model: {{provider: openai, name: {model}}}}}}}\n"
        )
    };
    let all = [
        proxy("", "for-all"),
        proxy(", consumer: alice", "for-alice"),
        proxy(", consumer_group: gold", "for-gold"),
    ];
    let config = config(&all.concat());
    let found: Vec<(Option<&str>, Option<&str>, &str)> = route(&config, "scoped")
        .plugins
        .iter()
        .map(|plugin| {
            let PluginConfig::AiProxy(proxy) = &plugin.config else {
                panic!("{plugin:?}");
            };
            let model = proxy.targets[0].model.as_ref().unwrap();
            (
                plugin.consumer.as_deref(),
                plugin.consumer_group.as_deref(),
                model.literal().unwrap(),
            )
        })
        .collect();
    let alice = config.consumers[0].id.as_str();
    assert_eq!(
        found,
        [
            (Some(alice), None, "for-alice"),
            (None, Some("gold"), "for-gold"),
            (None, None, "for-all"),
        ]
    );
}

/// Instances that several routes share are one: theirs is the state that outlives a request.
#[test]
fn routes_share_an_instance() {
    let config = config("- {name: ip-restriction, service: s, config: {allow: [192.0.2.0/24]}}\n");
    let one = |name: &str| match route(&config, name).plugins.as_slice() {
        [plugin] => match &plugin.config {
            PluginConfig::IpRestriction(config) => config,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert!(std::sync::Arc::ptr_eq(one("scoped"), one("other")));
    assert!(route(&config, "bare").plugins.is_empty());
}
