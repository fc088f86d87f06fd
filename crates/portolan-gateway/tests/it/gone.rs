//! a client that goes takes its request at the provider with it, within 100 ms.

use std::time::{Duration, Instant};

use portolan_mock::{Mock, Outcome, Step};
use serde_json::{Value, json};

use crate::{
    client::{Client, request},
    harness::{PATIENCE, Served, ask, file, mock, received, scripted, serve, target},
};

const BOUND: Duration = Duration::from_millis(100);

/// Two targets and every criterion: nothing may be tried again all the same.
fn two(provider: &str, first: &Mock, second: &Mock) -> Served {
    serve(&file(json!({
        "balancer": { "failover_criteria": ["error", "timeout", "http_502", "non_idempotent"] },
        "targets": [target(provider, first), target("openai", second)],
    })))
}

/// Drops the client, and waits for the provider to see it.
async fn goes(client: Client, mock: &Mock) {
    let gone = Instant::now();
    drop(client);
    let seen = mock
        .wait_for(
            |attempts| attempts[0].outcome == Outcome::ClientGone,
            PATIENCE,
        )
        .await;
    assert!(seen, "{:?}", mock.attempts()[0].outcome);
    assert!(gone.elapsed() < BOUND, "{:?}", gone.elapsed());
    assert!(mock.attempts()[0].client_gone_after_ms.is_some());
}

fn logged(served: Served, tries: usize) -> Value {
    let line = served.line();
    assert_eq!(line["response"]["status"], 499);
    assert_eq!(line["response"]["complete"], false);
    assert_eq!(line["tries"].as_array().unwrap().len(), tries);
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn r39_before_the_head() {
    for stream in [false, true] {
        let first = scripted(Step {
            never_answer: true,
            ..Step::default()
        })
        .await;
        let second = mock().await;
        let served = two("openai", &first, &second);
        let mut client = Client::connect(served.address).await;
        client.post("/chat", &[], &ask(stream).to_string()).await;
        assert!(first.wait_for(received, PATIENCE).await);
        goes(client, &first).await;
        logged(served, 1);
        assert_eq!(second.attempts().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r39_while_a_whole_answer_is_collected() {
    for provider in ["openai", "cohere"] {
        let first = scripted(Step {
            stall_after_bytes: Some(20),
            ..Step::default()
        })
        .await;
        let second = mock().await;
        let served = two(provider, &first, &second);
        let mut client = Client::connect(served.address).await;
        client.post("/chat", &[], &ask(false).to_string()).await;
        assert!(
            first
                .wait_for(
                    |all| all.first().is_some_and(|one| one.bytes_sent == 20),
                    PATIENCE
                )
                .await
        );
        goes(client, &first).await;
        logged(served, 1);
        assert_eq!(second.attempts().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r39_while_a_stream_says_nothing_yet() {
    let first = scripted(Step {
        stall_after_bytes: Some(20),
        ..Step::default()
    })
    .await;
    let second = mock().await;
    let served = two("openai", &first, &second);
    let mut client = Client::connect(served.address).await;
    client.post("/chat", &[], &ask(true).to_string()).await;
    assert!(
        first
            .wait_for(
                |all| all.first().is_some_and(|one| one.bytes_sent == 20),
                PATIENCE
            )
            .await
    );
    goes(client, &first).await;
    logged(served, 1);
    assert_eq!(second.attempts().len(), 0);
}

/// A stream that goes on, and one that has fallen silent.
#[tokio::test(flavor = "multi_thread")]
async fn r39_while_streaming() {
    let long = "word ".repeat(2_000);
    let going_on = Step {
        text: Some(long.clone()),
        chunk_delay_ms: Some(10),
        ..Step::default()
    };
    let silent = Step {
        text: Some(long),
        stall_after_bytes: Some(2_000),
        ..Step::default()
    };
    for provider in ["openai", "cohere"] {
        for step in [going_on.clone(), silent.clone()] {
            let (first, second) = (scripted(step).await, mock().await);
            let served = two(provider, &first, &second);
            let mut client = Client::connect(served.address).await;
            client.post("/chat", &[], &ask(true).to_string()).await;
            client.seen("word").await;
            goes(client, &first).await;
            let line = logged(served, 1);
            assert!(line["response"]["size"].as_u64().unwrap() > 0);
            assert_eq!(second.attempts().len(), 0);
        }
    }
}

/// A second request sits unread behind the first: the end of the connection is noticed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn r39_with_a_pipelined_request_unread() {
    let never = Step {
        never_answer: true,
        ..Step::default()
    };
    let silent = Step {
        stall_after_bytes: Some(1_000),
        ..Step::default()
    };
    for (step, stream) in [(never, false), (silent, true)] {
        let (first, second) = (scripted(step).await, mock().await);
        let served = two("openai", &first, &second);
        let mut client = Client::connect(served.address).await;
        let one = request("POST", "/chat", &[], &ask(stream).to_string());
        client.write(one.repeat(2).as_bytes()).await;
        assert!(first.wait_for(received, PATIENCE).await);
        if stream {
            client.seen("data: ").await;
        }
        goes(client, &first).await;
        logged(served, 1);
        assert_eq!(second.attempts().len(), 0);
    }
}

/// Nobody is asked on behalf of half a request.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_while_it_sends_is_logged_and_asks_nobody() {
    let (first, second) = (mock().await, mock().await);
    let served = two("openai", &first, &second);
    let mut client = Client::connect(served.address).await;
    client
        .write(b"POST /chat HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n")
        .await;
    // Asked for its body, so the request is under way.
    client.seen("100 Continue").await;
    client.write(b"{\"messages\":").await;
    drop(client);
    logged(served, 0);
    assert_eq!(first.attempts().len() + second.attempts().len(), 0);
}
