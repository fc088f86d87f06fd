//! Cohere's whole answers as an OpenAI client gets them.

use portolan_llm::format::Format;
use serde_json::{Value, json};

use crate::support::translate_response;

fn translated(body: &str) -> Value {
    translate_response(Format::CohereChat, Format::OpenAiChat, body.as_bytes())
}

#[test]
fn a_documented_answer() {
    let answer = translated(include_str!("../fixtures/cohere_chat/answer.json"));
    let choice = &answer["choices"][0];
    assert_eq!(
        answer,
        json!({
            "id": "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "command-a-03-2025",
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "LLMs stand for Large Language Models.",
                    "reasoning_content": "A definition, in one sentence.",
                    "refusal": null,
                    "citations": choice["message"]["citations"],
                },
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": {
                "prompt_tokens": 71,
                "completion_tokens": 418,
                "total_tokens": 489,
                "prompt_tokens_details": {"cached_tokens": 64},
            },
        })
    );
    assert_eq!(choice["message"]["citations"][0]["text"], "LLMs");
}

#[test]
fn documented_calls() {
    let answer = translated(include_str!("../fixtures/cohere_chat/tools.json"));
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(
        choice["message"]["content"],
        "I will look up the weather in Toronto and in New York."
    );
    assert_eq!(
        choice["message"]["tool_calls"],
        json!([
            {"id": "get_weather_1byjy32y4hvq", "type": "function",
             "function": {"name": "get_weather", "arguments": "{\"location\":\"Toronto\"}"}},
            // Not "null": a client parses it and looks for members.
            {"id": "clock_9bsx7mcvqs8r", "type": "function",
             "function": {"name": "clock", "arguments": "{}"}},
        ])
    );
    assert_eq!(answer["usage"]["prompt_tokens"], 913);
    assert_eq!(answer["usage"]["completion_tokens"], 83);
}

#[test]
fn the_plan_comes_before_the_content() {
    let answer = translated(
        r#"{"id":"a","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"two"}],"tool_plan":"one, "}}"#,
    );
    assert_eq!(answer["choices"][0]["message"]["content"], "one, two");
}

#[test]
fn r04_a_reason_has_the_same_word_whole_as_streamed() {
    for (cohere, openai) in [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_TOXIC", "content_filter"),
    ] {
        let answer = translated(&format!(
            r#"{{"id":"a","finish_reason":"{cohere}","message":{{"role":"assistant","content":[{{"type":"text","text":"x"}}]}}}}"#
        ));
        assert_eq!(answer["choices"][0]["finish_reason"], openai);
    }
}

#[test]
fn usage_falls_back_to_what_was_billed() {
    let answer = translated(
        r#"{"id":"a","message":{"role":"assistant","content":[]},"usage":{"billed_units":{"input_tokens":3,"output_tokens":4}}}"#,
    );
    assert_eq!(
        answer["usage"],
        json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7})
    );
    assert_eq!(answer["choices"][0]["message"]["content"], Value::Null);
}

#[test]
fn an_openai_answer_becomes_cohere_s() {
    let body = include_bytes!("../fixtures/openai_chat/tools.json");
    let answer = translate_response(Format::OpenAiChat, Format::CohereChat, body);
    assert_eq!(
        answer,
        json!({
            "id": "chatcmpl-abc123",
            "message": {
                "role": "assistant",
                "tool_calls": [{"id": "call_abc123", "type": "function", "function": {
                    "name": "get_current_weather", "arguments": "{\n\"location\": \"Boston, MA\"\n}",
                }}],
            },
            "finish_reason": "TOOL_CALL",
            "usage": {"tokens": {"input_tokens": 82, "output_tokens": 17}},
        })
    );
}
