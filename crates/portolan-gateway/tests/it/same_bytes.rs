//! One request over HTTP/1.1 and HTTP/2, plain and over TLS: the same answer, byte for byte, and as early.

use std::{net::SocketAddr, sync::Arc};

use http_body_util::BodyExt;
use portolan_mock::Step;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
    time::timeout,
};

use crate::{
    client::{
        Answer,
        wires::{Ports, Wire, collect},
    },
    harness::{PATIENCE, Served, ask, mock, serve_with, single, stream_of, target, target_at},
};

const WHOLE: &str = r#"{"id":"chatcmpl-FAKE","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"né € 😀"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":4,"total_tokens":6}}"#;
const FIRST: &str = "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"né\"},\"finish_reason\":null}]}\n\n";
const LAST: &str = "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" 😀\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// RFC 9110 7.6.1: of the connection, not of the answer.
const OF_THE_CONNECTION: [&str; 3] = ["connection", "keep-alive", "transfer-encoding"];
/// Kong's, the provider's, and the time.
const OF_THE_REQUEST: [&str; 6] = [
    "x-request-id",
    "date",
    "x-kong-request-id",
    "x-kong-upstream-latency",
    "x-kong-proxy-latency",
    "x-kong-response-latency",
];

fn serve_both(file: &serde_json::Value) -> (Served, Ports) {
    let served = serve_with(&file.to_string(), |options| {
        options.listen = Ports::listeners();
    });
    let ports = Ports::of(&served.gateway);
    (served, ports)
}

/// What two answers to one request share: status, headers with those values that may differ left out, body.
fn shared(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    assert!(answer.whole);
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = if OF_THE_REQUEST.contains(&name.as_str()) {
                ""
            } else {
                value
            };
            (name.clone(), value.to_owned())
        })
        .collect();
    headers.sort();
    let id = answer.header("x-kong-request-id");
    (answer.status, headers, answer.text().replace(id, "ID"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_the_same_on_every_wire() {
    let mock = mock().await;
    let mut file = single(target("openai", &mock));
    let ended = json!([{
        "name": "request-termination",
        "config": { "status_code": 418, "message": "fine" },
    }]);
    let routes = file["routes"].as_array_mut().unwrap();
    routes.push(json!({ "name": "ended", "paths": ["/ended"], "plugins": ended }));
    let (_served, ports) = serve_both(&file);
    let (whole, streamed) = (ask(false).to_string(), ask(true).to_string());
    let json = || Step {
        body: Some(WHOLE.to_owned()),
        ..Step::default()
    };
    let refusing = || Step {
        status: Some(400),
        ..Step::default()
    };
    let streaming = || stream_of(&format!("{FIRST}{LAST}"));
    type Scripted<'s> = (&'s str, &'s str, &'s str, Option<&'s dyn Fn() -> Step>, u16);
    let cases: [Scripted<'_>; 9] = [
        ("POST", "/chat", &whole, Some(&json), 200),
        ("POST", "/chat", &streamed, Some(&streaming), 200),
        ("POST", "/chat", &whole, Some(&refusing), 400),
        ("POST", "/chat", "{}", None, 400),
        ("POST", "/chat", "no JSON", None, 400),
        ("GET", "/nowhere?a=b", "", None, 404),
        ("POST", "/ended", &whole, None, 418),
        ("HEAD", "/ended", "", None, 418),
        ("HEAD", "/nowhere", "", None, 404),
    ];
    for (method, path, body, step, status) in cases {
        let mut answers = Vec::new();
        for wire in Wire::ALL {
            mock.script(step.map(|step| step()));
            let answer = wire.ask(ports, (method, path), body).await;
            assert_eq!(answer.status, status, "{wire:?}: {answer:?}");
            answers.push((wire, shared(&answer)));
        }
        let (_, first) = &answers[0];
        for (wire, answer) in &answers[1..] {
            assert_eq!(answer, first, "{method} {path} over {wire:?}");
        }
    }
}

/// A provider of one stream: its first event, then, when it is let, the rest.
async fn gated(rest: Arc<Notify>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"}") {
            assert_ne!(socket.read_buf(&mut asked).await.unwrap(), 0);
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
        let first = format!("{head}{}", chunk(FIRST));
        socket.write_all(first.as_bytes()).await.unwrap();
        rest.notified().await;
        let last = format!("{}0\r\n\r\n", chunk(LAST));
        socket.write_all(last.as_bytes()).await.unwrap();
        // Until the gateway closes it.
        let _ = socket.read(&mut [0]).await;
    });
    address
}

/// Kong buffers a stream over HTTP/2 whole; here each event goes out as it comes.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_before_the_next_is_sent() {
    for wire in Wire::ALL {
        let rest = Arc::new(Notify::new());
        let url = format!(
            "http://{}/v1/chat/completions",
            gated(Arc::clone(&rest)).await
        );
        let (_served, ports) = serve_both(&single(target_at("openai", "gpt-4o-mini", &url)));
        let asked = ask(true).to_string();
        let mut response = wire.call(ports, ("POST", "/chat"), &asked).await;
        let mut said = Vec::new();
        while said.len() < FIRST.len() {
            let frame = timeout(PATIENCE, response.body_mut().frame()).await;
            let frame = frame.expect("the first event").unwrap().unwrap();
            said.extend_from_slice(frame.data_ref().unwrap());
        }
        assert_eq!(str::from_utf8(&said).unwrap(), FIRST, "{wire:?}");
        rest.notify_one();
        let answer = collect(response).await;
        assert!(answer.whole);
        assert_eq!(answer.text(), LAST, "{wire:?}");
    }
}

/// A stream that is cut looks cut on every wire.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stream_is_no_whole_one_on_any_wire() {
    let mock = mock().await;
    let (_served, ports) = serve_both(&single(target("openai", &mock)));
    for wire in Wire::ALL {
        mock.script([Step {
            cut_after_bytes: Some(1_000),
            text: Some("word ".repeat(100)),
            ..Step::default()
        }]);
        let answer = wire
            .ask(ports, ("POST", "/chat"), &ask(true).to_string())
            .await;
        assert_eq!(answer.status, 200);
        assert!(!answer.whole, "{wire:?}: {}", answer.text());
    }
}

/// Over HTTP/2 a stream that its client resets ends the provider's, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_is_noticed_on_every_wire() {
    let mock = mock().await;
    let (_served, ports) = serve_both(&single(target("openai", &mock)));
    for (index, wire) in Wire::ALL.into_iter().enumerate() {
        mock.script([Step {
            stall_after_bytes: Some(1_000),
            text: Some("word ".repeat(100)),
            ..Step::default()
        }]);
        let asked = ask(true).to_string();
        let mut response = wire.call(ports, ("POST", "/chat"), &asked).await;
        let frame = timeout(PATIENCE, response.body_mut().frame()).await;
        assert!(frame.expect("the first event").unwrap().is_ok());
        drop(response);
        let gone = |attempts: &[portolan_mock::Attempt]| {
            attempts[index].outcome == portolan_mock::Outcome::ClientGone
        };
        assert!(mock.wait_for(gone, PATIENCE).await, "{wire:?}");
    }
}
