//! What a provider gets of a client's request.

use portolan_mock::Attempt;
use serde_json::{Value, json};

use crate::{
    client::{Answer, post},
    harness::{KEY, body, mock, serve, single, target},
};

const CLIENTS: &str = "Bearer FAKE-client-key";

/// `change`: of the target. Gives the answer, and what the provider got.
async fn sent(
    provider: &str,
    change: impl FnOnce(&mut Value),
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (Answer, Attempt) {
    let mock = mock().await;
    let mut target = target(provider, &mock);
    change(&mut target);
    let served = serve(&single(target));
    let answer = post(served.address, path, headers, body).await;
    (answer, mock.attempts().remove(0))
}

/// A request as no serialiser of ours would write it.
const ODD: &str = "\r\n{ \"temperature\" :1.0,\"messages\": [ {\"role\":\"user\",\n\t\"content\":[{\"type\":\"text\",\"text\":\"caf\\u00e9 \\ud83d\\ude00 é \\/ \\u0000\"}]} ],\"seed\":12345678901234567890, \"user\":null,\"metadata\":{\"deep\":[[[{\"a\":{}}]]],\"model\":\"mine\"} }\n ";

#[tokio::test(flavor = "multi_thread")]
async fn a_splice_changes_the_model_and_no_other_byte() {
    for model in [r#","model":null"#, r#", "mod\u0065l" : "gpt-4o-mini""#, ""] {
        let request = ODD.replacen(",\"seed\"", &format!("{model},\"seed\""), 1);
        let (answer, attempt) = sent("openai", |_| {}, "/chat", &[], &request).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        let mut expected: Value = serde_json::from_str(&request).unwrap();
        expected["model"] = json!("gpt-4o-mini");
        let found: Value = serde_json::from_str(&attempt.body).unwrap();
        assert_eq!(found, expected, "{model}");
        // Not merely equal: the same bytes, white space and escapes included.
        let kept = ODD.split_once(",\"seed\"").unwrap();
        assert!(attempt.body.starts_with(kept.0), "{}", attempt.body);
        assert!(
            attempt
                .body
                .contains(kept.1.trim_end().trim_end_matches('}')),
            "{}",
            attempt.body
        );
        assert_eq!(
            attempt.headers["content-length"],
            attempt.body.len().to_string()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_asked_for_its_usage_and_keeps_its_options() {
    for (options, expected) in [
        ("", json!({ "include_usage": true })),
        (
            r#","stream_options":null"#,
            json!({ "include_usage": true }),
        ),
        (r#","stream_options":{}"#, json!({ "include_usage": true })),
        (
            r#","stream_options":{"include_usage":false,"include_obfuscation":false}"#,
            json!({ "include_usage": true, "include_obfuscation": false }),
        ),
        (
            r#","stream_options":{"include_usage":true}"#,
            json!({ "include_usage": true }),
        ),
    ] {
        let request =
            format!(r#"{{"stream":true,"messages":[{{"role":"user","content":"hi"}}]{options}}}"#);
        let (answer, attempt) = sent("openai", |_| {}, "/chat", &[], &request).await;
        assert_eq!(answer.status, 200);
        let found: Value = serde_json::from_str(&attempt.body).unwrap();
        let expected = json!({
            "stream": true,
            "messages": [{ "role": "user", "content": "hi" }],
            "stream_options": expected,
            "model": "gpt-4o-mini",
        });
        assert_eq!(found, expected, "{options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_fill_in_what_the_client_left_out() {
    let options = |target: &mut Value| {
        target["model"]["options"]["max_tokens"] = json!(256);
        target["model"]["options"]["temperature"] = json!(0.5);
        target["model"]["options"]["top_p"] = json!(0.9);
    };
    let request = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
    let (_, attempt) = sent("openai", options, "/chat", &[], request).await;
    let found: Value = serde_json::from_str(&attempt.body).unwrap();
    let expected = json!({
        "messages": [{ "role": "user", "content": "hi" }],
        "model": "gpt-4o-mini",
        "max_tokens": 256,
        "temperature": 0.5,
        "top_p": 0.9,
    });
    assert_eq!(found, expected);
    // Cohere calls one of them otherwise.
    let (_, attempt) = sent("cohere", options, "/chat", &[], request).await;
    let found: Value = serde_json::from_str(&attempt.body).unwrap();
    let sampling = (&found["max_tokens"], &found["temperature"], &found["p"]);
    assert_eq!(sampling, (&json!(256), &json!(0.5), &json!(0.9)));
}

/// Named, not dropped in silence.
#[tokio::test(flavor = "multi_thread")]
async fn fields_that_a_target_has_no_word_for_are_named() {
    let request = r#"{"top_k":5,"seed":7,"messages":[{"role":"user","content":"hi"}]}"#;
    let (answer, attempt) = sent("openai", |_| {}, "/chat", &[], request).await;
    assert_eq!(answer.header("x-portolan-dropped"), "top_k");
    assert!(!attempt.body.contains("top_k"));
    let (answer, attempt) = sent("mistral", |_| {}, "/chat", &[], request).await;
    assert_eq!(
        (answer.status, answer.header("x-portolan-dropped")),
        (200, "top_k")
    );
    // Mistral's own name for it.
    let found: Value = serde_json::from_str(&attempt.body).unwrap();
    assert_eq!(
        (&found["random_seed"], &found["seed"]),
        (&json!(7), &Value::Null)
    );
    // Cohere knows both, and no `user`.
    let request = r#"{"top_k":5,"seed":7,"user":"u1","messages":[{"role":"user","content":"hi"}]}"#;
    let (answer, attempt) = sent("cohere", |_| {}, "/chat", &[], request).await;
    assert_eq!(answer.header("x-portolan-dropped"), "user");
    let found: Value = serde_json::from_str(&attempt.body).unwrap();
    assert_eq!((&found["k"], &found["seed"]), (&json!(5), &json!(7)));
    // Nothing is said where nothing was left out.
    let plain = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
    let (answer, _) = sent("openai", |_| {}, "/chat", &[], plain).await;
    assert_eq!(answer.find("x-portolan-dropped"), None);
}

const PLAIN: &str = r#"{"messages":[{"role":"user","content":"hi"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_targets_credential_replaces_the_clients() {
    let headers = [
        ("authorization", CLIENTS),
        ("api-key", "FAKE-client-key"),
        ("x-api-key", "FAKE-client-key"),
        ("x-goog-api-key", "FAKE-client-key"),
        ("cookie", "session=FAKE-client-key"),
    ];
    for provider in ["openai", "mistral", "cohere"] {
        let (answer, attempt) = sent(provider, |_| {}, "/chat", &headers, PLAIN).await;
        assert_eq!(answer.status, 200);
        assert_eq!(attempt.headers["authorization"], KEY, "{provider}");
        let clients = attempt
            .headers
            .values()
            .filter(|value| value.contains("client-key"));
        assert_eq!(clients.count(), 0, "{provider}: {:?}", attempt.headers);
    }
}

/// Kong's `ai-proxy` without `auth` passes the client's own key on.
#[tokio::test(flavor = "multi_thread")]
async fn without_auth_the_clients_credential_goes_on() {
    let bare = |target: &mut Value| {
        target.as_object_mut().unwrap().remove("auth");
    };
    let (_, attempt) = sent(
        "openai",
        bare,
        "/chat",
        &[("authorization", CLIENTS)],
        PLAIN,
    )
    .await;
    assert_eq!(attempt.headers["authorization"], CLIENTS);
}

/// RFC 9110 7.6.1, and what is made anew.
#[tokio::test(flavor = "multi_thread")]
async fn only_headers_of_the_message_go_on() {
    let headers = [
        ("connection", "keep-alive, x-mine"),
        ("x-mine", "1"),
        ("te", "trailers"),
        ("keep-alive", "timeout=5"),
        ("proxy-authorization", "Basic FAKE"),
        ("accept-encoding", "gzip, br"),
        ("x-kong-request-id", "ffffffffffffffffffffffffffffffff"),
        ("openai-organization", "org-FAKE"),
        ("user-agent", "OpenAI/Python 1.0"),
    ];
    let (answer, attempt) = sent("openai", |_| {}, "/chat", &headers, PLAIN).await;
    assert_eq!(answer.status, 200);
    for gone in [
        "x-mine",
        "te",
        "keep-alive",
        "proxy-authorization",
        "x-kong-request-id",
    ] {
        assert_eq!(attempt.headers.get(gone), None, "{gone}");
    }
    assert_ne!(
        attempt.headers.get("connection").map(String::as_str),
        Some("keep-alive, x-mine")
    );
    // R-10: what is read on the way must not come compressed.
    assert_eq!(attempt.headers["accept-encoding"], "identity");
    assert_eq!(attempt.headers["openai-organization"], "org-FAKE");
    assert_eq!(attempt.headers["user-agent"], "OpenAI/Python 1.0");
    assert_eq!(attempt.headers["content-type"], "application/json");
    assert_ne!(
        answer.header("x-kong-request-id"),
        "ffffffffffffffffffffffffffffffff"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn host_is_the_targets_and_the_query_the_clients() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let answer = post(
        served.address,
        "/chat?api-version=2024%2D10&x=a+b",
        &[],
        PLAIN,
    )
    .await;
    assert_eq!(answer.status, 200);
    let attempt = &mock.attempts()[0];
    assert_eq!(
        attempt.host.as_deref(),
        Some(mock.addr().to_string().as_str())
    );
    assert_eq!(attempt.path, "/v1/chat/completions");
    assert_eq!(
        attempt.query.as_deref(),
        Some("api-version=2024%2D10&x=a+b")
    );
    assert_eq!(attempt.method, "POST");
    assert_eq!(body(&mock, 0)["model"], "gpt-4o-mini");
}
