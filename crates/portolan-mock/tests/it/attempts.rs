use http::Method;
use portolan_mock::Outcome;
use serde_json::json;
use tokio::net::TcpStream;

use crate::client::{PATIENCE, get, mock, over_http2, post, request};

#[tokio::test]
async fn a_request_is_kept_as_it_came() {
    let mock = mock().await;
    let body = json!({ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "hi" }] });
    let headers = [("x-twice", "one"), ("x-twice", "two")];
    let answer = post(&mock, "/v1/chat/completions?a=1", &headers, &body).await;
    let completed = |attempts: &[portolan_mock::Attempt]| {
        attempts
            .iter()
            .any(|attempt| attempt.outcome == Outcome::Completed)
    };
    assert!(mock.wait_for(completed, PATIENCE).await);
    let attempt = &mock.attempts()[0];
    assert_eq!((attempt.seq, attempt.method.as_str()), (0, "POST"));
    assert_eq!(attempt.path, "/v1/chat/completions");
    assert_eq!(attempt.query.as_deref(), Some("a=1"));
    assert_eq!(attempt.host.as_deref(), Some("api.openai.com"));
    assert_eq!(attempt.http_version, "HTTP/1.1");
    assert_eq!(attempt.headers["x-twice"], "one, two");
    assert_eq!(attempt.body, body.to_string());
    assert_eq!(attempt.bytes_sent, answer.body.len() as u64);
    assert_eq!(attempt.client_gone_after_ms, None);
}

#[tokio::test]
async fn http2_is_served_in_plain_too() {
    let mock = mock().await;
    let io = TcpStream::connect(mock.addr()).await.unwrap();
    let body = json!({
        "model": "mistral-small-latest",
        "stream": true,
        "messages": [{ "role": "user", "content": "hi" }],
    });
    let uri = "http://api.mistral.ai/v1/chat/completions";
    let request = request(
        Method::POST,
        uri,
        &[("host", "api.mistral.ai")],
        &body.to_string(),
    );
    let answer = over_http2(io, request).await;
    assert!(answer.whole);
    let chunks = answer.data();
    assert_eq!(chunks[0]["model"], "mistral-small-latest");
    let attempt = &mock.attempts()[0];
    assert_eq!(attempt.http_version, "HTTP/2.0");
    assert_eq!(attempt.host.as_deref(), Some("api.mistral.ai"));
}

#[tokio::test]
async fn the_mock_is_steered_over_http() {
    let mock = mock().await;
    assert_eq!(get(&mock, "/_mock/health").await.status, 200);
    let steps = json!([{ "status": 503, "headers": { "x-a": "b" } }, { "text": "Well" }]);
    let queued = post(&mock, "/_mock/script", &[], &steps).await;
    assert_eq!(queued.json(), json!({ "queued": 2 }));
    let unknown = json!([{ "statsu": 503 }]);
    let refused = post(&mock, "/_mock/script", &[], &unknown).await;
    assert_eq!(refused.status, 400);

    let chat = json!({ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "hi" }] });
    let first = post(&mock, "/v1/chat/completions", &[], &chat).await;
    assert_eq!((first.status, first.header("x-a")), (503, "b"));
    let second = post(&mock, "/v1/chat/completions", &[], &chat).await;
    let text = &second.json()["choices"][0]["message"]["content"];
    assert_eq!(text, "Well");

    let attempts = get(&mock, "/_mock/attempts").await.json();
    assert_eq!(attempts.as_array().unwrap().len(), 2);
    assert_eq!(attempts[1]["outcome"], "completed");
    let counters = get(&mock, "/_mock/counters").await.json();
    assert_eq!(counters["requests"], 2);
    assert_eq!(counters["completion_tokens"], 1);
    post(&mock, "/_mock/reset", &[], &json!({})).await;
    assert_eq!(get(&mock, "/_mock/attempts").await.json(), json!([]));
}

#[tokio::test]
async fn a_stopped_mock_refuses_connections() {
    let mock = mock().await;
    let addr = mock.addr();
    mock.stop().await;
    let error = TcpStream::connect(addr).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
