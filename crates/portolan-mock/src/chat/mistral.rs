//! <https://docs.mistral.ai/api/endpoint/chat>: OpenAI's shape, but strict about fields, and usage comes with the last chunk unasked.

use serde_json::Value;

use super::{Content, Dialect, Fields, Refusal, Said, chunks, openai::finish_reason, quoted};

pub(crate) static MISTRAL: Dialect = Dialect {
    id_header: "mistral-correlation-id",
    check,
    whole,
    events,
    usage_unasked: true,
    failure,
    wrong_credentials: || r#"{"detail":"Unauthorized"}"#.to_owned(),
    error_event: || format!("data: {}\n\n", failure(500)),
};

const KNOWN: &[&str] = &[
    "frequency_penalty",
    "guardrails",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_mode",
    "random_seed",
    "reasoning_effort",
    "response_format",
    "safe_prompt",
    "stop",
    "stream",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
];

fn check(request: &Fields) -> Result<(), Refusal> {
    let mut details: Vec<_> = super::unknown(request, KNOWN)
        .into_iter()
        .map(|name| {
            detail(
                "extra_forbidden",
                name,
                "Extra inputs are not permitted",
                &request[name],
            )
        })
        .collect();
    for name in ["model", "messages"] {
        if !request.contains_key(name) {
            details.push(detail("missing", name, "Field required", &Value::Null));
        }
    }
    if request.contains_key("messages") && super::messages(request).is_empty() {
        details.push(detail(
            "too_short",
            "messages",
            "List should have at least 1 item after validation, not 0",
            &request["messages"],
        ));
    }
    if details.is_empty() {
        return Ok(());
    }
    let details = details.join(",");
    Err(Refusal {
        status: 422,
        body: error(
            &format!(r#"{{"detail":[{details}]}}"#),
            "invalid_request_error",
            "null",
        ),
    })
}

fn detail(kind: &str, field: &str, message: &str, input: &Value) -> String {
    let field = quoted(field);
    format!(r#"{{"type":"{kind}","loc":["body",{field}],"msg":"{message}","input":{input}}}"#)
}

/// The error object; `message` and `code` are JSON.
fn error(message: &str, kind: &str, code: &str) -> String {
    format!(
        r#"{{"object":"error","message":{message},"type":"{kind}","param":null,"code":{code}}}"#
    )
}

fn failure(status: u16) -> String {
    match status {
        429 => error(r#""Rate limit exceeded""#, "rate_limited", r#""1300""#),
        500.. => error(
            r#""Service unavailable.""#,
            "internal_server_error",
            r#""1000""#,
        ),
        _ => error(
            r#""The request was refused.""#,
            "invalid_request_error",
            "null",
        ),
    }
}

fn usage(said: &Said) -> String {
    let (prompt, completion) = (said.usage.prompt, said.usage.completion);
    let total = prompt + completion;
    format!(
        r#"{{"prompt_tokens":{prompt},"total_tokens":{total},"completion_tokens":{completion}}}"#
    )
}

/// All calls as a JSON array; a stream has them in one piece too.
fn calls(said: &Said) -> Option<String> {
    let Content::Calls(calls) = &said.content else {
        return None;
    };
    let calls: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(index, call)| {
            let seq = said.seq;
            let (name, arguments) = (quoted(&call.name), quoted(&call.arguments));
            format!(
                r#"{{"id":"m{seq:06}{index:02}","function":{{"name":{name},"arguments":{arguments}}},"index":{index}}}"#
            )
        })
        .collect();
    Some(format!("[{}]", calls.join(",")))
}

fn whole(said: &Said) -> String {
    let message = match (&said.content, calls(said)) {
        (Content::Text { text, .. }, _) => {
            format!(r#""tool_calls":null,"content":{}"#, quoted(text))
        }
        (Content::Calls(_), calls) => {
            format!(r#""tool_calls":{},"content":"""#, calls.unwrap_or_default())
        }
    };
    let (seq, created, model, usage) = (said.seq, said.created, quoted(&said.model), usage(said));
    let finish = finish_reason(&said.content);
    let choice = format!(
        r#"{{"index":0,"finish_reason":"{finish}","message":{{"role":"assistant",{message}}}}}"#
    );
    format!(
        r#"{{"id":"{seq:032x}","created":{created},"model":{model},"usage":{usage},"object":"chat.completion","choices":[{choice}]}}"#
    )
}

fn events(said: &Said) -> Vec<String> {
    let (seq, created, model) = (said.seq, said.created, quoted(&said.model));
    let event = |delta: &str, finish: &str, usage: &str| {
        format!(
            "data: {{\"id\":\"{seq:032x}\",\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":{model},\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"finish_reason\":{finish},\"logprobs\":null}}]{usage}}}\n\n"
        )
    };
    let mut events = vec![event(r#""role":"assistant","content":"""#, "null", "")];
    if let Content::Text { text, .. } = &said.content {
        for chunk in chunks(text) {
            let delta = format!(r#""content":{}"#, quoted(chunk));
            events.push(event(&delta, "null", ""));
        }
    }
    let last = match calls(said) {
        Some(calls) => format!(r#""content":null,"tool_calls":{calls}"#),
        None => r#""content":"""#.to_owned(),
    };
    let finish = finish_reason(&said.content);
    let usage = usage(said);
    events.push(event(
        &last,
        &format!("\"{finish}\""),
        &format!(",\"usage\":{usage}"),
    ));
    events.push("data: [DONE]\n\n".to_owned());
    events
}
