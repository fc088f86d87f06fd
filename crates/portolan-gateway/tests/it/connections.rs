//! Connections that carry more than one request, on either side.

use portolan_mock::Step;
use serde_json::Value;

use crate::{
    client::{Client, request},
    harness::{ask, mock, serve, single, target, target_at},
    provider::{chunked, provider},
};

const STREAM: &str = "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const WHOLE: &str = r#"{"id":"chatcmpl-FAKE","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;

fn announced(body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_keeps_its_connection() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let mut client = Client::connect(served.address).await;
    for stream in [false, true, false, true] {
        client.post("/chat", &[], &ask(stream).to_string()).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.whole), (200, true));
        // A refusal of ours closes nothing either.
        client.post("/chat", &[], "{}").await;
        assert_eq!(client.answer().await.status, 400);
    }
    drop(client);
    assert_eq!(served.settled().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let mock = mock().await;
    mock.script(["one", "two", "three"].map(|text| Step {
        text: Some(text.to_owned()),
        ..Step::default()
    }));
    let served = serve(&single(target("openai", &mock)));
    let mut client = Client::connect(served.address).await;
    let asked = request("POST", "/chat", &[], &ask(false).to_string());
    client.write(asked.repeat(3).as_bytes()).await;
    for text in ["one", "two", "three"] {
        let answer = client.answer().await.json();
        assert_eq!(answer["choices"][0]["message"]["content"], text);
    }
}

/// The provider accepts one connection and no other: whole and streamed answers give it back alike.
#[tokio::test(flavor = "multi_thread")]
async fn a_providers_connection_serves_again() {
    let answers = vec![
        announced(WHOLE),
        chunked(STREAM.as_bytes(), 1 << 10),
        chunked(STREAM.as_bytes(), 7),
        announced(WHOLE),
    ];
    let url = format!("http://{}/v1/chat/completions", provider(answers).await);
    let served = serve(&single(target_at("openai", "m", &url)));
    let mut client = Client::connect(served.address).await;
    for stream in [false, true, true, false] {
        client.post("/chat", &[], &ask(stream).to_string()).await;
        let answer = client.answer().await;
        assert_eq!(
            (answer.status, answer.whole),
            (200, true),
            "{}",
            answer.text()
        );
        assert_eq!(answer.text(), if stream { STREAM } else { WHOLE });
    }
    drop(client);
    let reused: Vec<Value> = served
        .settled()
        .iter()
        .map(|line| line["tries"][0]["reused"].clone())
        .collect();
    assert_eq!(reused, [false, true, true, true]);
}
