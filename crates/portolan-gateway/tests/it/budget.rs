//! Bodies and answers in memory, against the budget of all.

use portolan_mock::Step;
use serde_json::json;

use crate::{
    client::{Answer, Client, chat, post},
    harness::{Served, ask, mock, scripted, serve_with, single, target},
};

const KIB: usize = 1024;

fn budgeted(file: &serde_json::Value, held_bytes: usize) -> Served {
    serve_with(&file.to_string(), |options| {
        options.bounds.held_bytes = held_bytes;
    })
}

/// A chat of exactly so many bytes.
fn long(bytes: usize) -> String {
    let chat = |text: &str| format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#);
    chat(&"x".repeat(bytes - chat("").len()))
}

/// RFC 9110 10.1.1: what is to be refused by its head alone is refused before its body is sent.
fn announced(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /chat HTTP/1.1\r\nhost: gateway.test\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

fn overloaded(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    // RFC 9110 10.2.3: seconds.
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_fit_is_refused_and_those_that_are_held_are_served() {
    let mock = mock().await;
    mock.script((0..3).map(|_| Step {
        text: Some("short".to_owned()),
        ..Step::default()
    }));
    let served = budgeted(&single(target("openai", &mock)), 48 * KIB);
    let body = long(40 * KIB);
    let mut first = Client::connect(served.address).await;
    first.write(announced(&body).as_bytes()).await;
    assert_eq!(first.interim().await, 100);
    // The first body has a part of the budget now, and the second does not fit into the rest.
    let mut second = Client::connect(served.address).await;
    second.write(announced(&body).as_bytes()).await;
    overloaded(&second.answer().await);
    // A small one does.
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    first.write(body.as_bytes()).await;
    assert_eq!(first.answer().await.status, 200);
    // All of it is free again.
    let third = post(served.address, "/chat", &[], &body).await;
    assert_eq!(third.status, 200, "{}", third.text());
    assert_eq!(mock.attempts().len(), 3);
}

/// One that says no length of its own is refused when it has grown too long.
#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_refused_when_it_grows_too_long() {
    let mock = mock().await;
    let served = budgeted(&single(target("openai", &mock)), 48 * KIB);
    let mut client = Client::connect(served.address).await;
    client
        .write(b"POST /chat HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\n")
        .await;
    let size = 49 * KIB;
    let piece = "x".repeat(size);
    client
        .write(format!("{size:x}\r\n{piece}\r\n").as_bytes())
        .await;
    overloaded(&client.answer().await);
    assert_eq!(mock.attempts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_fit_is_refused() {
    for content_length in [true, false] {
        let mock = scripted(Step {
            text: Some("word ".repeat(20 * KIB)),
            content_length: Some(content_length),
            ..Step::default()
        })
        .await;
        let served = budgeted(&single(target("openai", &mock)), 48 * KIB);
        overloaded(&chat(served.address, &ask(false)).await);
        assert_eq!(chat(served.address, &ask(false)).await.status, 200);
        // No other attempt was made for it.
        assert_eq!(mock.attempts().len(), 2);
        let lines = served.settled();
        assert_eq!(lines[0]["response"]["status"], json!(503));
    }
}

/// Who asks for much and reads none of it has it counted until he does.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_until_it_has_gone_out() {
    const MIB: usize = 1024 * KIB;
    let mock = mock().await;
    // More than sockets take by themselves.
    mock.script((0..2).map(|_| Step {
        text: Some("words of ".repeat(15 * MIB / 9)),
        ..Step::default()
    }));
    let served = budgeted(&single(target("openai", &mock)), 24 * MIB);
    let mut slow = Client::connect(served.address).await;
    slow.post("/chat", &[], &ask(false).to_string()).await;
    slow.seen("200 OK").await;
    overloaded(&chat(served.address, &ask(false)).await);
    let answer = slow.answer().await;
    assert_eq!((answer.status, answer.whole), (200, true));
    assert_eq!(mock.attempts().len(), 2);
}
