use std::{collections::BTreeMap, io, time::Instant};

use http::Method;
use portolan_mock::{Outcome, Step};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::client::{PATIENCE, chat, over_http2, post, raw, request, scripted, send};

const STREAM: &str = "data: 1\n\ndata: 2\n\ndata: 3\n\n";

/// A step whose stream is [`STREAM`].
fn stream() -> Step {
    let kind = ("content-type".to_owned(), "text/event-stream".to_owned());
    Step {
        body: Some(STREAM.to_owned()),
        headers: BTreeMap::from([kind]),
        ..Step::default()
    }
}

fn hi(stream: bool) -> Value {
    json!({
        "model": "gpt-4o-mini",
        "stream": stream,
        "messages": [{ "role": "user", "content": "hi" }],
    })
}

#[tokio::test]
async fn a_cut_ends_the_connection_without_the_last_chunk() {
    for cut in [0, 1, 12, 26, 27] {
        let mock = scripted(Step {
            cut_after_bytes: Some(cut),
            ..stream()
        })
        .await;
        let raw = raw(mock.addr(), "{}").await;
        assert!(raw.head.starts_with("HTTP/1.1 200"), "{cut}: {}", raw.head);
        raw.end.as_ref().unwrap();
        let expected = &STREAM[..usize::try_from(cut).unwrap()];
        assert_eq!(raw.unchunked(), (expected.to_owned(), false));
        let attempt = &mock.attempts()[0];
        assert_eq!(attempt.outcome, Outcome::Cut);
        assert_eq!(attempt.bytes_sent, cut);
    }
}

#[tokio::test]
async fn a_cut_of_an_announced_body_leaves_it_short() {
    let mock = scripted(Step {
        body: Some("0123456789".to_owned()),
        cut_after_bytes: Some(4),
        ..Step::default()
    })
    .await;
    let raw = raw(mock.addr(), "{}").await;
    assert!(raw.head.contains("content-length: 10\r\n"), "{}", raw.head);
    raw.end.unwrap();
    assert_eq!(raw.body, b"0123");
}

#[tokio::test]
async fn a_reset_comes_after_the_bytes() {
    let mock = scripted(Step {
        reset_after_bytes: Some(12),
        ..stream()
    })
    .await;
    let raw = raw(mock.addr(), "{}").await;
    let error = raw.end.as_ref().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(raw.unchunked(), (STREAM[..12].to_owned(), false));
    assert_eq!(mock.attempts()[0].outcome, Outcome::Reset);
}

