//! `acl` behind `key-auth`.

use serde_json::{Value, json};

use super::{KEY, ask, file, refused, refused_in_dialect, sent};
use crate::harness::{mock, serve};

/// Anne is in `team` and `beta`, and in the consumer group `gold`.
fn grouped(mock: &portolan_mock::Mock, acl: Value) -> Value {
    let plugins = json!([
        { "name": "key-auth", "config": { "anonymous": "nobody" } },
        { "name": "acl", "config": acl },
    ]);
    let mut file = file(mock, &plugins);
    file["consumers"][0]["acls"] = json!([{ "group": "team" }, { "group": "beta" }]);
    file["consumers"][0]["groups"] = json!([{ "name": "gold" }]);
    file["consumer_groups"] = json!([{ "name": "gold" }]);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_decide_and_the_refused_call_nobody() {
    let mock = mock().await;
    let (forbidden, unknown) = ("You cannot consume this service", "Unauthorized");
    for (acl, headers, expected) in [
        (json!({ "allow": ["beta"] }), &[("apikey", KEY)][..], None),
        (
            json!({ "allow": ["ops"] }),
            &[("apikey", KEY)],
            Some((403, forbidden)),
        ),
        (
            json!({ "deny": ["team"] }),
            &[("apikey", KEY)],
            Some((403, forbidden)),
        ),
        (json!({ "deny": ["ops"] }), &[("apikey", KEY)], None),
        (
            json!({ "allow": ["gold"] }),
            &[("apikey", KEY)],
            Some((403, forbidden)),
        ),
        (
            json!({ "allow": ["gold"], "include_consumer_groups": true }),
            &[("apikey", KEY)],
            None,
        ),
        // The anonymous consumer: no credential, no groups.
        (json!({ "allow": ["beta"] }), &[], Some((401, unknown))),
        (json!({ "deny": ["beta"] }), &[], None),
    ] {
        mock.reset();
        let served = serve(&grouped(&mock, acl.clone()));
        let (chat, plain) = (
            ask(&served, "/chat", headers).await,
            ask(&served, "/plain", headers).await,
        );
        match expected {
            Some((status, text)) => {
                refused_in_dialect(&chat, status, text);
                refused(&plain, status, text);
                assert_eq!(mock.attempts().len(), 0, "{acl}");
            }
            None => {
                assert_eq!((chat.status, plain.status), (200, 200), "{acl}");
                assert_eq!(mock.attempts().len(), 2, "{acl}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_told_the_groups_and_a_provider_is_not() {
    let mock = mock().await;
    let forged = [
        ("apikey", KEY),
        ("x-consumer-groups", "forged"),
        ("x-authenticated-groups", "forged"),
    ];
    let names = ["x-consumer-groups", "x-authenticated-groups"];
    for (acl, told) in [
        (json!({ "deny": ["ops"] }), Some("team, beta")),
        (json!({ "deny": ["ops"], "hide_groups_header": true }), None),
    ] {
        let served = serve(&grouped(&mock, acl));
        assert_eq!(ask(&served, "/plain", &forged).await.status, 200);
        assert_eq!(sent(&mock, &names), [told.map(str::to_owned), None]);
        assert_eq!(ask(&served, "/chat", &forged).await.status, 200);
        assert_eq!(sent(&mock, &names), [None::<String>, None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_authentication_nobody_passes() {
    let mock = mock().await;
    for acl in [json!({ "allow": ["team"] }), json!({ "deny": ["team"] })] {
        let mut file = grouped(&mock, acl);
        file["plugins"].as_array_mut().unwrap().remove(0);
        let served = serve(&file);
        let answer = ask(&served, "/chat", &[("apikey", KEY)]).await;
        refused_in_dialect(&answer, 401, "Unauthorized");
    }
    assert_eq!(mock.attempts().len(), 0);
}
