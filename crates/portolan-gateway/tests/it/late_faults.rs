//! a stream that breaks off after content ends in an error that the client's SDK reads, never as a whole one.

use portolan_mock::{Mock, Step};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, chat},
    fault_cases::{INVALID, TIMING_OUT},
    harness::{READ_TIMEOUT, Served, ask, file, mock, scripted, serve, stream_of, target},
};

/// A stand-in's stream as its provider documents it: what comes before content, two pieces of content, the end.
struct Stream {
    provider: &'static str,
    before: &'static str,
    content: [&'static str; 2],
    error: &'static str,
}

const OPENAI: Stream = Stream {
    provider: "openai",
    before: "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    content: [
        "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" two\"},\"finish_reason\":null}]}\n\n",
    ],
    error: "data: {\"error\":{\"message\":\"The server is overloaded\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
};

const COHERE: Stream = Stream {
    provider: "cohere",
    before: "event: message-start\ndata: {\"id\":\"FAKE\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\nevent: content-start\ndata: {\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}\n\n",
    content: [
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"one\"}}}}\n\n",
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\" two\"}}}}\n\n",
    ],
    error: "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"error\":\"The server is overloaded\",\"finish_reason\":\"ERROR\"}}\n\n",
};

impl Stream {
    fn whole(&self) -> String {
        [self.before, self.content[0], self.content[1]].concat()
    }

    /// In the middle of the second piece of content.
    fn within(&self) -> u64 {
        let length = self.before.len() + self.content[0].len() + self.content[1].len() / 2;
        u64::try_from(length).unwrap()
    }

    /// Breaks off with only the first piece of content whole.
    fn broken(&self) -> [(&'static str, Step, &'static str); 4] {
        let step = || stream_of(&self.whole());
        let at = Some(self.within());
        [
            (
                "cut",
                Step {
                    cut_after_bytes: at,
                    ..step()
                },
                INVALID,
            ),
            (
                "reset",
                Step {
                    reset_after_bytes: at,
                    ..step()
                },
                INVALID,
            ),
            (
                "stall",
                Step {
                    stall_after_bytes: at,
                    ..step()
                },
                TIMING_OUT,
            ),
            (
                "cut, all of it in one write",
                Step {
                    cut_after_bytes: at,
                    chunks_per_write: Some(0),
                    ..step()
                },
                INVALID,
            ),
        ]
    }
}

/// Every criterion is listed, and another target waits: content was sent, so neither matters.
fn guarded(provider: &str, bad: &Mock, good: &Mock) -> Served {
    serve(&file(json!({
        "balancer": {
            "read_timeout": READ_TIMEOUT,
            "failover_criteria": ["error", "timeout", "http_500", "http_502", "http_503", "non_idempotent"],
        },
        "targets": [target(provider, bad), target("openai", good)],
    })))
}

