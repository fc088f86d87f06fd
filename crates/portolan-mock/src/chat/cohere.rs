//! <https://docs.cohere.com/reference/chat>, version 2 of the API.

use serde_json::Value;

use super::{Call, Content, Dialect, Fields, Refusal, Said, chunks, fragments, messages, quoted};

pub(crate) static COHERE: Dialect = Dialect {
    id_header: "x-debug-trace-id",
    check,
    whole,
    events,
    usage_unasked: true,
    failure,
    wrong_credentials: || error("invalid api token"),
    error_event: || {
        event(
            "message-end",
            r#","delta":{"error":"internal server error","finish_reason":"ERROR","usage":{"billed_units":{"input_tokens":0,"output_tokens":0},"tokens":{"input_tokens":0,"output_tokens":0}}}"#,
        )
    },
};

const KNOWN: &[&str] = &[
    "citation_options",
    "documents",
    "frequency_penalty",
    "k",
    "logprobs",
    "max_tokens",
    "messages",
    "model",
    "p",
    "presence_penalty",
    "priority",
    "raw_prompting",
    "response_format",
    "safety_mode",
    "seed",
    "stop_sequences",
    "stream",
    "strict_tools",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
];

fn check(request: &Fields) -> Result<(), Refusal> {
    known(request, KNOWN)?;
    if super::string(request, "model").is_empty() {
        return Err(refusal(400, "invalid request: model is required."));
    }
    if messages(request).is_empty() {
        return Err(refusal(
            400,
            "invalid request: messages must have at least one message.",
        ));
    }
    if let Some(choice) = request.get("tool_choice")
        && !matches!(choice.as_str(), Some("REQUIRED" | "NONE"))
    {
        return Err(refusal(
            422,
            "invalid request: tool_choice must be one of REQUIRED, NONE.",
        ));
    }
    for tool in objects(request.get("tools")) {
        known(tool, &["type", "function"])?;
        if let Some(Value::Object(function)) = tool.get("function") {
            known(function, &["name", "description", "parameters"])?;
        }
    }
    objects(request.get("messages")).try_for_each(message)
}

fn message(message: &Fields) -> Result<(), Refusal> {
    match super::string(message, "role") {
        "user" | "system" => known(message, &["role", "content"])?,
        "assistant" => known(
            message,
            &["role", "content", "tool_calls", "tool_plan", "citations"],
        )?,
        "tool" => {
            known(message, &["role", "content", "tool_call_id"])?;
            if super::string(message, "tool_call_id").is_empty() {
                return Err(refusal(
                    400,
                    "invalid request: a tool message must have a tool_call_id.",
                ));
            }
        }
        role => {
            let message = format!("invalid request: '{role}' is not a valid role.");
            return Err(refusal(400, &message));
        }
    }
    for call in objects(message.get("tool_calls")) {
        known(call, &["id", "type", "function"])?;
        if let Some(Value::Object(function)) = call.get("function") {
            known(function, &["name", "arguments"])?;
        }
    }
    Ok(())
}

fn objects(list: Option<&Value>) -> impl Iterator<Item = &Fields> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

fn known(fields: &Fields, known: &[&str]) -> Result<(), Refusal> {
    match super::unknown(fields, known).first() {
        None => Ok(()),
        Some(name) => Err(refusal(
            422,
            &format!(
                "unknown field: parameter '{name}' is not a valid field. For proper usage, please refer to https://docs.cohere.com/reference/chat"
            ),
        )),
    }
}

fn refusal(status: u16, message: &str) -> Refusal {
    Refusal {
        status,
        body: error(message),
    }
}

fn error(message: &str) -> String {
    let message = quoted(message);
    format!(r#"{{"message":{message}}}"#)
}

fn failure(status: u16) -> String {
    error(match status {
        429 => "too many requests",
        500.. => "internal server error",
        _ => "the request was refused",
    })
}

fn finish_reason(content: &Content) -> &'static str {
    match content {
        Content::Text {
            cut_short: true, ..
        } => "MAX_TOKENS",
        Content::Text { .. } => "COMPLETE",
        Content::Calls(_) => "TOOL_CALL",
    }
}

