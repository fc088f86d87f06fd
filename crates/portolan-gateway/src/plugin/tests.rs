//! Plugins that edit, over real sockets: what providers get. Such a plugin stands in the place of a `request-termination`
//! whose `trigger` is its name.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use portolan_config::{Source, compiled::PluginConfig};
use portolan_llm::{
    edit::{Edit, Said, Speaker},
    format::Format,
    json::RawValue,
};
use portolan_mock::{Mock, MockOptions, Step};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::{
    gateway::{Gateway, Options},
    request::ClientBody,
};

static STAND_INS: Mutex<BTreeMap<String, Arc<dyn Plugin>>> = Mutex::new(BTreeMap::new());

pub(super) fn stand_in(config: &PluginConfig) -> Option<Arc<dyn Plugin>> {
    let PluginConfig::RequestTermination(config) = config else {
        return None;
    };
    let stand_ins = STAND_INS.lock().unwrap();
    stand_ins.get(config.trigger.as_deref()?).map(Arc::clone)
}

/// Of a client's body.
type Edits = fn(&[u8]) -> Vec<Edit>;

#[derive(Debug)]
struct Editing(Edits);

impl Plugin for Editing {
    fn need(&self, _: &Request) -> Need {
        Need::Edit
    }

    fn access(&self, request: &mut Request) -> Flow {
        let ClientBody::Held(body) = &request.body else {
            panic!("the body is not held");
        };
        let edits = (self.0)(body);
        request.edits.extend(edits);
        Flow::Next
    }
}

