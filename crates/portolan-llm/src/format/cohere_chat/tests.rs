//! What this format alone decides: the peek, the splice, errors, classes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Codec;
use crate::{
    chat::{Failure, Tool, ToolChoice},
    format::{Adaptation, Class, Codec as _, Observation, spliced},
    framing::sse,
    provider::{Quirks, StreamUsage},
    usage::Tokens,
};

const MESSAGES: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

#[test]
fn a_peek_sees_model_and_stream() {
    let body = format!(r#"{{"model":"command-a-03-2025","stream":true,{MESSAGES}}}"#);
    let peek = Codec.peek(body.as_bytes()).unwrap();
    assert_eq!(peek.model.as_deref(), Some("command-a-03-2025"));
    assert!(peek.stream && peek.stream_usage);
    for body in ["{}", r#"{"messages":"hi"}"#, r#"{"message":"hi"}"#] {
        assert!(Codec.peek(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn the_splice_sets_model_and_defaults_under_cohere_s_names() {
    let body = Bytes::from(format!(
        r#"{{"model":"client","p":0.5,"seed":1,{MESSAGES}}}"#
    ));
    let peek = Codec.peek(&body).unwrap();
    let defaults: BTreeMap<&'static str, String> =
        [("top_p", "0.9"), ("top_k", "40"), ("max_tokens", "256")]
            .into_iter()
            .map(|(name, json)| (name, json.to_owned()))
            .collect();
    let quirks = Quirks {
        stream_usage: StreamUsage::Always,
        refuses: &["seed"],
        renames: &[],
    };
    let target = Adaptation {
        model: "command-a-03-2025",
        defaults: &defaults,
        quirks: &quirks,
    };
    let adapted = Codec.adapt(&body, &peek, &target).unwrap();
    let bytes = spliced(&Codec, &body, &peek, &adapted.edits).concat();
    assert_eq!(
        serde_json::from_slice::<Value>(&bytes).unwrap(),
        json!({
            "model": "command-a-03-2025",
            "p": 0.5,
            "k": 40,
            "max_tokens": 256,
            "messages": [{"role": "user", "content": "hi"}],
        })
    );
    assert_eq!(adapted.loss.fields(), ["seed"]);
}

#[test]
fn errors() {
    for (body, message) in [
        (
            r#"{"id":"a","message":"invalid api token"}"#,
            "invalid api token",
        ),
        (
            r#"{"message":"invalid request: \"messages\""}"#,
            "invalid request: \"messages\"",
        ),
        ("<html>bad gateway</html>", "<html>bad gateway</html>"),
        ("{}", "{}"),
    ] {
        let failure = Codec.decode_error(401, body.as_bytes());
        assert_eq!(
            (failure.status, failure.message.as_str()),
            (Some(401), message)
        );
    }
    let mut out = Vec::new();
    let failure = Failure {
        status: Some(429),
        message: String::from("slow \"down\""),
        ..Failure::default()
    };
    Codec.encode_error(&failure, &mut out);
    assert_eq!(
        serde_json::from_slice::<Value>(&out).unwrap(),
        json!({"message": "slow \"down\""})
    );
}

#[test]
fn roles_and_types_are_checked() {
    for (body, error) in [
        (
            r#"{"messages":[{"role":"developer","content":"a"}]}"#,
            "messages[0].role: ",
        ),
        (
            r#"{"messages":[{"content":"a"}]}"#,
            "messages[0].role: expected a string",
        ),
        (
            r#"{"messages":[{"role":"tool","content":"a"}]}"#,
            "messages[0].tool_call_id: expected a string",
        ),
        (
            r#"{"messages":[{"role":"user","content":5}]}"#,
            "messages[0].content: expected a string or an array",
        ),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function"}]}]}"#,
            "messages[0].tool_calls[0].function: expected an object",
        ),
        (r#"{"model":"m"}"#, "messages: expected an array"),
        (r#"{"messages":[],"k":"1"}"#, "k: expected a number"),
    ] {
        let told = Codec
            .decode_request(body.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(told.starts_with(error), "{told}");
    }
}

#[test]
fn one_strictness_is_every_function_s() {
    let body = br#"{"messages":[],"strict_tools":true,"tool_choice":"NONE","tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}"#;
    let request = Codec.decode_request(body).unwrap();
    assert!(matches!(
        &request.tools[..],
        [Tool::Function {
            strict: Some(true),
            ..
        }]
    ));
    assert_eq!(request.tool_choice, Some(ToolChoice::None));
}

fn observed(data: &str) -> Observation<'static> {
    let event = sse::parse(format!("event: x\ndata: {data}\n\n").leak().as_bytes());
    Codec.observe_event(Box::leak(Box::new(event)))
}

#[test]
fn events_have_classes() {
    for (data, class) in [
        (
            r#"{"type":"message-start","id":"a","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":"a"}}}}"#,
            Class::Content,
        ),
        (
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":""}}}}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"#,
            Class::Content,
        ),
        (
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"a"}}}}"#,
            Class::Content,
        ),
        (r#"{"type":"content-end","index":0}"#, Class::Lifecycle),
        (
            r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"a"}}}"#,
            Class::Content,
        ),
        (
            r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","type":"function","function":{"name":"f","arguments":""}}}}}"#,
            Class::Content,
        ),
        (
            r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{"}}}}}"#,
            Class::Content,
        ),
        (r#"{"type":"tool-call-end","index":0}"#, Class::Lifecycle),
        (
            r#"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":1}}}}"#,
            Class::Content,
        ),
        (r#"{"type":"citation-end","index":0}"#, Class::Lifecycle),
        (r#"{"type":"debug","prompt":"a"}"#, Class::Lifecycle),
        (
            r#"{"type":"of-tomorrow","delta":{"message":{"content":{"text":"a"}}}}"#,
            Class::Lifecycle,
        ),
        (
            r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#,
            Class::Terminal,
        ),
        (
            r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","error":""}}"#,
            Class::Terminal,
        ),
        (
            r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"a"}}"#,
            Class::Error,
        ),
        (
            r#"{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}"#,
            Class::Error,
        ),
        (r#"{"type":"error","message":"a"}"#, Class::Error),
        (r#"{"message":"a"}"#, Class::Error),
        (
            r#"{"type":"content-delta","delta":{"message":{"content":[]}}}"#,
            Class::Malformed,
        ),
        (r#"{"type":"#, Class::Malformed),
    ] {
        assert_eq!(observed(data).class, class, "{data}");
    }
    assert_eq!(
        Codec.observe_event(&sse::parse(b": ping\n\n")).class,
        Class::Lifecycle
    );
}

#[test]
fn the_last_event_tells_usage_and_reason() {
    let usage = r#""usage":{"billed_units":{"input_tokens":1,"output_tokens":2},"tokens":{"input_tokens":507,"output_tokens":10},"cached_tokens":448}"#;
    let seen = observed(&format!(
        r#"{{"type":"message-end","delta":{{"finish_reason":"MAX_TOKENS",{usage}}}}}"#
    ));
    assert_eq!(seen.finish, Some(false));
    assert_eq!(
        seen.usage,
        Some(Tokens {
            input: 507,
            output: 10,
            cached_input: Some(448),
            reasoning: None
        })
    );
    let seen = observed(r#"{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}"#);
    assert_eq!(seen.error.unwrap().status, Some(504));
}

#[test]
fn whole_answers_have_classes() {
    let answer = |message: &str, reason: &str| {
        let body = format!(r#"{{"id":"a","message":{message},"finish_reason":"{reason}"}}"#);
        Codec.observe_response(body.leak().as_bytes()).unwrap()
    };
    for (message, reason, class, finish) in [
        (
            r#"{"role":"assistant","content":[{"type":"text","text":"a"}]}"#,
            "COMPLETE",
            Class::Content,
            true,
        ),
        (
            r#"{"role":"assistant","content":[{"type":"text","text":""}]}"#,
            "COMPLETE",
            Class::Lifecycle,
            true,
        ),
        (
            r#"{"role":"assistant","content":[]}"#,
            "MAX_TOKENS",
            Class::Lifecycle,
            false,
        ),
        (
            r#"{"role":"assistant","tool_plan":"a"}"#,
            "TOOL_CALL",
            Class::Content,
            true,
        ),
        (
            r#"{"role":"assistant","tool_plan":"","tool_calls":[]}"#,
            "TOOL_CALL",
            Class::Lifecycle,
            true,
        ),
        (
            r#"{"role":"assistant","content":[{"type":"of-tomorrow"}]}"#,
            "COMPLETE",
            Class::Content,
            true,
        ),
        (
            r#"{"role":"assistant","content":[{"type":"text","text":"a"}]}"#,
            "ERROR",
            Class::Error,
            false,
        ),
    ] {
        let seen = answer(message, reason);
        assert_eq!(
            (seen.class, seen.finish),
            (class, Some(finish)),
            "{message}"
        );
    }
    assert_eq!(answer("{}", "TIMEOUT").error.unwrap().status, Some(504));
    assert_eq!(answer("{}", "ERROR").error.unwrap().status, None);
    // An error's body under a status that denies it.
    let seen = Codec
        .observe_response(br#"{"message":"overloaded"}"#)
        .unwrap();
    assert_eq!(seen.class, Class::Error);
    assert_eq!(seen.error.unwrap().message, "overloaded");
    assert!(Codec.observe_response(b"<html>").is_err());
}

#[test]
fn an_answer_needs_a_message() {
    for body in [
        "{}",
        r#"{"message":null}"#,
        r#"{"message":"overloaded"}"#,
        r#"{"message":{"content":"a"}}"#,
    ] {
        assert!(Codec.decode_response(body.as_bytes()).is_err(), "{body}");
    }
}