/// The text, then an error in OpenAI's words as the last event, no terminator, no end of the body; nothing tried again.
async fn breaks_off(stream: &Stream, name: &str, step: Step, text: &str, message: &str) -> Answer {
    let (bad, good) = (scripted(step).await, mock().await);
    let served = guarded(stream.provider, &bad, &good);
    let mut client = Client::connect(served.address).await;
    client.post("/chat", &[], &ask(true).to_string()).await;
    let answer = client.answer().await;
    let provider = stream.provider;
    assert_eq!(answer.status, 200, "{provider}, {name}");
    assert!(
        !answer.whole,
        "{provider}, {name}: a cut answer looks whole"
    );
    assert!(client.ended().await, "{provider}, {name}");
    assert_eq!(answer.said(), text, "{provider}, {name}");
    let chunks = answer.chunks();
    let last = chunks.last().unwrap();
    let told = last["error"]["message"].as_str().unwrap_or_default();
    assert!(told.starts_with(message), "{provider}, {name}: {last}");
    assert!(
        last["error"]["type"].is_string(),
        "{provider}, {name}: {last}"
    );
    let errors = chunks.iter().filter(|chunk| chunk.get("error").is_some());
    assert_eq!(errors.count(), 1, "{provider}, {name}");
    assert!(!answer.data().contains(&"[DONE]"), "{provider}, {name}");
    assert_eq!(good.attempts().len(), 0, "{provider}, {name}");
    let line = served.line();
    assert_eq!(line["response"]["status"], 200, "{provider}, {name}");
    assert_eq!(line["response"]["complete"], false, "{provider}, {name}");
    assert!(
        line["tries"][0]["fault"].is_string(),
        "{provider}, {name}: {line}"
    );
    assert_eq!(
        line["response"]["size"],
        json!(answer.body.len()),
        "{provider}, {name}"
    );
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_a_broken_stream_is_whole_events_and_then_an_error() {
    for (name, step, message) in OPENAI.broken() {
        let answer = breaks_off(&OPENAI, name, step, "one", message).await;
        let whole = [OPENAI.before, OPENAI.content[0]].concat();
        assert!(
            answer.text().starts_with(&whole),
            "{name}: {}",
            answer.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_a_broken_translated_stream_ends_in_the_clients_dialect() {
    for (name, step, message) in COHERE.broken() {
        breaks_off(&COHERE, name, step, "one", message).await;
    }
}

/// The provider's own error is the last event: handed on, or translated.
#[tokio::test(flavor = "multi_thread")]
async fn r14_an_error_event_after_content_is_the_last_one() {
    for stream in [OPENAI, COHERE] {
        let body = [stream.whole().as_str(), stream.error, stream.content[0]].concat();
        let message = "The server is overloaded";
        let step = stream_of(&body);
        breaks_off(&stream, "error event", step, "one two", message).await;
    }
}

/// A clean end of the provider's body proves nothing: its last event does.
#[tokio::test(flavor = "multi_thread")]
async fn r14_a_stream_without_its_last_event_is_not_whole() {
    for stream in [OPENAI, COHERE] {
        let step = stream_of(&stream.whole());
        breaks_off(&stream, "no terminator", step, "one two", INVALID).await;
    }
}

/// Some providers end after `finish_reason`; the SDK still waits for `[DONE]`.
#[tokio::test(flavor = "multi_thread")]
async fn a_finished_stream_without_a_terminator_is_completed() {
    let mock = scripted(Step {
        no_terminator: true,
        ..Step::default()
    })
    .await;
    let served = guarded("openai", &mock, &mock);
    let answer = chat(served.address, &ask(true)).await;
    assert!(answer.whole);
    assert_eq!(answer.said(), "You said: Say hi");
    assert_eq!(answer.data().last(), Some(&"[DONE]"));
    let line = served.line();
    assert_eq!(line["response"]["complete"], true);
    assert_eq!(line["tries"][0]["fault"], Value::Null);
    // "Say hi" is two words to the stand-in, its answer four.
    assert_eq!(line["ai"]["proxy"]["usage"]["total_tokens"], 6);
}

/// The last event may lack its blank line.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminator_without_its_blank_line_counts() {
    let finish = OPENAI.content[1].replace("null", "\"stop\"");
    let body = [OPENAI.before, OPENAI.content[0], &finish, "data: [DONE]"].concat();
    let mock = scripted(stream_of(&body)).await;
    let served = guarded("openai", &mock, &mock);
    let answer = chat(served.address, &ask(true)).await;
    assert!(answer.whole);
    assert_eq!(answer.text(), format!("{body}\n\n"));
}

/// what cannot be read is left out and counted, and the stream goes on.
#[tokio::test(flavor = "multi_thread")]
async fn r19_a_malformed_event_does_not_end_a_stream() {
    for (stream, end) in [
        (OPENAI, "data: [DONE]\n\n"),
        (
            COHERE,
            "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n",
        ),
    ] {
        let malformed = "data: {\"choices\": [}\n\n";
        let body = [
            stream.before,
            stream.content[0],
            malformed,
            stream.content[1],
            end,
        ]
        .concat();
        let mock = scripted(stream_of(&body)).await;
        let served = guarded(stream.provider, &mock, &mock);
        let answer = chat(served.address, &ask(true)).await;
        assert!(answer.whole, "{}", stream.provider);
        assert_eq!(answer.said(), "one two");
        assert_eq!(served.line()["ai"]["proxy"]["meta"]["malformed_events"], 1);
    }
}
