//! An OpenAI client's requests as Cohere gets them.

use portolan_llm::{chat::Loss, format::Format, json::Invalid};
use serde_json::{Value, json};

fn translate(request: &Value) -> Result<(Value, Loss), Invalid> {
    let body = request.to_string();
    let request = Format::OpenAiChat.codec().decode_request(body.as_bytes())?;
    let mut out = Vec::new();
    let loss = Format::CohereChat
        .codec()
        .encode_request(&request, &mut out)?;
    Ok((serde_json::from_slice(&out).unwrap(), loss))
}

/// The whole of it, with nothing left out.
fn translated(request: &Value) -> Value {
    let (translated, loss) = translate(request).unwrap();
    assert!(loss.is_empty(), "{loss:?}");
    translated
}

fn refused(request: &Value) -> String {
    translate(request).unwrap_err().to_string()
}

/// One member of what a request becomes; a user's message makes it whole.
fn member(name: &str, value: Value) -> (Value, Vec<String>) {
    let mut request = json!({"messages": [{"role": "user", "content": "hi"}]});
    request[name] = value;
    let (mut translated, loss) = translate(&request).unwrap();
    translated.as_object_mut().unwrap().remove("messages");
    (translated, loss.fields().to_vec())
}

fn message(message: Value) -> Value {
    translated(&json!({"messages": [message]}))["messages"][0].take()
}

#[test]
fn messages() {
    for (openai, cohere) in [
        (
            json!({"role": "system", "content": "s"}),
            json!({"role": "system", "content": "s"}),
        ),
        (
            json!({"role": "developer", "content": "d"}),
            json!({"role": "system", "content": "d"}),
        ),
        (
            json!({"role": "user", "content": "u"}),
            json!({"role": "user", "content": "u"}),
        ),
        (
            json!({"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
            ]}),
            json!({"role": "user", "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
            ]}),
        ),
        (
            json!({"role": "assistant", "content": "a", "reasoning_content": "r"}),
            json!({"role": "assistant", "content": [
                {"type": "thinking", "thinking": "r"},
                {"type": "text", "text": "a"},
            ]}),
        ),
        (
            json!({"role": "assistant", "content": null, "refusal": "no"}),
            json!({"role": "assistant", "content": "no"}),
        ),
        (
            json!({"role": "tool", "tool_call_id": "c", "content": "{\"t\":20}"}),
            json!({"role": "tool", "tool_call_id": "c", "content": "{\"t\":20}"}),
        ),
        (
            json!({"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "20"}]}),
            json!({"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "20"}]}),
        ),
    ] {
        assert_eq!(message(openai), cohere);
    }
}

#[test]
fn text_beside_calls_is_the_plan() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    for content in [
        json!("I will call f."),
        json!([{"type": "text", "text": "I will call f."}]),
    ] {
        assert_eq!(
            message(json!({"role": "assistant", "content": content, "tool_calls": [call]})),
            json!({"role": "assistant", "tool_plan": "I will call f.", "tool_calls": [call]})
        );
    }
    for content in [json!(null), json!("")] {
        assert_eq!(
            message(json!({"role": "assistant", "content": content, "tool_calls": [call]})),
            json!({"role": "assistant", "tool_calls": [call]})
        );
    }
}

#[test]
fn tools() {
    let weather = json!({"type": "function", "function": {
        "name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}},
    }});
    let clock = json!({"type": "function", "function": {"name": "clock", "parameters": {"type": "object"}}});
    let request = |choice: Value| {
        translated(&json!({
            "messages": [],
            "tools": [weather, clock],
            "tool_choice": choice,
        }))
    };
    assert_eq!(
        request(json!("auto")),
        json!({"messages": [], "tools": [weather, clock]})
    );
    assert_eq!(
        request(json!("required")),
        json!({"messages": [], "tools": [weather, clock], "tool_choice": "REQUIRED"})
    );
    assert_eq!(
        request(json!("none")),
        json!({"messages": [], "tools": [weather, clock], "tool_choice": "NONE"})
    );
    assert_eq!(
        request(json!({"type": "function", "function": {"name": "clock"}})),
        json!({"messages": [], "tools": [clock], "tool_choice": "REQUIRED"})
    );
}

#[test]
fn strict_is_for_all_tools_and_parameters_are_always_there() {
    let tools = json!([
        {"type": "function", "function": {"name": "a", "strict": true, "parameters": {"type": "object"}}},
        {"type": "function", "function": {"name": "b", "strict": true}},
    ]);
    assert_eq!(
        translated(&json!({"messages": [], "tools": tools})),
        json!({
            "messages": [],
            "tools": [
                {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}},
                {"type": "function", "function": {"name": "b", "parameters": {"type": "object", "properties": {}}}},
            ],
            "strict_tools": true,
        })
    );
}

