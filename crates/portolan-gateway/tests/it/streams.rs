//! Streams that end well: the same bytes whatever their split, and usage told to whom it is due.

use portolan_mock::Step;
use serde_json::{Value, json};

use crate::{
    client::{Answer, chat},
    harness::{
        Served, ask, body, mock, scripted, serve, serve_with, single, stream_of, target, target_at,
    },
    provider::{chunked, provider},
};

const SIZES: [usize; 8] = [1, 2, 3, 5, 16, 61, 256, 1 << 20];

/// A role, letters of one to four bytes, a comment, a tool call's fragment, usage, the end; lines end in LF.
const OPENAI: &str = "data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n\
: keep-alive\n\n\
data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"né € 😀 \\ud83d\\ude00\"},\"finish_reason\":null}],\"usage\":null}\n\n\
data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n\
data: {\"id\":\"chatcmpl-FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,\"total_tokens\":21}}\n\n\
data: [DONE]\n\n";

const COHERE: &str = "event: message-start\ndata: {\"id\":\"FAKE\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n\
event: content-start\ndata: {\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}\n\n\
event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"né € 😀\"}}}}\n\n\
event: content-end\ndata: {\"type\":\"content-end\",\"index\":0}\n\n\
event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":9,\"output_tokens\":12},\"tokens\":{\"input_tokens\":9,\"output_tokens\":12}}}}\n\n";

fn with_usage() -> Value {
    let mut ask = ask(true);
    ask["stream_options"] = json!({ "include_usage": true });
    ask
}

async fn split(provider_name: &str, stream: &str, size: usize, ask: &Value) -> Answer {
    let address = provider(vec![chunked(stream.as_bytes(), size)]).await;
    let path = if provider_name == "cohere" {
        "/v2/chat"
    } else {
        "/v1/chat/completions"
    };
    let url = format!("http://{address}{path}");
    let served = serve(&single(target_at(provider_name, "gpt-4o-mini", &url)));
    let answer = chat(served.address, ask).await;
    assert!(answer.whole, "{size}");
    answer
}

