//! `key-auth`, and what upstreams and log are told of who asks.

use serde_json::{Value, json};

use super::{
    ANNE, CHAT, KEY, KEY_ID, NOBODY, ask, file, refused, refused_in_dialect, sent, served,
};
use crate::{
    client::{Answer, Client, post, request},
    harness::{Served, mock, serve},
};

const IDENTITY: [&str; 5] = [
    "x-consumer-id",
    "x-consumer-custom-id",
    "x-consumer-username",
    "x-credential-identifier",
    "x-anonymous-consumer",
];

fn key_auth(config: Value) -> Value {
    json!([{ "name": "key-auth", "config": config }])
}

async fn options(served: &Served, target: &str) -> Answer {
    let mut client = Client::connect(served.address).await;
    client
        .write(request("OPTIONS", target, &[], "").as_bytes())
        .await;
    client.answer().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_valid_key_nobody_is_called() {
    let mock = mock().await;
    let served = served(&mock, &key_auth(json!({})));
    let none = "No API key found in request";
    let several = "Duplicate API key found";
    for (query, headers, text) in [
        ("", &[][..], none),
        ("", &[("apikey", "")], none),
        ("?apikey=", &[], none),
        ("?apikey", &[], none),
        ("", &[("authorization", KEY)], none),
        ("", &[("apikey", KEY), ("apikey", KEY)], several),
        ("?apikey=a&apikey=b", &[], several),
        ("", &[("apikey", "FAKE-other")], "Unauthorized"),
        ("", &[("apikey", "fake-key-of-anne")], "Unauthorized"),
        ("?apikey=FAKE-other", &[], "Unauthorized"),
    ] {
        let answer = ask(&served, &format!("/plain{query}"), headers).await;
        refused(&answer, 401, text);
        assert_eq!(answer.header("www-authenticate"), "Key");
        let answer = ask(&served, &format!("/chat{query}"), headers).await;
        refused_in_dialect(&answer, 401, text);
        assert_eq!(answer.header("www-authenticate"), "Key");
    }
    assert_eq!(mock.attempts().len(), 0);
    for line in served.settled() {
        assert_eq!(line["response"]["status"], 401);
        assert_eq!(line["source"], "kong");
        assert_eq!(line.get("consumer"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_is_named() {
    let mock = mock().await;
    let served = served(&mock, &key_auth(json!({ "realm": "models" })));
    let answer = ask(&served, "/chat", &[]).await;
    assert_eq!(answer.header("www-authenticate"), "Key realm=\"models\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_told_who_asks_and_the_log_too() {
    let mock = mock().await;
    let served = served(&mock, &key_auth(json!({})));
    let forged = IDENTITY.map(|name| (name, "forged"));
    let mut headers = forged.to_vec();
    headers.push(("apikey", KEY));
    assert_eq!(ask(&served, "/plain", &headers).await.status, 200);
    let told = [Some(ANNE), Some("42"), Some("anne"), Some(KEY_ID), None];
    assert_eq!(
        sent(&mock, &IDENTITY),
        told.map(|text| text.map(str::to_owned))
    );
    // It has its key for the gateway.
    assert_eq!(sent(&mock, &["apikey"]), [None::<String>]);

    let line = served.line();
    assert_eq!(
        line["consumer"],
        json!({ "id": ANNE, "username": "anne", "custom_id": "42" })
    );
    assert_eq!(
        line["authenticated_entity"],
        json!({ "id": KEY_ID, "consumer_id": ANNE })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_go_on_to_a_service_but_never_to_a_provider() {
    let mock = mock().await;
    let config = json!({ "hide_credentials": false, "key_in_body": true });
    let served = served(&mock, &key_auth(config));
    assert_eq!(
        ask(&served, "/plain?a=1&apikey=other", &[("apikey", KEY)])
            .await
            .status,
        200
    );
    assert_eq!(sent(&mock, &["apikey"]), [Some(KEY.to_owned())]);
    let query = mock.attempts()[0].query.clone();
    assert_eq!(query.as_deref(), Some("a=1&apikey=other"));

    let with_key = CHAT.replacen('{', &format!("{{\"apikey\":\"{KEY}\","), 1);
    for (target, headers, body) in [
        ("/chat".to_owned(), vec![("apikey", KEY)], CHAT.to_owned()),
        (format!("/chat?apikey={KEY}"), Vec::new(), CHAT.to_owned()),
        ("/chat".to_owned(), Vec::new(), with_key),
    ] {
        let answer = post(served.address, &target, &headers, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let attempts = mock.attempts();
        let attempt = attempts.last().unwrap();
        let told = format!("{:?} {:?} {}", attempt.query, attempt.headers, attempt.body);
        assert!(!told.contains(KEY), "{told}");
        assert!(
            IDENTITY
                .iter()
                .all(|name| !attempt.headers.contains_key(*name))
        );
    }
    let log = served.settled_text();
    assert!(!log.contains(KEY), "{log}");
}

/// Of several names only the first is looked at, and a provider is told none.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_under_another_name_stays_here_too() {
    let mock = mock().await;
    let config =
        json!({ "key_names": ["apikey", "x-own"], "anonymous": "nobody", "key_in_body": true });
    let served = served(&mock, &key_auth(config));
    let with_key = CHAT.replacen('{', &format!("{{\"x-own\":\"{KEY}\","), 1);
    for headers in [&[("apikey", KEY), ("x-own", KEY)][..], &[("x-own", "")]] {
        let target = format!("/chat?a=1&x-own={KEY}");
        let answer = post(served.address, &target, headers, &with_key).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let attempts = mock.attempts();
        let attempt = attempts.last().unwrap();
        assert_eq!(attempt.query.as_deref(), Some("a=1"));
        assert_eq!(attempt.headers.get("x-own"), None);
        assert!(!attempt.body.contains(KEY), "{}", attempt.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_key_leaves_every_other_byte() {
    let mock = mock().await;
    let served = served(&mock, &key_auth(json!({ "key_in_body": true })));
    let target = format!("/plain?x=%zz+1&apikey={KEY}&y");
    let key_in_json = format!("{{ \"n\":1.0e5 , \"apikey\" : \"{KEY}\",\"\\u0061\":\"b\" }}");
    let key_in_form = format!("a=%41&apikey={KEY}&b=+");
    let part = |name: &str, value: &str| {
        format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let key_in_part = format!("{}{}--xyz--\r\n", part("apikey", KEY), part("a", "1"));
    let part_left = format!("{}--xyz--\r\n", part("a", "1"));
    for (target, kind, body, left) in [
        (target.as_str(), "text/plain", "hi", "hi"),
        (
            "/plain",
            "application/json",
            key_in_json.as_str(),
            // With the comma before it.
            "{ \"n\":1.0e5,\"\\u0061\":\"b\" }",
        ),
        (
            "/plain",
            "application/x-www-form-urlencoded",
            key_in_form.as_str(),
            "a=%41&b=+",
        ),
        (
            "/plain",
            "multipart/form-data; boundary=xyz",
            key_in_part.as_str(),
            part_left.as_str(),
        ),
    ] {
        let mut client = Client::connect(served.address).await;
        let head = format!("POST {target} HTTP/1.1\r\nhost: gateway.test\r\ncontent-type: {kind}");
        let length = body.len();
        client
            .write(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").as_bytes())
            .await;
        client.answer().await;
        let attempts = mock.attempts();
        let attempt = attempts.last().unwrap();
        assert_eq!(attempt.body, left, "{kind}");
        assert_eq!(attempt.headers["content-length"], left.len().to_string());
        assert_eq!(attempt.headers["x-consumer-username"], "anne");
    }
    let query = mock.attempts()[0].query.clone();
    assert_eq!(query.as_deref(), Some("x=%zz+1&y"));
}

/// Of a name that the file gives; on a route that does not match, too.
#[tokio::test(flavor = "multi_thread")]
async fn no_key_of_a_query_is_logged() {
    let mock = mock().await;
    let config = json!({ "key_names": ["x-model-key"], "hide_credentials": false });
    let served = served(&mock, &key_auth(config));
    let query = format!("a=1&x-model-%6Bey={KEY}");
    for (path, status) in [("/plain", 200), ("/chat", 200), ("/nope", 404)] {
        let answer = ask(&served, &format!("{path}?{query}"), &[]).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let lines = served.settled();
    for line in &lines {
        let uri = line["request"]["uri"].as_str().unwrap();
        assert!(uri.ends_with("?a=1&x-model-%6Bey=REDACTED"), "{uri}");
        assert!(!line.to_string().contains(KEY), "{line}");
    }
    assert_eq!(lines.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_may_pass_without_a_key() {
    let mock = mock().await;
    for (asked, attempts) in [(true, 0), (false, 1)] {
        let config = json!({ "run_on_preflight": asked });
        let served = served(&mock, &key_auth(config));
        let answer = options(&served, "/plain").await;
        assert_eq!(answer.status == 401, asked, "{}", answer.text());
        assert_eq!(mock.attempts().len(), attempts);
    }
    assert_eq!(mock.attempts()[0].method, "OPTIONS");
    assert_eq!(sent(&mock, &IDENTITY), vec![None; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_unknown() {
    let mock = mock().await;
    let mut file = file(&mock, &key_auth(json!({})));
    file["consumers"][0]["keyauth_credentials"][0]["ttl"] = json!(1);
    let served = serve(&file);
    let answer = ask(&served, "/chat", &[("apikey", KEY)]).await;
    refused_in_dialect(&answer, 401, "Unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_key_is_the_anonymous_consumer() {
    let mock = mock().await;
    for named in ["nobody", NOBODY] {
        let served = served(&mock, &key_auth(json!({ "anonymous": named })));
        for headers in [&[][..], &[("apikey", "FAKE-other")]] {
            assert_eq!(ask(&served, "/plain", headers).await.status, 200);
            let told = [Some(NOBODY), None, Some("nobody"), None, Some("true")];
            assert_eq!(
                sent(&mock, &IDENTITY),
                told.map(|text| text.map(str::to_owned))
            );
            assert_eq!(sent(&mock, &["apikey"]), [None::<String>]);
        }
        let answer = ask(&served, "/plain", &[("apikey", KEY)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(sent(&mock, &IDENTITY)[2].as_deref(), Some("anne"));
        let lines = served.settled();
        assert_eq!(lines[0]["consumer"]["username"], "nobody");
        assert_eq!(lines[0].get("authenticated_entity"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_consumer_that_is_missing_is_the_operators_fault() {
    let mock = mock().await;
    let served = served(&mock, &key_auth(json!({ "anonymous": "someone" })));
    let text = "anonymous consumer someone is configured but doesn't exist";
    refused(&ask(&served, "/plain", &[]).await, 500, text);
    refused_in_dialect(&ask(&served, "/chat", &[]).await, 500, text);
    assert_eq!(mock.attempts().len(), 0);
    // Who has a key never meets it.
    let answer = ask(&served, "/chat", &[("apikey", KEY)]).await;
    assert_eq!(answer.status, 200);
}

/// `kong-core.md` 9, trap 20: what an OpenAI SDK sends, where the stored key is the whole value.
#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_header_is_a_key_as_it_stands() {
    let mock = mock().await;
    let mut file = file(&mock, &key_auth(json!({ "key_names": ["authorization"] })));
    file["consumers"][0]["keyauth_credentials"][0]["key"] = json!("Bearer FAKE-sk");
    let served = serve(&file);
    let answer = ask(&served, "/chat", &[("authorization", "Bearer FAKE-sk")]).await;
    assert_eq!(answer.status, 200);
    let answer = ask(&served, "/chat", &[("authorization", "FAKE-sk")]).await;
    refused_in_dialect(&answer, 401, "Unauthorized");
}
