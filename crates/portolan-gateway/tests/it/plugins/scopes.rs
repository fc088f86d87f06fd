//! Which instance of a plugin runs: the narrowest that is for whoever is identified when its turn comes.

use serde_json::{Value, json};

use super::{CHAT, KEY, ask, file, refused_in_dialect};
use crate::harness::{Served, mock, serve};

/// `kong-core.md` 4.2, with consumer groups; the first wins.
const SCOPES: [&[&str]; 12] = [
    &["consumer", "route", "service"],
    &["consumer_group", "service", "route"],
    &["consumer", "route"],
    &["consumer", "service"],
    &["consumer_group", "route"],
    &["consumer_group", "service"],
    &["route", "service"],
    &["consumer"],
    &["consumer_group"],
    &["route"],
    &["service"],
    &[],
];

fn scoped(name: &str, scope: &[&str], config: Value) -> Value {
    let mut plugin = json!({ "name": name, "config": config });
    for kind in scope {
        plugin[*kind] = json!(match *kind {
            "consumer" => "anne",
            "consumer_group" => "gold",
            _ => "plain",
        });
    }
    plugin
}

/// Anne is in the consumer group `gold`.
fn with(mock: &portolan_mock::Mock, plugins: Vec<Value>) -> Served {
    let mut all = vec![json!({ "name": "key-auth", "config": { "anonymous": "nobody" } })];
    all.extend(plugins);
    let mut file = file(mock, &json!(all));
    file["consumers"][0]["groups"] = json!([{ "name": "gold" }]);
    file["consumer_groups"] = json!([{ "name": "gold" }]);
    serve(&file)
}

fn terminations(from: usize) -> Vec<Value> {
    // From the widest on, so that the order of the file cannot be what decides.
    let levels = (from..SCOPES.len()).rev();
    levels
        .map(|level| {
            let config = json!({ "status_code": 403, "message": format!("level {}", level + 1) });
            scoped("request-termination", SCOPES[level], config)
        })
        .collect()
}

async fn message(served: &Served, headers: &[(&str, &str)]) -> Value {
    ask(served, "/plain", headers).await.json()["message"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_levels_in_kongs_order() {
    let mock = mock().await;
    for from in 0..SCOPES.len() {
        let served = with(&mock, terminations(from));
        let expected = json!(format!("level {}", from + 1));
        assert_eq!(message(&served, &[("apikey", KEY)]).await, expected);
    }
    assert_eq!(mock.attempts().len(), 0);
}

/// The levels for consumers and groups are not for the anonymous consumer, who is another.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_another_meets_what_is_for_everybody() {
    let mock = mock().await;
    for (from, expected) in [
        (0, "level 7"),
        (7, "level 10"),
        (10, "level 11"),
        (11, "level 12"),
    ] {
        let served = with(&mock, terminations(from));
        assert_eq!(message(&served, &[]).await, json!(expected));
    }
}

/// Another route of no service: nothing that names the other route or its service.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_another_route_or_service_is_not_met() {
    let mock = mock().await;
    let served = with(&mock, terminations(0));
    let answer = ask(&served, "/chat", &[("apikey", KEY)]).await;
    assert_eq!(answer.json()["message"], "level 8");
    let answer = ask(&served, "/chat", &[]).await;
    assert_eq!(answer.json()["message"], "level 12");
}

/// Of a consumer's groups the first by name that has an instance.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_groups_the_first_by_name() {
    let mock = mock().await;
    let group = |name: &str| {
        json!({
            "name": "request-termination",
            "consumer_group": name,
            "config": { "status_code": 403, "message": name },
        })
    };
    let plugins = json!([{ "name": "key-auth" }, group("silver"), group("gold")]);
    let mut file = file(&mock, &plugins);
    let groups = json!([{ "name": "silver" }, { "name": "gold" }, { "name": "bronze" }]);
    file["consumers"][0]["groups"] = groups.clone();
    file["consumer_groups"] = groups;
    let served = serve(&file);
    assert_eq!(message(&served, &[("apikey", KEY)]).await, json!("gold"));
}

/// `kong-core.md` 4.1: correlation-id (100001) runs before key-auth (1250) knows anyone, request-size-limiting (951) after.
#[tokio::test(flavor = "multi_thread")]
async fn a_consumers_instance_counts_only_after_authentication() {
    let mock = mock().await;
    let correlation = |scope: &[&str], name: &str| {
        let config = json!({ "header_name": name, "echo_downstream": true });
        scoped("correlation-id", scope, config)
    };
    let size = |scope: &[&str], bytes: usize| {
        let config = json!({ "allowed_payload_size": bytes, "size_unit": "bytes" });
        scoped("request-size-limiting", scope, config)
    };
    let served = with(
        &mock,
        vec![
            correlation(&[], "x-everybody"),
            correlation(&["consumer"], "x-anne"),
            size(&[], 1),
            size(&["consumer"], CHAT.len()),
        ],
    );
    let anne = ask(&served, "/chat", &[("apikey", KEY)]).await;
    assert_eq!(anne.status, 200, "{}", anne.text());
    let nobody = ask(&served, "/chat", &[]).await;
    refused_in_dialect(&nobody, 413, "Request size limit exceeded");
    for answer in [anne, nobody] {
        assert!(answer.find("x-everybody").is_some());
        assert_eq!(answer.find("x-anne"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_instance_hides_no_other() {
    let mock = mock().await;
    let mut plugins = terminations(10);
    for plugin in &mut plugins {
        plugin["enabled"] = json!(plugin.get("service").is_none());
    }
    let served = with(&mock, plugins);
    assert_eq!(message(&served, &[]).await, json!("level 12"));
}

/// Both run, the one of the higher priority first: ip-restriction at 990, request-termination at 2.
#[tokio::test(flavor = "multi_thread")]
async fn what_answers_first_answers_alone() {
    let mock = mock().await;
    let served = with(
        &mock,
        vec![
            scoped("request-termination", &[], json!({ "message": "last" })),
            scoped("ip-restriction", &[], json!({ "deny": ["127.0.0.1"] })),
        ],
    );
    let answer = ask(&served, "/chat", &[]).await;
    refused_in_dialect(&answer, 403, "IP address not allowed: 127.0.0.1");
}