fn usage(said: &Said) -> String {
    let (input, output) = (said.usage.prompt, said.usage.completion);
    let tokens = format!(r#"{{"input_tokens":{input},"output_tokens":{output}}}"#);
    format!(r#"{{"billed_units":{tokens},"tokens":{tokens},"cached_tokens":0}}"#)
}

fn id(said: &Said) -> String {
    format!("00000000-0000-4000-8000-{:012x}", said.seq)
}

fn call_id(said: &Said, call: &Call, index: usize) -> String {
    quoted(&format!("{}_{:08x}{index:04x}", call.name, said.seq))
}

/// What the model says it is about to do; no tokens are counted for it.
fn plan(calls: &[Call]) -> String {
    let names: Vec<_> = calls.iter().map(|call| call.name.as_str()).collect();
    format!("I will use {}.", names.join(" and "))
}

fn whole(said: &Said) -> String {
    let message = match &said.content {
        Content::Text { text, .. } => {
            let text = quoted(text);
            format!(r#""content":[{{"type":"text","text":{text}}}]"#)
        }
        Content::Calls(calls) => {
            let plan = quoted(&plan(calls));
            let calls: Vec<_> = calls
                .iter()
                .enumerate()
                .map(|(index, call)| {
                    let id = call_id(said, call, index);
                    let (name, arguments) = (quoted(&call.name), quoted(&call.arguments));
                    format!(
                        r#"{{"id":{id},"type":"function","function":{{"name":{name},"arguments":{arguments}}}}}"#
                    )
                })
                .collect();
            format!(r#""tool_plan":{plan},"tool_calls":[{}]"#, calls.join(","))
        }
    };
    let (id, finish, usage) = (id(said), finish_reason(&said.content), usage(said));
    format!(
        r#"{{"id":"{id}","message":{{"role":"assistant",{message}}},"finish_reason":"{finish}","usage":{usage}}}"#
    )
}

/// One SSE event; `rest` is JSON members that begin with a comma.
fn event(kind: &str, rest: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{rest}}}\n\n")
}

fn events(said: &Said) -> Vec<String> {
    let id = id(said);
    let mut events = vec![format!(
        "event: message-start\ndata: {{\"id\":\"{id}\",\"type\":\"message-start\",\"delta\":{{\"message\":{{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}}}}\n\n"
    )];
    match &said.content {
        Content::Text { text, .. } => {
            events.push(event(
                "content-start",
                r#","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}"#,
            ));
            events.extend(chunks(text).into_iter().map(|chunk| {
                let chunk = quoted(chunk);
                event(
                    "content-delta",
                    &format!(
                        r#","index":0,"delta":{{"message":{{"content":{{"text":{chunk}}}}}}}"#
                    ),
                )
            }));
            events.push(event("content-end", r#","index":0"#));
        }
        Content::Calls(calls) => {
            events.extend(chunks(&plan(calls)).into_iter().map(|chunk| {
                let chunk = quoted(chunk);
                event(
                    "tool-plan-delta",
                    &format!(r#","delta":{{"message":{{"tool_plan":{chunk}}}}}"#),
                )
            }));
            for (index, call) in calls.iter().enumerate() {
                events.extend(call_events(call, &call_id(said, call, index), index));
            }
        }
    }
    let (finish, usage) = (finish_reason(&said.content), usage(said));
    events.push(event(
        "message-end",
        &format!(r#","delta":{{"finish_reason":"{finish}","usage":{usage}}}"#),
    ));
    events
}

/// `id` is JSON.
fn call_events(call: &Call, id: &str, index: usize) -> Vec<String> {
    let name = quoted(&call.name);
    let mut events = vec![event(
        "tool-call-start",
        &format!(
            r#","index":{index},"delta":{{"message":{{"tool_calls":{{"id":{id},"type":"function","function":{{"name":{name},"arguments":""}}}}}}}}"#
        ),
    )];
    events.extend(fragments(&call.arguments).iter().map(|fragment| {
        let fragment = quoted(fragment);
        event(
            "tool-call-delta",
            &format!(
                r#","index":{index},"delta":{{"message":{{"tool_calls":{{"function":{{"arguments":{fragment}}}}}}}}}"#
            ),
        )
    }));
    events.push(event("tool-call-end", &format!(r#","index":{index}"#)));
    events
}
