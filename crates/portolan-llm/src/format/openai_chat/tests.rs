//! What this format alone decides: the peek, the splice, errors, classes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Codec;
use crate::{
    chat::Failure,
    format::{Adaptation, Class, Codec as _, Envelope, Observation, spliced},
    framing::sse,
    provider::{Quirks, StreamUsage},
    usage::Tokens,
};

fn peek_error(body: &str) -> String {
    Codec.peek(body.as_bytes()).unwrap_err().to_string()
}

const MESSAGES: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

#[test]
fn a_peek_sees_model_and_stream() {
    let body = format!(
        r#"{{"model":"gpt-4.1\u002dmini","stream":true,"stream_options":{{"include_usage":true}},{MESSAGES}}}"#
    );
    let peek = Codec.peek(body.as_bytes()).unwrap();
    assert_eq!(peek.model.as_deref(), Some("gpt-4.1-mini"));
    assert!(peek.stream && peek.stream_usage);
    let peek = Codec
        .peek(format!(r#"{{"model":null,"stream":null,{MESSAGES}}}"#).as_bytes())
        .unwrap();
    assert_eq!(
        (peek.model, peek.stream, peek.stream_usage),
        (None, false, false)
    );
}

#[test]
fn a_body_without_messages_is_refused_in_kong_s_words() {
    for body in [
        r#"{"messages":[]}"#,
        r#"{"messages":[ ]}"#,
        "{}",
        r#"{"messages":"hi"}"#,
    ] {
        assert_eq!(
            peek_error(body),
            "request body doesn't contain valid prompts",
            "{body}"
        );
    }
    assert_eq!(
        peek_error(r#"{"prompt":"hi"}"#),
        "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type"
    );
    assert_eq!(
        peek_error(&format!(r#"{{"prompt":"hi",{MESSAGES}}}"#)),
        "request matches multiple LLM request formats"
    );
}

#[test]
fn a_body_of_wrong_types_is_refused() {
    assert!(peek_error(&format!(r#"{{"model":5,{MESSAGES}}}"#)).starts_with("model: "));
    assert!(peek_error(&format!(r#"{{"stream":"yes",{MESSAGES}}}"#)).starts_with("stream: "));
    let twice = format!(r#"{{"model":"a",{MESSAGES},"model":"b"}}"#);
    assert!(peek_error(&twice).contains("is given twice"));
}

/// A request after its splice, and the fields that were left out.
fn adapted(body: &str, defaults: &[(&'static str, &str)], quirks: &Quirks) -> (Value, Vec<String>) {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let peek = Codec.peek(&body).unwrap();
    let defaults: BTreeMap<&'static str, String> = defaults
        .iter()
        .map(|(name, json)| (*name, (*json).to_owned()))
        .collect();
    let target = Adaptation {
        model: "gpt-4.1",
        defaults: &defaults,
        quirks,
    };
    let adapted = Codec.adapt(&body, &peek, &target).unwrap();
    let bytes = spliced(&Codec, &body, &peek, &adapted.edits).concat();
    (
        serde_json::from_slice(&bytes).unwrap(),
        adapted.loss.fields().to_vec(),
    )
}

const PLAIN: Quirks = Quirks {
    stream_usage: StreamUsage::OnRequest,
    refuses: &[],
    renames: &[],
};
const STRICT: Quirks = Quirks {
    stream_usage: StreamUsage::Always,
    refuses: &["stream_options", "seed", "top_k"],
    renames: &[],
};

fn with(mut rest: Value) -> Value {
    rest["messages"] = json!([{"role": "user", "content": "hi"}]);
    rest
}

#[test]
fn the_target_s_model_takes_the_client_s_place() {
    let body = format!(r#"{{"model":"client",{MESSAGES},"x":1}}"#);
    assert_eq!(
        adapted(&body, &[], &PLAIN),
        (with(json!({"model": "gpt-4.1", "x": 1})), vec![])
    );
    let body = format!("{{{MESSAGES}}}");
    assert_eq!(
        adapted(&body, &[], &PLAIN),
        (with(json!({"model": "gpt-4.1"})), vec![])
    );
}

#[test]
fn defaults_fill_what_the_client_leaves_out() {
    let defaults = [("temperature", "0.5"), ("max_tokens", "256")];
    let body = format!(r#"{{"temperature":1,"max_tokens":null,{MESSAGES}}}"#);
    let expected = with(json!({"model": "gpt-4.1", "temperature": 1, "max_tokens": 256}));
    assert_eq!(adapted(&body, &defaults, &PLAIN), (expected, vec![]));
    let body = format!(r#"{{"max_completion_tokens":9,{MESSAGES}}}"#);
    let expected =
        with(json!({"model": "gpt-4.1", "temperature": 0.5, "max_completion_tokens": 9}));
    assert_eq!(adapted(&body, &defaults, &PLAIN), (expected, vec![]));
}

#[test]
fn r05_usage_of_a_stream_is_asked_for_where_it_is_not_told() {
    for options in [
        "",
        r#""stream_options":null,"#,
        r#""stream_options":{"include_usage":false},"#,
    ] {
        let body = format!(r#"{{"stream":true,{options}{MESSAGES}}}"#);
        let (request, _) = adapted(&body, &[], &PLAIN);
        assert_eq!(
            request["stream_options"],
            json!({"include_usage": true}),
            "{options}"
        );
    }
    let body = format!(r#"{{"stream":true,"stream_options":{{"x":1}},{MESSAGES}}}"#);
    let (request, _) = adapted(&body, &[], &PLAIN);
    assert_eq!(
        request["stream_options"],
        json!({"include_usage": true, "x": 1})
    );
    let (request, _) = adapted(&format!("{{{MESSAGES}}}"), &[], &PLAIN);
    assert_eq!(request.get("stream_options"), None);
}

#[test]
fn refused_fields_are_left_out_and_told() {
    let body = format!(
        r#"{{"seed":1,"top_k":null,"stream":true,"stream_options":{{"include_usage":true}},{MESSAGES}}}"#
    );
    let (request, loss) = adapted(&body, &[("top_k", "5")], &STRICT);
    assert_eq!(request, with(json!({"model": "gpt-4.1", "stream": true})));
    assert_eq!(loss, ["stream_options", "seed"]);
}

#[test]
fn errors_in_every_shape() {
    let openai = Codec.decode_error(
        401,
        br#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    );
    assert_eq!(
        openai,
        Failure {
            status: Some(401),
            message: String::from("Incorrect API key provided"),
            kind: Some(String::from("invalid_request_error")),
            code: Some(String::from("invalid_api_key")),
            param: None,
        }
    );
    for (body, message) in [
        (r#"{"error":"no such model"}"#, "no such model"),
        (
            r#"{"object":"error","message":"Unauthorized","type":"invalid"}"#,
            "Unauthorized",
        ),
        (r#"{"detail":"Method Not Allowed"}"#, "Method Not Allowed"),
        ("upstream connect error", "upstream connect error"),
    ] {
        let failure = Codec.decode_error(502, body.as_bytes());
        assert_eq!(
            (failure.status, failure.message.as_str()),
            (Some(502), message)
        );
    }
}

#[test]
fn an_error_has_all_the_fields_that_sdks_read() {
    let mut out = Vec::new();
    let failure = Failure {
        status: Some(429),
        message: String::from("slow down"),
        ..Failure::default()
    };
    Codec.encode_error(&failure, &mut out);
    assert_eq!(
        serde_json::from_slice::<Value>(&out).unwrap(),
        json!({"error": {"message": "slow down", "type": "rate_limit_error", "param": null, "code": null}})
    );
}

/// Mistral's error object (<https://docs.mistral.ai/resources/error-codes>) has its fields at the top.
#[test]
fn an_error_without_an_error_member_is_one() {
    let seen = observed(
        r#"{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300"}"#,
    );
    assert_eq!(seen.class, Class::Error);
    assert!(!seen.error_as_told);
    let failure = seen.error.unwrap();
    assert_eq!(failure.message, "Rate limit exceeded");
    assert_eq!(failure.code.as_deref(), Some("1300"));
    assert_eq!(failure.status, None);
}

fn observed(data: &str) -> Observation<'static> {
    let event = sse::parse(format!("data: {data}\n\n").leak().as_bytes());
    Codec.observe_event(Box::leak(Box::new(event)))
}

#[test]
fn events_have_classes() {
    for (data, class) in [
        ("[DONE]", Class::Terminal),
        (
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            Class::Content,
        ),
        (
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]}"#,
            Class::Content,
        ),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            Class::Usage,
        ),
        (r#"{"error":{"message":"gone"}}"#, Class::Error),
        (r#"{"choices":"#, Class::Malformed),
    ] {
        assert_eq!(observed(data).class, class, "{data}");
    }
    assert_eq!(
        Codec.observe_event(&sse::parse(b": ping\n\n")).class,
        Class::Lifecycle
    );
}

#[test]
fn usage_is_observed_wherever_it_stands() {
    let usage = r#""usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}"#;
    let tokens = Some(Tokens {
        input: 5,
        output: 7,
        cached_input: Some(2),
        reasoning: Some(3),
    });
    let last = observed(&format!(
        r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"length"}}],{usage}}}"#
    ));
    assert_eq!((last.usage, last.finish), (tokens, Some(false)));
    let body = format!(
        r#"{{"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"a"}},"finish_reason":"stop"}}],{usage}}}"#
    );
    let whole = Codec.observe_response(body.as_bytes()).unwrap();
    assert_eq!(
        (whole.class, whole.usage, whole.finish),
        (Class::Content, tokens, Some(true))
    );
    assert!(whole.model.unwrap().is("m"));
}

/// Under a status that denies it.
#[test]
fn an_error_s_body_is_seen() {
    let seen = Codec
        .observe_response(br#"{"error":{"message":"overloaded","code":529}}"#)
        .unwrap();
    assert_eq!(seen.class, Class::Error);
    assert_eq!(seen.error.unwrap().status, Some(529));
}

/// The identity law's corners: fields that say nothing, and fields within fields that are known.
#[test]
fn documents_with_odd_corners_come_back() {
    let same = |before: &str, after: Vec<u8>| {
        let after = String::from_utf8(after).unwrap();
        let parse = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(parse(&after), parse(before));
        // A name written twice would be one to the comparison.
        let ids = |json: &str| json.matches("\"id\":").count();
        assert_eq!(ids(&after), ids(before), "{after}");
    };
    for body in [
        r#"{"messages":[],"stream":false}"#,
        r#"{"messages":[],"stream_options":{}}"#,
        r#"{"messages":[],"stream_options":{"include_usage":false}}"#,
        r#"{"messages":[],"tools":[]}"#,
        r#"{"messages":[],"tool_choice":{"type":"function","function":{"name":"f","x":1}}}"#,
        r#"{"messages":[{"role":"assistant","content":"a","tool_calls":[]}]}"#,
        r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","index":0,"function":{"name":"f","arguments":"{}","x":1}}]}]}"#,
    ] {
        let request = Codec.decode_request(body.as_bytes()).unwrap();
        let mut out = Vec::new();
        Codec.encode_request(&request, &mut out).unwrap();
        same(body, out);
    }
    let envelope = Envelope {
        id: String::from("e"),
        created: 1,
        model: String::from("m"),
    };
    let body = r#"{"id":null,"created":null,"model":null,"choices":[]}"#;
    let response = Codec.decode_response(body.as_bytes()).unwrap();
    let mut out = Vec::new();
    Codec.encode_response(&response, &envelope, &mut out);
    same(body, out);
}

#[test]
fn an_answer_that_says_nothing_is_empty() {
    for (message, finish, empty) in [
        (r#"{"role":"assistant","content":""}"#, r#""stop""#, true),
        (
            r#"{"role":"assistant","content":null}"#,
            r#""tool_calls""#,
            true,
        ),
        (r#"{"role":"assistant","content":""}"#, r#""length""#, false),
        (
            r#"{"role":"assistant","content":null}"#,
            r#""content_filter""#,
            false,
        ),
        (r#"{"role":"assistant","content":"a"}"#, r#""stop""#, false),
        (
            r#"{"role":"assistant","content":null,"refusal":"no"}"#,
            r#""stop""#,
            false,
        ),
    ] {
        let body = format!(
            r#"{{"choices":[{{"index":0,"message":{message},"finish_reason":{finish}}}]}}"#
        );
        assert_eq!(
            Codec.decode_response(body.as_bytes()).unwrap().is_empty(),
            empty,
            "{body}"
        );
    }
}