/// A route `/chat` with an AI proxy of this configuration, and a plugin that edits.
fn serve(edits: Edits, proxy: Value, force_hub: bool) -> Gateway {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("stand-in-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let plugin = Arc::new(Editing(edits));
    STAND_INS.lock().unwrap().insert(name.clone(), plugin);
    let mut ai_proxy = json!({ "name": "ai-proxy-advanced" });
    ai_proxy["config"] = proxy;
    let file = json!({
        "_format_version": "3.0",
        "routes": [{
            "name": "chat",
            "paths": ["/chat"],
            "plugins": [
                ai_proxy,
                { "name": "request-termination", "config": { "trigger": name } },
            ],
        }],
    });
    let source = Source {
        name: "kong.yaml".to_owned(),
        text: file.to_string(),
    };
    let loaded =
        portolan_config::load(&[source], &|_| None).unwrap_or_else(|faults| panic!("{faults}"));
    let options = Options {
        force_hub,
        ..Options::default()
    };
    Gateway::start(&loaded.config, options).unwrap()
}

fn target(provider: &str, mock: &Mock) -> Value {
    let (model, path) = match provider {
        "openai" => ("gpt-4o-mini", "/v1/chat/completions"),
        "cohere" => ("command-a-03-2025", "/v2/chat"),
        other => panic!("no stand-in for {other}"),
    };
    json!({
        "route_type": "llm/v1/chat",
        "auth": { "header_name": "Authorization", "header_value": "Bearer FAKE-key" },
        "model": {
            "provider": provider,
            "name": model,
            "options": { "upstream_url": format!("{}{path}", mock.url()) },
        },
    })
}

async fn mock() -> Mock {
    Mock::start(MockOptions::default()).await.unwrap()
}

/// Status and everything else.
async fn post(address: SocketAddr, body: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "POST /chat HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// As no serialiser of ours would write it; its model is the target's.
const ODD: &str = "\r\n{ \"temperature\" :1.0e0,\"metadata\":{\"n\":1.0e5},\"model\":\"gpt-4o-mini\", \"metadata\" : { } , \"mess\\u0061ges\": [ {\"role\":\"system\",\n\t\"content\":\"be \\u0062rief\"} ,{\"content\":[{\"type\":\"text\",\"text\":\"caf\\u00e9 \\ud83d\\ude00 \\/ é\"},{\"text\":\"my card is 4111\", \"type\":\"text\"}],\"role\":\"user\"}\n], \"seed\":12345678901234567890,\"user\":null }\n ";

/// As a plugin does that looks for something: reads on the hub, and names what it found.
fn redact(body: &[u8]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut chat = Format::OpenAiChat.codec().decode_request(body).unwrap();
    for (message, said) in chat.messages.iter_mut().enumerate() {
        for (text, found) in said.texts_mut().into_iter().enumerate() {
            let plain = found.unescape();
            if plain.contains("4111") {
                edits.push(Edit::Text {
                    message,
                    text,
                    with: plain.replace("4111", "[card]"),
                });
            }
        }
    }
    edits
}

fn redact_and_decorate(body: &[u8]) -> Vec<Edit> {
    let said = |speaker, text: &str| Said {
        speaker,
        text: text.to_owned(),
    };
    let mut edits = redact(body);
    edits.extend([
        Edit::Prepend(said(Speaker::System, "Answer in \"French\".")),
        Edit::Append(said(Speaker::User, "S'il te plaît.")),
        Edit::Field {
            name: "seed".to_owned(),
            value: RawValue::from_string("7".to_owned()).unwrap(),
        },
    ]);
    edits
}

fn decorated() -> String {
    ODD.replace("4111", "[card]")
        .replace(
            "[ {\"role\"",
            r#"[ {"role":"system","content":"Answer in \"French\"."},{"role""#,
        )
        .replace(
            "\"user\"}\n]",
            "\"user\"},{\"role\":\"user\",\"content\":\"S'il te plaît.\"}\n]",
        )
        .replace("12345678901234567890", "7")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_leaves_every_byte_outside_the_message() {
    let cases: [(Edits, String); 3] = [
        (redact, ODD.replace("4111", "[card]")),
        (redact_and_decorate, decorated()),
        (|_| Vec::new(), ODD.to_owned()),
    ];
    for (edits, expected) in cases {
        let mock = mock().await;
        let gateway = serve(
            edits,
            json!({ "targets": [target("openai", &mock)] }),
            false,
        );
        let (status, answer) = post(gateway.address(), ODD).await;
        assert_eq!(status, 200, "{answer}");
        let attempt = &mock.attempts()[0];
        assert_eq!(attempt.body, expected);
        assert_eq!(
            attempt.headers["content-length"],
            expected.len().to_string()
        );
    }
}

/// Each attempt's request is made from what the client sent, whatever format it is in.
#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_has_the_edits_once() {
    let (first, second, third) = (mock().await, mock().await, mock().await);
    for mock in [&first, &second] {
        mock.script([Step {
            status: Some(500),
            ..Step::default()
        }]);
    }
    let proxy = json!({
        "balancer": { "failover_criteria": ["http_500", "non_idempotent"] },
        "targets": [
            target("openai", &first),
            target("cohere", &second),
            target("openai", &third),
        ],
    });
    let gateway = serve(redact_and_decorate, proxy, false);
    // The model is the second target's too where the client names none.
    let asked = ODD.replace("\"model\":\"gpt-4o-mini\", ", "");
    let (status, answer) = post(gateway.address(), &asked).await;
    assert_eq!(status, 200, "{answer}");
    let body = |mock: &Mock| mock.attempts()[0].body.clone();
    let edited = decorated().replace("\"model\":\"gpt-4o-mini\", ", "");
    let edited = edited.replacen("null }", "null ,\"model\":\"gpt-4o-mini\"}", 1);
    assert_eq!(body(&first), edited);
    assert_eq!(body(&third), edited);
    assert_eq!(
        serde_json::from_str::<Value>(&body(&second)).unwrap(),
        json!({
            "model": "command-a-03-2025",
            "messages": [
                { "role": "system", "content": "Answer in \"French\"." },
                { "role": "system", "content": "be brief" },
                { "role": "user", "content": [
                    { "type": "text", "text": "café 😀 / é" },
                    { "type": "text", "text": "my card is [card]" },
                ] },
                { "role": "user", "content": "S'il te plaît." },
            ],
            "temperature": 1.0,
            "seed": 7,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_through_the_hub_says_the_same() {
    let mock = mock().await;
    let proxy = json!({ "targets": [target("openai", &mock)] });
    let gateway = serve(redact_and_decorate, proxy, true);
    let (status, answer) = post(gateway.address(), ODD).await;
    assert_eq!(status, 200, "{answer}");
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(read(&mock.attempts()[0].body), read(&decorated()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_cannot_be_made_is_told_and_nothing_is_sent() {
    let beyond = |_: &[u8]| {
        vec![Edit::Text {
            message: 9,
            text: 0,
            with: String::new(),
        }]
    };
    for provider in ["openai", "cohere"] {
        let mock = mock().await;
        let proxy = json!({ "targets": [target(provider, &mock)] });
        let gateway = serve(beyond, proxy, false);
        let (status, answer) = post(gateway.address(), &ODD.replace("gpt-4o-mini", "")).await;
        assert_eq!(status, 400, "{answer}");
        assert!(
            answer.contains("messages[9]: no such message to edit"),
            "{answer}"
        );
        assert_eq!(mock.attempts().len(), 0);
    }
}
