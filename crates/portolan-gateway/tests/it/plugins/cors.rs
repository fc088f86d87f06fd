//! `cors`: preflights as browsers send them, and the headers of every other answer.

use std::collections::BTreeMap;

use portolan_mock::Step;
use serde_json::{Value, json};

use super::{CHAT, KEY, ask, file, refused, served};
use crate::{
    client::{Answer, Client, chat, request},
    harness::{self, Served, mock, scripted, serve},
};

const PAGE: (&str, &str) = ("origin", "https://app.test");

fn cors(config: Value) -> Value {
    json!([{ "name": "cors", "config": config }, { "name": "key-auth" }])
}

async fn preflight(served: &Served, target: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![PAGE, ("access-control-request-method", "POST")];
    headers.extend_from_slice(more);
    let mut client = Client::connect(served.address).await;
    client
        .write(request("OPTIONS", target, &headers, "").as_bytes())
        .await;
    client.answer().await
}

/// All that this plugin may set.
fn told(answer: &Answer) -> BTreeMap<&str, &str> {
    let ours = |name: &str| name.starts_with("access-control-") || name == "vary";
    answer
        .headers
        .iter()
        .filter(|(name, _)| ours(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_before_anyone_asks_for_a_key() {
    let mock = mock().await;
    let served = served(
        &mock,
        &cors(json!({ "max_age": 600, "private_network": true })),
    );
    let methods = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT";
    for target in ["/chat", "/plain"] {
        let answer = preflight(&served, target, &[]).await;
        assert_eq!((answer.status, answer.text()), (200, ""));
        assert_eq!(answer.header("content-length"), "0");
        assert_eq!(answer.find("content-type"), None);
        assert!(answer.find("x-kong-response-latency").is_some());
        let expected = BTreeMap::from([
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", methods),
            ("access-control-max-age", "600"),
        ]);
        assert_eq!(told(&answer), expected);
        let asked = [
            ("access-control-request-headers", "authorization, x-a"),
            ("access-control-request-private-network", "true"),
        ];
        let answer = preflight(&served, target, &asked).await;
        let mut expected = expected;
        expected.insert("access-control-allow-headers", "authorization, x-a");
        expected.insert("access-control-allow-private-network", "true");
        assert_eq!(told(&answer), expected);
    }
    assert_eq!(mock.attempts().len(), 0);
    assert!(
        served
            .settled()
            .iter()
            .all(|line| line["source"] == "kong" && line["response"]["status"] == 200)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_may_be_the_upstreams() {
    let mock = mock().await;
    let mut plugins = cors(json!({ "preflight_continue": true }));
    plugins[1]["config"] = json!({ "run_on_preflight": false });
    let served = served(&mock, &plugins);
    let answer = preflight(&served, "/plain", &[]).await;
    assert_eq!(mock.attempts()[0].method, "OPTIONS");
    assert_eq!(told(&answer), BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_answer_has_its_headers() {
    let mock = mock().await;
    let config = json!({
        "origins": ["https://app.test", "https://(.*\\.)?ops\\.test"],
        "exposed_headers": ["X-Kong-LLM-Model", "X-Kong-Request-Id"],
        "credentials": true,
    });
    let served = served(&mock, &cors(config));
    let expected = BTreeMap::from([
        ("access-control-allow-origin", "https://app.test"),
        ("access-control-allow-credentials", "true"),
        (
            "access-control-expose-headers",
            "X-Kong-LLM-Model,X-Kong-Request-Id",
        ),
        ("vary", "Origin"),
    ]);
    for (target, headers, status) in [
        ("/chat", &[PAGE, ("apikey", KEY)][..], 200),
        ("/plain", &[PAGE, ("apikey", KEY)], 200),
        ("/chat", &[PAGE], 401),
        ("/plain", &[PAGE], 401),
        // No route matched: what is for everything acts all the same.
        ("/nope", &[PAGE], 404),
    ] {
        let answer = ask(&served, target, headers).await;
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(told(&answer), expected, "{target} {status}");
    }
    let page = ("origin", "https://a.ops.test");
    let answer = ask(&served, "/chat", &[page, ("apikey", KEY)]).await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://a.ops.test"
    );
    let page = ("origin", "https://evil.test");
    let answer = ask(&served, "/chat", &[page, ("apikey", KEY)]).await;
    assert_eq!(answer.find("access-control-allow-origin"), None);
    assert_eq!(answer.header("vary"), "Origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_its_headers_too() {
    let mock = mock().await;
    let mut file = file(&mock, &json!([{ "name": "cors" }]));
    file["plugins"][0]["config"] = json!({ "allow_origin_absent": false });
    let served = serve(&file);
    let answer = chat(served.address, &harness::ask(true)).await;
    assert!(answer.whole);
    assert_eq!(told(&answer), BTreeMap::new());
    let body = CHAT.replacen('{', "{\"stream\":true,", 1);
    let answer = crate::client::post(served.address, "/chat", &[PAGE], &body).await;
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upstream_says_of_origins_gives_way() {
    let headers = [
        ("access-control-allow-origin", "https://upstream.test"),
        ("vary", "Accept-Encoding"),
    ];
    let mock = scripted(Step {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Step::default()
    })
    .await;
    let served = serve(&file(
        &mock,
        &json!([{ "name": "cors", "config": { "origins": ["https://app.test"] } }]),
    ));
    let answer = ask(&served, "/plain", &[PAGE]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.test"
    );
    let vary: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "vary")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(vary, ["Accept-Encoding", "Origin"]);
}

/// `kong-core.md` 5.5, the trap: the router comes first.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_without_options_never_sees_a_preflight() {
    let mock = mock().await;
    let mut file = file(&mock, &json!([]));
    file["routes"][0]["methods"] = json!(["POST"]);
    file["routes"][0]["plugins"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "cors" }));
    let served = serve(&file);
    let answer = preflight(&served, "/chat", &[]).await;
    refused(&answer, 404, "no Route matched with those values");
    assert_eq!(told(&answer), BTreeMap::new());
}
