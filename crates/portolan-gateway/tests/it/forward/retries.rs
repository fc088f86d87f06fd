//! Tries after the first, the targets of an upstream, and what the client is told when none served: `kong-core.md` 3.4
//! and 8.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{
    ask, at, balanced, before, file, get,
    service::{named, nobody, ok, service},
    sized,
};
use crate::{
    client::Answer,
    harness::{READ_TIMEOUT, serve},
};

/// Hangs up on its first connections, after it has read what came.
async fn failing(times: usize) -> std::net::SocketAddr {
    service(move |number, mut peer| async move {
        let request = peer.request().await;
        if number >= times {
            let body = request
                .unwrap()
                .split_once("\r\n\r\n")
                .unwrap()
                .1
                .to_owned();
            peer.write(&ok(&format!("{number} {body}"))).await;
        }
    })
    .await
}

/// Kong's body, as a client that takes JSON gets it.
fn told(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.json()["message"], message);
}

fn json_get() -> String {
    "GET / HTTP/1.1\r\nhost: gateway.test\r\naccept: application/json\r\n\r\n".to_owned()
}

const INVALID: &str = "An invalid response was received from the upstream server";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_may_be_repeated_is_tried_again() {
    let served = before(failing(2).await);
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.status, answer.text()), (200, "2 "));
    let line = served.line();
    let tries = line["tries"].as_array().unwrap();
    assert_eq!(tries.len(), 3, "{line}");
    // The body goes again from its beginning, held or streamed.
    for buffered in [true, false] {
        let file = file(
            at(failing(1).await),
            json!({ "request_buffering": buffered }),
        );
        let served = serve(&file);
        let answer = ask(served.address, &sized("PUT", "hello")).await;
        assert_eq!((answer.status, answer.text()), (200, "1 hello"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_counted() {
    for (retries, expected) in [(0, 502), (1, 502), (2, 200)] {
        let mut service = at(failing(2).await);
        service["retries"] = json!(retries);
        let served = serve(&file(service, json!({})));
        assert_eq!(ask(served.address, &get("/")).await.status, expected);
        let line = served.line();
        assert_eq!(line["tries"].as_array().unwrap().len(), retries + 1);
    }
}

/// nginx's rule for what is not idempotent.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_repeated_is_not_sent_twice() {
    for method in ["POST", "PATCH", "LOCK"] {
        let served = before(failing(1).await);
        let answer = ask(served.address, &sized(method, "hello")).await;
        assert_eq!(answer.status, 502, "{method}");
        assert!(answer.header("via").starts_with("1.1 portolan/"));
        assert_eq!(served.line()["tries"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_told_and_not_tried_again() {
    let address = service(|_, mut peer| async move {
        peer.request().await;
        peer.write("220 mail.test ESMTP\r\n\r\n").await;
    })
    .await;
    let served = before(address);
    told(&ask(served.address, &json_get()).await, 502, INVALID);
    assert_eq!(served.line()["tries"].as_array().unwrap().len(), 1);
}

/// Nothing was sent: a POST goes to the next, too.
#[tokio::test(flavor = "multi_thread")]
async fn another_target_is_asked_where_one_refuses() {
    let (live, asked) = named("live").await;
    let served = serve(&balanced(&[(nobody().await, 1000), (live, 1)]));
    for _ in 0..4 {
        let answer = ask(served.address, &sized("POST", "hello")).await;
        assert_eq!((answer.status, answer.text()), (200, "live"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

/// `kong-core.md` 8.1: weights are shares.
#[tokio::test(flavor = "multi_thread")]
async fn targets_are_asked_by_their_weights() {
    let (heavy, asked) = named("heavy").await;
    let (light, seldom) = named("light").await;
    let served = serve(&balanced(&[(heavy, 300), (light, 100)]));
    for _ in 0..8 {
        assert_eq!(ask(served.address, &get("/")).await.status, 200);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 6);
    assert_eq!(seldom.load(Ordering::SeqCst), 2);
}

/// `kong-core.md` 3.4.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_told_in_kongs_words() {
    let served = before(nobody().await);
    let answer = ask(served.address, &json_get()).await;
    told(&answer, 502, INVALID);
    assert!(!answer.text().contains("127.0.0.1"));
    assert!(answer.find("x-kong-upstream-latency").is_some());

    let silent = service(|_, mut peer| async move {
        peer.request().await;
        peer.until("never").await;
    });
    let mut quick = at(silent.await);
    quick["read_timeout"] = json!(READ_TIMEOUT);
    quick["retries"] = json!(1);
    let served = serve(&file(quick, json!({})));
    let answer = ask(served.address, &json_get()).await;
    told(&answer, 504, "The upstream server is timing out");
    assert_eq!(served.line()["tries"].as_array().unwrap().len(), 2);

    let served = serve(&file(json!({ "host": "nowhere.invalid" }), json!({})));
    let answer = ask(served.address, &json_get()).await;
    told(&answer, 503, "name resolution failed");
    // The service was never called.
    assert_eq!(answer.find("via"), None);

    for weights in [&[][..], &[(nobody().await, 0)]] {
        let served = serve(&balanced(weights));
        let answer = ask(served.address, &json_get()).await;
        let message = "failure to get a peer from the ring-balancer";
        told(&answer, 503, message);
        assert_eq!(answer.find("via"), None);
    }

    let routes: Value = json!([{ "name": "bare", "paths": ["/"] }]);
    let served = serve(&json!({ "_format_version": "3.0", "routes": routes }));
    let answer = ask(served.address, &json_get()).await;
    told(&answer, 503, "no Service found with those values");
}