#[tokio::test]
async fn over_http2_a_cut_resets_the_stream_after_the_bytes() {
    for step in [
        Step {
            cut_after_bytes: Some(12),
            ..stream()
        },
        Step {
            reset_after_bytes: Some(12),
            ..stream()
        },
    ] {
        let mock = scripted(step).await;
        let io = TcpStream::connect(mock.addr()).await.unwrap();
        let uri = "http://api.openai.com/v1/chat/completions";
        let answer = over_http2(io, request(Method::POST, uri, &[], "{}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, STREAM[..12]);
        assert!(!answer.whole);
    }
}

#[tokio::test]
async fn before_the_head_a_connection_is_closed_or_reset() {
    let mock = scripted(Step {
        close_before_headers: true,
        ..Step::default()
    })
    .await;
    mock.script([Step {
        reset_before_headers: true,
        ..Step::default()
    }]);
    let closed = raw(mock.addr(), "{}").await;
    closed.end.unwrap();
    assert_eq!((closed.head.as_str(), closed.body.len()), ("", 0));
    let reset = raw(mock.addr(), "{}").await;
    assert_eq!(
        reset.end.unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
    assert_eq!(reset.body.len(), 0);
    let outcomes: Vec<_> = mock
        .attempts()
        .iter()
        .map(|attempt| attempt.outcome)
        .collect();
    assert_eq!(outcomes, [Outcome::Cut, Outcome::Reset]);
}

#[tokio::test]
async fn a_stall_lasts_until_the_client_goes() {
    let mock = scripted(Step {
        stall_after_bytes: Some(9),
        ..stream()
    })
    .await;
    let mut client = send(mock.addr(), "{}").await;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"data: 1\n\n\r\n") {
        assert_ne!(client.read_buf(&mut bytes).await.unwrap(), 0);
    }
    assert_eq!(mock.attempts()[0].outcome, Outcome::Pending);
    let gone = Instant::now();
    drop(client);
    let seen = mock
        .wait_for(
            |attempts| attempts[0].outcome == Outcome::ClientGone,
            PATIENCE,
        )
        .await;
    assert!(seen);
    assert!(gone.elapsed().as_millis() < 1_000);
    let attempt = &mock.attempts()[0];
    assert_eq!(attempt.bytes_sent, 9);
    assert!(attempt.client_gone_after_ms.is_some());
}

#[tokio::test]
async fn a_request_may_go_unanswered() {
    let mock = scripted(Step {
        never_answer: true,
        ..Step::default()
    })
    .await;
    let client = send(mock.addr(), "{\"model\":1}").await;
    let read = |attempts: &[portolan_mock::Attempt]| {
        attempts
            .first()
            .is_some_and(|attempt| !attempt.body.is_empty())
    };
    assert!(mock.wait_for(read, PATIENCE).await);
    assert_eq!(mock.attempts()[0].outcome, Outcome::Pending);
    drop(client);
    let gone = |attempts: &[portolan_mock::Attempt]| attempts[0].outcome == Outcome::ClientGone;
    assert!(mock.wait_for(gone, PATIENCE).await);
}

#[tokio::test]
async fn a_stream_may_lack_its_end() {
    for (path, end) in [
        ("/v1/chat/completions", "[DONE]"),
        ("/v2/chat", "message-end"),
    ] {
        let mock = scripted(Step {
            no_terminator: true,
            ..Step::default()
        })
        .await;
        let answer = post(&mock, path, &[], &hi(true)).await;
        assert!(answer.whole);
        assert!(!answer.body.contains(end), "{}", answer.body);
        let answer = post(&mock, path, &[], &hi(true)).await;
        assert!(answer.body.contains(end), "{}", answer.body);
    }
}

#[tokio::test]
async fn an_error_may_come_in_mid_stream() {
    let step = Step {
        error_event_at: Some(2),
        ..Step::default()
    };
    let mock = scripted(step.clone()).await;
    mock.script([step]);
    let openai = chat(&mock, &hi(true)).await.data();
    assert_eq!(openai.len(), 3);
    assert_eq!(openai[2]["error"]["type"], "server_error");
    let cohere = post(&mock, "/v2/chat", &[], &hi(true)).await.data();
    assert_eq!(cohere.len(), 3);
    assert_eq!(cohere[2]["type"], "message-end");
    assert_eq!(cohere[2]["delta"]["finish_reason"], "ERROR");
}

#[tokio::test]
async fn a_status_comes_with_the_providers_error() {
    let step = Step {
        status: Some(429),
        headers: BTreeMap::from([("retry-after".to_owned(), "3".to_owned())]),
        delay_ms: Some(20),
        ..Step::default()
    };
    let mock = scripted(step.clone()).await;
    mock.script([step]);
    let asked = Instant::now();
    let openai = chat(&mock, &hi(true)).await;
    assert!(asked.elapsed().as_millis() >= 20);
    assert_eq!((openai.status, openai.header("retry-after")), (429, "3"));
    assert_eq!(openai.json()["error"]["code"], "rate_limit_exceeded");
    let cohere = post(&mock, "/v2/chat", &[], &hi(true)).await;
    assert!(cohere.json()["message"].is_string());
    assert_eq!(mock.attempts()[1].outcome, Outcome::Completed);
}

#[tokio::test]
async fn the_script_says_how_a_body_is_framed_and_paced() {
    let mock = scripted(Step {
        content_length: Some(false),
        ..Step::default()
    })
    .await;
    mock.script([
        Step {
            content_length: Some(true),
            pad_events: Some(30),
            ..Step::default()
        },
        Step {
            chunk_delay_ms: Some(10),
            ..stream()
        },
        Step {
            chunk_delay_ms: Some(10_000),
            chunks_per_write: Some(0),
            ..stream()
        },
        Step {
            status: Some(99),
            ..Step::default()
        },
    ]);
    let chunked = chat(&mock, &hi(false)).await;
    assert_eq!(chunked.header("transfer-encoding"), "chunked");
    let announced = chat(&mock, &hi(true)).await;
    let length = announced.body.len().to_string();
    assert_eq!(announced.header("content-length"), length);
    // The role, three words, the finish, the end.
    assert_eq!(
        announced.lines(": ------------------------------").count(),
        6
    );
    let asked = Instant::now();
    assert_eq!(chat(&mock, &hi(true)).await.body, STREAM);
    assert!(asked.elapsed().as_millis() >= 20);
    assert_eq!(chat(&mock, &hi(true)).await.body, STREAM);
    assert!(asked.elapsed().as_secs() < 10);
    assert_eq!(chat(&mock, &hi(false)).await.status, 500);
}
