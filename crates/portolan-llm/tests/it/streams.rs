//! Cohere's documented streams as an OpenAI client gets them, rule by rule.

use portolan_llm::{
    chat::{Event, Failure},
    format::{Class, Format},
    usage::Tokens,
};
use serde_json::json;

use crate::support::{Call, Client, cohere_sse, events, openai_sse, read_stream, translate_stream};

const ANSWER: &str = include_str!("../fixtures/cohere_chat/answer.sse");
const TOOLS: &str = include_str!("../fixtures/cohere_chat/tools.sse");
const TO_OPENAI: (Format, Format) = (Format::CohereChat, Format::OpenAiChat);

fn client(stream: &str) -> Client {
    Client::read(&translate_stream(TO_OPENAI, true, [stream.as_bytes()]))
}

#[test]
fn text_and_reasoning_arrive_in_order() {
    let client = client(ANSWER);
    assert_eq!(client.joined("reasoning_content"), "A definition.");
    assert_eq!(client.joined("content"), "LLMs stand for models.");
    let chunk = &client.chunks[0];
    assert_eq!(chunk["id"], "29f14a5a-11de-4cae-9800-25e4747408ea");
    assert_eq!(chunk["object"], "chat.completion.chunk");
    assert_eq!(chunk["model"], "command-a-03-2025");
    assert_eq!(chunk["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(client.finishes(), ["stop"]);
    assert_eq!(client.done, 1);
}

/// A pair split over two deltas travels as it came, and is a character once a client joins the literals.
#[test]
fn half_a_surrogate_pair_survives_a_delta() {
    let delta = |text: &str| {
        format!(
            "data: {{\"type\":\"content-delta\",\"index\":0,\"delta\":{{\"message\":{{\"content\":{{\"text\":\"{text}\"}}}}}}}}\n\n"
        )
    };
    let pair = delta(r"\ud83d") + &delta(r"\ude00");
    let stream = translate_stream(TO_OPENAI, true, [pair.as_bytes()]);
    assert!(stream.contains(r#""content":"\ud83d""#), "{stream}");
    assert!(stream.contains(r#""content":"\ude00""#), "{stream}");
    assert_eq!(
        read_stream(Format::OpenAiChat, [stream.as_bytes()]).text,
        "\u{1f600}"
    );
}

#[test]
fn r01_parallel_calls_are_counted_in_order_of_first_appearance() {
    let client = client(TOOLS);
    let call = |id: &str, name: &str, arguments: &str| Call {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    };
    assert_eq!(
        client.calls(),
        [
            call("get_weather_a", "get_weather", r#"{"location":"Toronto"}"#),
            call("get_weather_b", "get_weather", r#"{"location":"New York"}"#),
            call("clock_c", "clock", "{}"),
        ]
    );
    assert_eq!(client.joined("content"), "I will look.");
}

#[test]
fn r01_an_index_used_again_is_a_call_of_its_own() {
    let start = |id: &str| {
        format!(
            r#"{{"type":"tool-call-start","index":0,"delta":{{"message":{{"tool_calls":{{"id":"{id}","type":"function","function":{{"name":"f","arguments":""}}}}}}}}}}"#
        )
    };
    let delta = r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}"#;
    let end = r#"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"#;
    let stream = cohere_sse([
        start("one").as_str(),
        delta,
        start("two").as_str(),
        delta,
        end,
    ]);
    let calls = client(&stream).calls();
    assert_eq!(calls.len(), 2);
    assert_eq!((calls[0].id.as_str(), calls[1].id.as_str()), ("one", "two"));
    assert!(calls.iter().all(|call| call.arguments == r#"{"a":1}"#));
}

#[test]
fn r04_one_finish_after_the_last_content() {
    for (stream, reason) in [(ANSWER, "stop"), (TOOLS, "tool_calls")] {
        let client = client(stream);
        assert_eq!(client.finishes(), [reason]);
        let finish = client
            .chunks
            .iter()
            .position(|chunk| !chunk["choices"][0]["finish_reason"].is_null())
            .unwrap();
        for later in &client.chunks[finish + 1..] {
            assert_eq!(later["choices"], json!([]));
        }
    }
}

#[test]
fn r04_every_reason_has_its_word() {
    for (cohere, openai) in [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_TOXIC", "content_filter"),
    ] {
        let text =
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"x"}}}}"#;
        let end = format!(r#"{{"type":"message-end","delta":{{"finish_reason":"{cohere}"}}}}"#);
        assert_eq!(
            client(&cohere_sse([text, end.as_str()])).finishes(),
            [openai]
        );
    }
}

#[test]
fn r05_usage_comes_once_last_and_only_if_asked_for() {
    let asked = client(ANSWER);
    assert_eq!(
        asked.usages(),
        [&json!({
            "prompt_tokens": 66,
            "completion_tokens": 11,
            "total_tokens": 77,
            "prompt_tokens_details": {"cached_tokens": 16},
        })]
    );
    let last = asked.chunks.last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert!(last["usage"].is_object());
    let unasked = Client::read(&translate_stream(TO_OPENAI, false, [ANSWER.as_bytes()]));
    assert!(unasked.usages().is_empty());
    assert_eq!(unasked.done, 1);
}

#[test]
fn r08_usage_is_the_last_one_told_however_the_stream_is_cut() {
    let told = Some(Tokens {
        input: 66,
        output: 11,
        cached_input: Some(16),
        reasoning: None,
    });
    for size in [1, 2, 7, 64, ANSWER.len()] {
        let reading = read_stream(Format::CohereChat, ANSWER.as_bytes().chunks(size));
        assert_eq!(reading.usage, told);
    }
}

#[test]
fn r09_every_split_gives_the_client_the_same_bytes() {
    for stream in [ANSWER, TOOLS] {
        let bytes = stream.as_bytes();
        let whole = translate_stream(TO_OPENAI, true, [bytes]);
        for cut in 0..=bytes.len() {
            let (left, right) = bytes.split_at(cut);
            assert_eq!(
                translate_stream(TO_OPENAI, true, [left, right]),
                whole,
                "cut at {cut}"
            );
        }
        let crlf = stream.replace('\n', "\r\n");
        assert_eq!(
            translate_stream(TO_OPENAI, true, crlf.as_bytes().chunks(1)),
            whole
        );
    }
}

#[test]
fn r12_the_finish_has_an_empty_delta_of_its_own() {
    for stream in [ANSWER, TOOLS] {
        let client = client(stream);
        let finish = client
            .chunks
            .iter()
            .find(|chunk| !chunk["choices"][0]["finish_reason"].is_null())
            .unwrap();
        assert_eq!(finish["choices"][0]["delta"], json!({}));
    }
}

#[test]
fn an_error_ends_the_stream_without_a_terminator() {
    let text = r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"x"}}}}"#;
    for (end, message) in [
        (
            r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"the model crashed"}}"#,
            "the model crashed",
        ),
        (r#"{"type":"error","message":"overloaded"}"#, "overloaded"),
    ] {
        let client = client(&cohere_sse([text, end]));
        let last = client.chunks.last().unwrap();
        assert_eq!(last["error"]["message"], message);
        assert_eq!(client.done, 0);
        assert!(client.finishes().is_empty());
    }
}

#[test]
fn an_event_that_cannot_be_read_changes_nothing() {
    let mut decoder = Format::CohereChat.codec().decoder();
    let mut said = 0;
    events([b"data: {\"type\":\n\n".as_slice()], |event| {
        decoder
            .event(event, &mut |_: Event<'_>| said += 1)
            .unwrap_err();
    });
    events(
        [b": ping\n\ndata: {\"type\":\"debug\",\"prompt\":\"x\"}\n\n".as_slice()],
        |event| {
            decoder.event(event, &mut |_: Event<'_>| said += 1).unwrap();
        },
    );
    assert_eq!(said, 0);
}

#[test]
fn cohere_to_cohere_keeps_what_was_said() {
    for stream in [ANSWER, TOOLS] {
        let before = read_stream(Format::CohereChat, [stream.as_bytes()]);
        let again = translate_stream(
            (Format::CohereChat, Format::CohereChat),
            true,
            [stream.as_bytes()],
        );
        assert_eq!(read_stream(Format::CohereChat, [again.as_bytes()]), before);
    }
}

/// What Cohere's own SDK relies on: blocks of one index, begun and ended once, the call's fields in its start.
#[test]
fn r02_an_openai_stream_becomes_blocks() {
    let stream = openai_sse([
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning_content":"Hm"},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        r#"{"id":"chatcmpl-1","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#,
    ]);
    let to_cohere = (Format::OpenAiChat, Format::CohereChat);
    let stream = translate_stream(to_cohere, false, [stream.as_bytes()]);
    let mut told = Vec::new();
    events([stream.as_bytes()], |event| {
        let data: serde_json::Value =
            serde_json::from_slice(event.data.as_deref().unwrap()).unwrap();
        assert_eq!(
            event.name.unwrap(),
            data["type"].as_str().unwrap().as_bytes()
        );
        told.push(data);
    });
    let content = |index: u64, kind: &str, value: serde_json::Value| json!({"type": kind, "index": index, "delta": {"message": {"content": value}}});
    let call = |kind: &str, value: serde_json::Value| json!({"type": kind, "index": 0, "delta": {"message": {"tool_calls": value}}});
    assert_eq!(told[0]["type"], "message-start");
    assert_eq!(told[0]["id"], "chatcmpl-1");
    assert_eq!(
        told[1..],
        [
            content(
                0,
                "content-start",
                json!({"type": "thinking", "thinking": ""})
            ),
            content(0, "content-delta", json!({"thinking": "Hm"})),
            json!({"type": "content-end", "index": 0}),
            content(1, "content-start", json!({"type": "text", "text": ""})),
            content(1, "content-delta", json!({"text": "Hel"})),
            content(1, "content-delta", json!({"text": "lo"})),
            json!({"type": "content-end", "index": 1}),
            call(
                "tool-call-start",
                json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}})
            ),
            call("tool-call-delta", json!({"function": {"arguments": "{}"}})),
            json!({"type": "tool-call-end", "index": 0}),
            json!({"type": "message-end", "delta": {
                "finish_reason": "TOOL_CALL",
                "usage": {"tokens": {"input_tokens": 5, "output_tokens": 7}},
            }}),
        ]
    );
}

#[test]
fn an_error_event_can_be_read_by_its_own_format() {
    let failure = Failure {
        message: String::from("gone \"away\"\n"),
        ..Failure::default()
    };
    for format in [Format::OpenAiChat, Format::CohereChat] {
        let mut out = Vec::new();
        format.codec().encode_error_event(&failure, &mut out);
        let mut seen = Vec::new();
        events([out.as_slice()], |event| {
            let observation = format.codec().observe_event(event);
            seen.push((observation.class, observation.error.unwrap().message));
        });
        assert_eq!(seen, [(Class::Error, failure.message.clone())]);
        let mut body = Vec::new();
        format.codec().encode_error(&failure, &mut body);
        assert_eq!(
            format.codec().decode_error(502, &body).message,
            failure.message
        );
    }
}
