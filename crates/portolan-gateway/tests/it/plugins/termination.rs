//! `request-termination`: it answers, and nobody is called.

use std::process;

use serde_json::{Value, json};

use super::{CHAT, KEY, NOBODY, ask, file, served};
use crate::{
    client::{Answer, Client, post},
    harness::{mock, serve},
};

fn termination(config: Value) -> Value {
    json!([{ "name": "request-termination", "config": config }])
}

/// Kong's other body: compact, the message alone. `kong-core.md` 3.1.
fn told(answer: &Answer, status: u16, text: &str) {
    let expected = format!("{{\"message\":\"{text}\"}}");
    assert_eq!((answer.status, answer.text()), (status, expected.as_str()));
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
}

fn told_in_dialect(answer: &Answer, status: u16, text: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(body["error"]["message"], text, "{body}");
    assert_eq!(body["message"], text, "{body}");
    assert_eq!(body.get("request_id"), None, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_told_and_no_provider_is_called() {
    let mock = mock().await;
    for (config, status, text) in [
        (json!({}), 503, "Service unavailable"),
        (json!({ "status_code": 401 }), 401, "Unauthorized"),
        (json!({ "status_code": 404 }), 404, "Not found"),
        (json!({ "status_code": 405 }), 405, "Method not allowed"),
        (
            json!({ "status_code": 500 }),
            500,
            "An unexpected error occurred",
        ),
        (json!({ "status_code": 502 }), 502, "Bad Gateway"),
        (
            json!({ "status_code": 403, "message": "Closed on Sundays" }),
            403,
            "Closed on Sundays",
        ),
    ] {
        let served = served(&mock, &termination(config));
        told(&ask(&served, "/plain", &[]).await, status, text);
        told_in_dialect(&ask(&served, "/chat", &[]).await, status, text);
        for line in served.settled() {
            assert_eq!(line["source"], "kong");
            assert_eq!(line["tries"], json!([]));
        }
    }
    assert_eq!(mock.attempts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_without_words_has_no_body() {
    let mock = mock().await;
    let served = served(&mock, &termination(json!({ "status_code": 403 })));
    for target in ["/chat", "/plain"] {
        let answer = ask(&served, target, &[]).await;
        assert_eq!((answer.status, answer.text()), (403, ""));
        assert_eq!(answer.header("content-length"), "0");
    }
    assert_eq!(mock.attempts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_sent_as_the_file_has_it() {
    let mock = mock().await;
    let page = "<h1>Closed\n</h1>";
    for (kind, config) in [
        (
            Some("text/html; charset=utf-8"),
            json!({ "status_code": 200, "body": page, "content_type": "text/html; charset=utf-8" }),
        ),
        (None, json!({ "status_code": 200, "body": page })),
    ] {
        let served = served(&mock, &termination(config));
        for target in ["/chat", "/plain"] {
            let answer = ask(&served, target, &[]).await;
            assert_eq!((answer.status, answer.text()), (200, page));
            assert_eq!(answer.find("content-type"), kind);
            assert!(answer.header("server").starts_with("portolan/"));
            assert!(answer.find("x-kong-response-latency").is_some());
        }
    }
    assert_eq!(mock.attempts().len(), 0);
}

/// RFC 9110, 6.4.1: whatever the file says, these have no body.
#[tokio::test(flavor = "multi_thread")]
async fn some_statuses_never_have_a_body() {
    let mock = mock().await;
    for status in [204, 304] {
        for mut config in [json!({ "message": "hi" }), json!({ "body": "hi" })] {
            config["status_code"] = json!(status);
            let served = served(&mock, &termination(config));
            for target in ["/chat", "/plain"] {
                let mut client = Client::connect(served.address).await;
                client.post(target, &[("connection", "close")], CHAT).await;
                let said = client.rest().await;
                assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{said}");
                assert!(said.ends_with("\r\n\r\n"), "{said}");
            }
            for line in served.settled() {
                assert_eq!(line["response"]["status"], status);
                assert_eq!(line["response"]["complete"], true);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_lets_others_pass() {
    let mock = mock().await;
    let config = json!({ "trigger": "x-stop", "message": "Stopped" });
    let served = served(&mock, &termination(config));
    assert_eq!(ask(&served, "/chat", &[]).await.status, 200);
    let header = ask(&served, "/chat", &[("X-Stop", "")]).await;
    told_in_dialect(&header, 503, "Stopped");
    let parameter = ask(&served, "/plain?a=1&x-stop", &[]).await;
    told(&parameter, 503, "Stopped");
    assert_eq!(mock.attempts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_describes_the_request() {
    let mock = mock().await;
    let mut file = file(
        &mock,
        &termination(json!({ "echo": true, "status_code": 200, "message": "heard" })),
    );
    file["services"][0]["routes"][0]["paths"] = json!(["~/plain/(?<tail>[a-z]+)/([0-9]+)$"]);
    let served = serve(&file);
    let body = r#"{ "n":1.0e5, "a":[1] }"#;
    let answer = post(
        served.address,
        "/plain/abc/42?a=1&a=2&b",
        &[("x-two", "1"), ("x-two", "2")],
        body,
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    let echo = answer.json();
    assert_eq!(echo["message"], "heard");
    assert_eq!(echo["kong"]["worker_pid"], process::id());
    assert_eq!(echo["kong"]["node_id"].as_str().unwrap().len(), 36);
    assert!(echo["kong"]["hostname"].is_string());
    let request = &echo["request"];
    for (name, value) in [
        ("scheme", json!("http")),
        ("host", json!("gateway.test")),
        ("port", json!(served.address.port())),
        ("method", json!("POST")),
        ("path", json!("/plain/abc/42")),
        ("query", json!({ "a": ["1", "2"], "b": true })),
        ("raw_body", json!(body)),
        ("body", json!({ "n": 1.0e5, "a": [1] })),
        (
            "uri_captures",
            json!({
                "named": { "tail": "abc" },
                "unnamed": { "0": "/plain/abc/42", "1": "abc", "2": "42" },
            }),
        ),
    ] {
        assert_eq!(request[name], value, "{name}");
    }
    assert_eq!(request["headers"]["x-two"], json!(["1", "2"]));
    assert_eq!(request["headers"]["content-type"], "application/json");
    assert_eq!(echo["matched_route"]["name"], "plain");
    assert_eq!(echo["matched_service"]["name"], "plain");
    // Nothing tells where the service is.
    assert!(!answer.text().contains(&mock.addr().to_string()));

    // An AI route has no service.
    let echo = ask(&served, "/chat", &[]).await.json();
    assert_eq!(echo["request"]["raw_body"], CHAT);
    assert_eq!(echo.get("matched_service"), None);
    assert_eq!(mock.attempts().len(), 0);
}

/// A description is many times as long as what it describes: 8 KiB, as of Kong's `client_body_buffer_size`.
#[tokio::test(flavor = "multi_thread")]
async fn an_echo_leaves_long_bodies_out() {
    let mock = mock().await;
    let config = json!({ "echo": true, "status_code": 200 });
    let served = served(&mock, &termination(config));
    for (length, told) in [(8192, true), (8193, false)] {
        let body = format!("\"{}\"", "x".repeat(length - 2));
        let answer = post(served.address, "/plain", &[], &body).await;
        let request = &answer.json()["request"];
        assert_eq!(answer.status, 200);
        assert_eq!(request.get("raw_body").is_some(), told, "{length}");
        assert_eq!(request.get("body").is_some(), told, "{length}");
    }
    for (length, status) in [(8192, 200), (8193, 413)] {
        let body = "x".repeat(length);
        let mut client = Client::connect(served.address).await;
        let head =
            "POST /plain HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunks = format!("{head}{length:x}\r\n{body}\r\n0\r\n\r\n");
        client.write(chunks.as_bytes()).await;
        assert_eq!(client.answer().await.status, status);
    }
}

/// Kong's pattern to refuse whom no authentication plugin knows: `kong-core.md` 5.0.
#[tokio::test(flavor = "multi_thread")]
async fn the_anonymous_consumer_is_stopped_and_others_pass() {
    let mock = mock().await;
    for scope in ["nobody", NOBODY] {
        mock.reset();
        let plugins = json!([
            { "name": "key-auth", "config": { "anonymous": "nobody" } },
            {
                "name": "request-termination",
                "consumer": scope,
                "config": { "status_code": 401, "message": "Who are you?" },
            },
        ]);
        let served = served(&mock, &plugins);
        let text = "Who are you?";
        told_in_dialect(&ask(&served, "/chat", &[]).await, 401, text);
        told(&ask(&served, "/plain", &[]).await, 401, text);
        let wrong = ask(&served, "/chat", &[("apikey", "FAKE-other")]).await;
        told_in_dialect(&wrong, 401, text);
        assert_eq!(mock.attempts().len(), 0);
        let answer = ask(&served, "/chat", &[("apikey", KEY)]).await;
        assert_eq!(answer.status, 200);
    }
}