#[test]
fn fields() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    for (name, value, cohere) in [
        (
            "model",
            json!("command-a-03-2025"),
            json!({"model": "command-a-03-2025"}),
        ),
        ("temperature", json!(0.5), json!({"temperature": 0.5})),
        ("top_p", json!(0.9), json!({"p": 0.9})),
        ("top_k", json!(40), json!({"k": 40})),
        ("seed", json!(7), json!({"seed": 7})),
        (
            "frequency_penalty",
            json!(0.1),
            json!({"frequency_penalty": 0.1}),
        ),
        (
            "presence_penalty",
            json!(0.2),
            json!({"presence_penalty": 0.2}),
        ),
        ("max_tokens", json!(10), json!({"max_tokens": 10})),
        (
            "max_completion_tokens",
            json!(11),
            json!({"max_tokens": 11}),
        ),
        ("stop", json!("a"), json!({"stop_sequences": ["a"]})),
        (
            "stop",
            json!(["a", "b"]),
            json!({"stop_sequences": ["a", "b"]}),
        ),
        ("n", json!(1), json!({})),
        ("stream", json!(true), json!({"stream": true})),
        ("response_format", json!({"type": "text"}), json!({})),
        (
            "response_format",
            json!({"type": "json_object"}),
            json!({"response_format": {"type": "json_object"}}),
        ),
        (
            "response_format",
            json!({"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": schema}}),
            json!({"response_format": {"type": "json_object", "json_schema": schema}}),
        ),
    ] {
        assert_eq!(member(name, value), (cohere, Vec::new()), "{name}");
    }
}

#[test]
fn usage_of_a_stream_needs_no_asking() {
    let (translated, loss) = translate(&json!({
        "messages": [], "stream": true, "stream_options": {"include_usage": true},
    }))
    .unwrap();
    assert_eq!(translated, json!({"messages": [], "stream": true}));
    assert!(loss.is_empty(), "{loss:?}");
}

#[test]
fn what_cohere_has_no_field_for_is_told() {
    let (translated, loss) = translate(&json!({
        "messages": [{"role": "user", "content": [{"type": "text", "text": "u", "x_mark": 1}], "name": "n"}],
        "tools": [{"type": "function", "x_tool": 1, "function": {"name": "f", "parameters": {}, "x_function": 1}}],
        "tool_choice": {"type": "allowed_tools"},
        "user": "u-1",
        "logit_bias": {"1": 2},
        "store": null,
    }))
    .unwrap();
    assert_eq!(
        translated,
        json!({
            "messages": [{"role": "user", "content": [{"type": "text", "text": "u"}]}],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        })
    );
    let mut fields = loss.fields().to_vec();
    fields.sort();
    assert_eq!(
        fields,
        [
            "logit_bias",
            "messages.content.x_mark",
            "messages.name",
            "tool_choice",
            "tools.function.x_function",
            "tools.x_tool",
            "user",
        ]
    );
}

#[test]
fn what_would_change_the_answer_is_refused() {
    for count in [json!(2), json!(0)] {
        assert_eq!(
            refused(&json!({"messages": [], "n": count})),
            "n: Cohere gives one answer to a request: leave n out or set it to 1"
        );
    }
    let audio = json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}});
    assert_eq!(
        refused(&json!({"messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "hear"}, audio]},
        ]})),
        r#"messages[1].content[1]: Cohere takes no part of type "input_audio""#
    );
    assert_eq!(
        refused(&json!({"messages": [{"role": "tool", "tool_call_id": "c", "content": [audio]}]})),
        r#"messages[0].content[0]: Cohere takes no part of type "input_audio""#
    );
    let custom = json!({"type": "custom", "custom": {"name": "c"}});
    let function = json!({"type": "function", "function": {"name": "f"}});
    assert_eq!(
        refused(&json!({"messages": [], "tools": [function, custom]})),
        "tools[1]: Cohere takes no tool but functions"
    );
    assert_eq!(
        refused(&json!({
            "messages": [],
            "tools": [function],
            "tool_choice": {"type": "function", "function": {"name": "g"}},
        })),
        r#"tool_choice: no tool is named "g""#
    );
}

#[test]
fn text_is_copied_with_its_escapes() {
    let body = r#"{"messages":[{"role":"user","content":"\ud83d \u00e9\/"}],"temperature":1.0,"seed":12345678901234567890}"#;
    let request = Format::OpenAiChat
        .codec()
        .decode_request(body.as_bytes())
        .unwrap();
    let mut out = Vec::new();
    Format::CohereChat
        .codec()
        .encode_request(&request, &mut out)
        .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"messages":[{"role":"user","content":"\ud83d \u00e9\/"}],"temperature":1.0,"seed":12345678901234567890}"#
    );
}
