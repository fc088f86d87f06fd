//! `request-size-limiting` and `ip-restriction`.

use serde_json::{Value, json};

use super::{CHAT, ask, file, refused, refused_in_dialect, served};
use crate::{
    client::{Answer, Client, post},
    harness::{Served, mock, serve},
};

const OVER: &str = "Request size limit exceeded";

fn limited(bytes: usize) -> Value {
    json!([{
        "name": "request-size-limiting",
        "config": { "allowed_payload_size": bytes, "size_unit": "bytes" },
    }])
}

async fn raw(served: &Served, target: &str, fields: &str, body: &str) -> Answer {
    let mut client = Client::connect(served.address).await;
    let head = format!("POST {target} HTTP/1.1\r\nhost: gateway.test\r\n{fields}\r\n");
    client.write(format!("{head}{body}").as_bytes()).await;
    client.answer().await
}

fn chunked(body: &str) -> String {
    let (one, two) = body.split_at(body.len() / 2);
    let (first, second) = (one.len(), two.len());
    format!("{first:x}\r\n{one}\r\n{second:x}\r\n{two}\r\n0\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_be_so_long_and_no_longer() {
    let mock = mock().await;
    let served = served(&mock, &limited(CHAT.len()));
    let longer = format!("{CHAT} ");
    for target in ["/chat", "/plain"] {
        mock.reset();
        assert_eq!(ask(&served, target, &[]).await.status, 200);
        let coding = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
        let answer = raw(&served, target, coding, &chunked(CHAT)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let attempts = mock.attempts();
        assert_eq!(attempts.len(), 2);
        assert_eq!(attempts[1].body, CHAT);

        let announced = post(served.address, target, &[], &longer).await;
        let measured = raw(&served, target, coding, &chunked(&longer)).await;
        for answer in [announced, measured] {
            match target {
                "/chat" => refused_in_dialect(&answer, 413, OVER),
                _ => refused(&answer, 413, OVER),
            }
        }
        assert_eq!(mock.attempts().len(), 2);
    }
}

/// The client that waits for leave is told, and never sends the body.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_leave_is_refused_with_417() {
    let mock = mock().await;
    let served = served(&mock, &limited(10));
    let fields = "content-length: 11\r\nexpect: 100-continue\r\n";
    let answer = raw(&served, "/plain", fields, "").await;
    refused(&answer, 417, OVER);
    assert_eq!(mock.attempts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_may_be_required() {
    let mock = mock().await;
    let mut plugins = limited(CHAT.len());
    plugins[0]["config"]["require_content_length"] = json!(true);
    let served = served(&mock, &plugins);
    let text = "A valid Content-Length header is required";
    refused(&raw(&served, "/plain", "", "").await, 411, text);
    refused_in_dialect(&raw(&served, "/chat", "", "").await, 411, text);
    assert_eq!(mock.attempts().len(), 0);
    let coding = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
    let answer = raw(&served, "/plain", coding, &chunked(CHAT)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// 1 kilobyte is 1,024 bytes, 1 megabyte 1,048,576.
#[tokio::test(flavor = "multi_thread")]
async fn units_are_powers_of_two() {
    let mock = mock().await;
    for (unit, bytes) in [("kilobytes", 1024), ("megabytes", 1_048_576)] {
        let mut plugins = limited(1);
        plugins[0]["config"]["size_unit"] = json!(unit);
        let served = served(&mock, &plugins);
        let body = " ".repeat(bytes);
        let answer = post(served.address, "/plain", &[], &body).await;
        assert_ne!(answer.status, 413, "{unit}");
        let length = format!("content-length: {}\r\n", bytes + 1);
        refused(&raw(&served, "/plain", &length, "").await, 413, OVER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_wanted_is_told_so() {
    let mock = mock().await;
    for (config, expected) in [
        (
            json!({ "deny": ["127.0.0.0/8"] }),
            Some((403, "IP address not allowed: 127.0.0.1")),
        ),
        (
            json!({ "allow": ["192.0.2.0/24"], "status": 404, "message": "Not here" }),
            Some((404, "Not here")),
        ),
        (json!({ "allow": ["127.0.0.1"] }), None),
    ] {
        mock.reset();
        let plugins = json!([{ "name": "ip-restriction", "config": config }]);
        let served = serve(&file(&mock, &plugins));
        let (chat, plain) = (
            ask(&served, "/chat", &[]).await,
            ask(&served, "/plain", &[]).await,
        );
        match expected {
            Some((status, text)) => {
                refused_in_dialect(&chat, status, text);
                refused(&plain, status, text);
                assert_eq!(mock.attempts().len(), 0);
            }
            None => assert_eq!((chat.status, plain.status), (200, 200)),
        }
    }
}
