//! The end of a gateway: what runs may finish, nothing new begins, and it takes no longer than it may.

use std::time::{Duration, Instant};

use portolan_mock::{Outcome, Step};
use tokio::{net::TcpStream, task, time::timeout};

use crate::{
    client::{
        Client, chat,
        frames::{Http2, get},
    },
    harness::{
        PATIENCE, ask, mock, received, scripted, serve, serve_with, single, target, target_at,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_a_stream_finish_and_takes_nothing_new() {
    let text = "word ".repeat(30);
    let step = Step {
        text: Some(text.clone()),
        chunk_delay_ms: Some(20),
        ..Step::default()
    };
    let mock = scripted(step).await;
    let served = serve(&single(target("openai", &mock)));
    let address = served.address;
    let mut client = Client::connect(address).await;
    client.post("/chat", &[], &ask(true).to_string()).await;
    client.seen("word").await;
    let draining = task::spawn_blocking(move || served.line());
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            task::yield_now().await;
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
    assert_eq!(mock.attempts()[0].outcome, Outcome::Pending);
    let answer = client.answer().await;
    assert!(answer.whole);
    assert_eq!(answer.said(), text);
    assert!(client.ended().await);
    let line = draining.await.unwrap();
    assert_eq!(line["response"]["status"], 200);
    assert_eq!(line["response"]["complete"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_for_a_whole_answer() {
    let mock = scripted(Step {
        delay_ms: Some(300),
        ..Step::default()
    })
    .await;
    let served = serve(&single(target("openai", &mock)));
    let mut client = Client::connect(served.address).await;
    client.post("/chat", &[], &ask(false).to_string()).await;
    assert!(mock.wait_for(received, PATIENCE).await);
    let draining = task::spawn_blocking(move || served.line());
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.whole), (200, true));
    assert!(client.ended().await);
    assert_eq!(draining.await.unwrap()["response"]["complete"], true);
}

/// What runs on beyond the bound is cut, seen as cut by the client and cancelled at the provider.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_ends_at_its_bound() {
    let bound = Duration::from_millis(200);
    let mock = scripted(Step {
        stall_after_bytes: Some(1_000),
        ..Step::default()
    })
    .await;
    let file = single(target("openai", &mock)).to_string();
    let served = serve_with(&file, |options| options.drain = bound);
    let mut client = Client::connect(served.address).await;
    client.post("/chat", &[], &ask(true).to_string()).await;
    client.seen("data: ").await;
    let began = Instant::now();
    let line = served.line();
    assert!(began.elapsed() >= bound);
    assert!(began.elapsed() < PATIENCE / 2);
    assert!(!client.answer().await.whole);
    assert_eq!(line["response"]["complete"], false);
    let gone = |attempts: &[portolan_mock::Attempt]| attempts[0].outcome == Outcome::ClientGone;
    assert!(mock.wait_for(gone, PATIENCE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_does_not_hold_a_drain_up() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let mut used = Client::connect(served.address).await;
    used.post("/chat", &[], &ask(false).to_string()).await;
    assert_eq!(used.answer().await.status, 200);
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    let began = Instant::now();
    assert_eq!(served.settled().len(), 2);
    assert!(began.elapsed() < Duration::from_secs(2));
    assert!(used.ended().await);
}

/// The GOAWAY is followed by a question whether it was read: who has no stream open need not answer it.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_http2_client_that_does_not_answer_does_not_hold_a_drain_up() {
    let served = serve_with(
        &single(target_at("openai", "m", "http://127.0.0.1:9/")).to_string(),
        |options| {
            options.drain = Duration::from_secs(30);
        },
    );
    let mut used = Http2::connect(served.address).await;
    assert!(used.ask(1, &get("/nowhere")).await);
    used.end(1).await;
    let began = Instant::now();
    assert_eq!(served.settled().len(), 1);
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
}