/// Of a stream's text, but for the second it was made in.
fn timeless(answer: &Answer) -> String {
    let mut parts = answer.text().split("\"created\":");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|digit: char| digit.is_ascii_digit())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_stays_in_its_format_is_the_same_bytes_whatever_its_split() {
    for stream in [
        OPENAI.to_owned(),
        OPENAI.replace('\n', "\r\n"),
        OPENAI.replace('\n', "\r"),
    ] {
        for size in SIZES {
            let answer = split("openai", &stream, size, &with_usage()).await;
            assert_eq!(answer.text(), stream, "{size}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_the_usage_we_asked_for_is_the_same_bytes_whatever_its_split() {
    for end in ["\n", "\r\n", "\r"] {
        let stream = OPENAI.replace('\n', end);
        let blank = format!("{end}{end}");
        let expected: String = stream
            .split_inclusive(&blank)
            .filter(|event| !event.contains("total_tokens"))
            .collect();
        for size in SIZES {
            let answer = split("openai", &stream, size, &ask(true)).await;
            assert_eq!(answer.text(), expected, "{size}, {end:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_stream_is_the_same_bytes_whatever_its_split() {
    let whole = split("cohere", COHERE, 1 << 20, &with_usage()).await;
    assert_eq!(whole.said(), "né € 😀");
    let chunks = whole.chunks();
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(usage["total_tokens"], 21);
    assert_eq!(whole.data().last(), Some(&"[DONE]"));
    for end in ["\n", "\r\n", "\r"] {
        let stream = COHERE.replace('\n', end);
        for size in SIZES {
            let answer = split("cohere", &stream, size, &with_usage()).await;
            assert_eq!(timeless(&answer), timeless(&whole), "{size}, {end:?}");
        }
    }
}

/// Whole events at a time too, as providers write them.
#[tokio::test(flavor = "multi_thread")]
async fn events_written_together_are_the_same_bytes() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    for together in [0, 1, 2, 3] {
        mock.script([Step {
            chunks_per_write: Some(together),
            ..stream_of(OPENAI)
        }]);
        assert_eq!(chat(served.address, &with_usage()).await.text(), OPENAI);
    }
}

fn usages(answer: &Answer) -> Vec<Value> {
    answer
        .chunks()
        .into_iter()
        .filter(|chunk| chunk["usage"].is_object())
        .collect()
}

/// "Say hi" is two words to the stand-ins and their answer four: R-05, and the log in either case.
fn counted(served: Served) {
    let usage = served.line()["ai"]["proxy"]["usage"].clone();
    assert_eq!(usage["prompt_tokens"], 2);
    assert_eq!(usage["completion_tokens"], 4);
    assert_eq!(usage["total_tokens"], 6);
    assert!(usage["time_to_first_token"].is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_only_we_asked_for_is_hidden_and_counted() {
    for provider in ["openai", "cohere"] {
        let mock = mock().await;
        let served = serve(&single(target(provider, &mock)));
        let answer = chat(served.address, &ask(true)).await;
        assert_eq!(answer.said(), "You said: Say hi", "{provider}");
        assert_eq!(answer.data().last(), Some(&"[DONE]"));
        assert!(answer.whole);
        assert_eq!(usages(&answer), Vec::<Value>::new(), "{provider}");
        if provider == "openai" {
            assert_eq!(
                body(&mock, 0)["stream_options"],
                json!({ "include_usage": true })
            );
        }
        counted(served);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_the_client_asked_for_comes_once_and_last() {
    for provider in ["openai", "cohere"] {
        let mock = mock().await;
        let served = serve(&single(target(provider, &mock)));
        let answer = chat(served.address, &with_usage()).await;
        let usages = usages(&answer);
        assert_eq!(usages.len(), 1, "{provider}");
        assert_eq!(usages[0]["choices"], json!([]));
        assert_eq!(usages[0]["usage"]["total_tokens"], 6);
        assert_eq!(answer.chunks().last(), usages.last());
        assert_eq!(answer.data().last(), Some(&"[DONE]"));
        counted(served);
    }
}

/// Mistral refuses `stream_options` and tells the usage with its last chunk, unasked: R-06.
#[tokio::test(flavor = "multi_thread")]
async fn mistral_is_not_asked_for_its_usage() {
    let mock = mock().await;
    let served = serve(&single(target("mistral", &mock)));
    let answer = chat(served.address, &ask(true)).await;
    assert_eq!(
        (answer.status, answer.said().as_str()),
        (200, "You said: Say hi")
    );
    assert_eq!(body(&mock, 0).get("stream_options"), None);
    assert_eq!(
        answer.header("content-type"),
        "text/event-stream; charset=utf-8"
    );
    counted(served);
}

/// The reading of a client's SDK: text, finish reasons, usage.
fn reading(answer: &Answer) -> (String, Vec<String>, Vec<Value>) {
    let finishes = answer
        .chunks()
        .iter()
        .filter_map(|chunk| {
            chunk["choices"][0]["finish_reason"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    let usages = usages(answer)
        .iter()
        .map(|chunk| chunk["usage"].clone())
        .collect();
    (answer.said(), finishes, usages)
}

#[tokio::test(flavor = "multi_thread")]
async fn passthrough_and_the_hub_read_alike() {
    let mut readings = Vec::new();
    for force_hub in [false, true] {
        let mock = scripted(stream_of(OPENAI)).await;
        let file = single(target("openai", &mock));
        let served = serve_with(&file.to_string(), |options| options.force_hub = force_hub);
        let answer = chat(served.address, &with_usage()).await;
        assert!(answer.whole);
        assert_eq!(answer.data().last(), Some(&"[DONE]"));
        readings.push(reading(&answer));
    }
    assert_eq!(readings[0], readings[1]);
    let (text, finishes, usages) = &readings[0];
    assert_eq!(text, "né € 😀 😀");
    assert_eq!(finishes, &["stop"]);
    assert_eq!(usages[0]["total_tokens"], 21);
}
