//! The bundled plugins over real sockets, in front of an AI proxy and in front of a service. `kong-core.md` 4 and 5.

mod acl;
mod correlation_id;
mod cors;
mod key_auth;
mod limits;
mod scopes;
mod termination;

use portolan_mock::{Attempt, Mock};
use serde_json::{Value, json};

use crate::{
    client::{Answer, post},
    harness::{Served, serve, target},
};

/// One that the stand-in answers, whichever way it comes.
const CHAT: &str = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#;

const KEY: &str = "FAKE-key-of-anne";
const KEY_ID: &str = "11111111-1111-4111-8111-111111111111";
const ANNE: &str = "22222222-2222-4222-8222-222222222222";
const NOBODY: &str = "33333333-3333-4333-8333-333333333333";

/// `/chat` leads to an AI proxy, `/plain` to a service, `/nope` nowhere; the plugins are for all of them.
fn file(mock: &Mock, plugins: &Value) -> Value {
    let proxy =
        json!({ "name": "ai-proxy-advanced", "config": { "targets": [target("openai", mock)] } });
    json!({
        "_format_version": "3.0",
        "routes": [{ "name": "chat", "paths": ["/chat"], "plugins": [proxy] }],
        "services": [{
            "name": "plain",
            "url": format!("{}/v1/chat/completions", mock.url()),
            "routes": [{ "name": "plain", "paths": ["/plain"] }],
        }],
        "consumers": [
            {
                "id": ANNE,
                "username": "anne",
                "custom_id": "42",
                "keyauth_credentials": [{ "id": KEY_ID, "key": KEY }],
            },
            { "id": NOBODY, "username": "nobody" },
        ],
        "plugins": plugins,
    })
}

fn served(mock: &Mock, plugins: &Value) -> Served {
    serve(&file(mock, plugins))
}

async fn ask(served: &Served, target: &str, headers: &[(&str, &str)]) -> Answer {
    post(served.address, target, headers, CHAT).await
}

/// Kong's body, byte for byte: `kong-core.md` 3.1.
fn refused(answer: &Answer, status: u16, text: &str) {
    let id = answer.header("x-kong-request-id");
    let expected = format!("{{\n  \"message\":\"{text}\",\n  \"request_id\":\"{id}\"\n}}");
    assert_eq!((answer.status, answer.text()), (status, expected.as_str()));
    of_the_gateway(answer);
}

/// Both an SDK and a client of Kong can read it.
fn refused_in_dialect(answer: &Answer, status: u16, text: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(body["error"]["message"], text, "{body}");
    assert_eq!(body["message"], text, "{body}");
    assert_eq!(body["request_id"], answer.header("x-kong-request-id"));
    of_the_gateway(answer);
}

fn of_the_gateway(answer: &Answer) {
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert!(answer.find("x-kong-response-latency").is_some());
    assert_eq!(answer.find("x-kong-upstream-latency"), None);
    assert_eq!(answer.find("via"), None);
}

/// What the last attempt on the stand-in had of these headers.
fn sent(mock: &Mock, names: &[&str]) -> Vec<Option<String>> {
    let attempts = mock.attempts();
    let last: &Attempt = attempts.last().expect("an attempt");
    names
        .iter()
        .map(|name| last.headers.get(*name).cloned())
        .collect()
}
