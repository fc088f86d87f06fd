//! <https://platform.openai.com/docs/api-reference/chat>

use super::{Call, Content, Dialect, Fields, Refusal, Said, chunks, fragments, messages, quoted};

pub(crate) static OPENAI: Dialect = Dialect {
    id_header: "x-request-id",
    check,
    whole,
    events,
    usage_unasked: false,
    failure,
    wrong_credentials: || {
        error(
            "Incorrect API key provided: mock. You can find your API key at https://platform.openai.com/account/api-keys.",
            "invalid_request_error",
            "null",
            r#""invalid_api_key""#,
        )
    },
    error_event: || format!("data: {}\n\n", failure(500)),
};

const KNOWN: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const PROMPT_DETAILS: &str = r#"{"cached_tokens":0,"audio_tokens":0}"#;
const COMPLETION_DETAILS: &str = r#"{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}"#;

fn check(request: &Fields) -> Result<(), Refusal> {
    let refused = |message: &str, param: &str, code: &str| {
        Err(Refusal {
            status: 400,
            body: error(message, "invalid_request_error", param, code),
        })
    };
    let unknown = super::unknown(request, KNOWN);
    if !unknown.is_empty() {
        let plural = if unknown.len() > 1 { "s" } else { "" };
        let names = unknown.join(", ");
        let message = format!("Unrecognized request argument{plural} supplied: {names}");
        return refused(&message, "null", "null");
    }
    if super::string(request, "model").is_empty() {
        return refused("you must provide a model parameter", "null", "null");
    }
    if !request.contains_key("messages") {
        return refused(
            "Missing required parameter: 'messages'.",
            r#""messages""#,
            r#""missing_required_parameter""#,
        );
    }
    if messages(request).is_empty() {
        return refused(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            r#""messages""#,
            r#""empty_array""#,
        );
    }
    Ok(())
}

/// The error object; `param` and `code` are JSON.
pub(crate) fn error(message: &str, kind: &str, param: &str, code: &str) -> String {
    let message = quoted(message);
    format!(r#"{{"error":{{"message":{message},"type":"{kind}","param":{param},"code":{code}}}}}"#)
}

fn failure(status: u16) -> String {
    match status {
        429 => error(
            "Rate limit reached for requests",
            "requests",
            "null",
            r#""rate_limit_exceeded""#,
        ),
        500.. => error(
            "The server had an error while processing your request. Sorry about that!",
            "server_error",
            "null",
            "null",
        ),
        _ => error(
            "The request was refused.",
            "invalid_request_error",
            "null",
            "null",
        ),
    }
}

/// The dated model that answers for the requested one.
fn model(said: &Said) -> String {
    const DATE: &str = "-2024-07-18";
    let name = said.model.strip_suffix(DATE).unwrap_or(&said.model);
    quoted(&format!("{name}{DATE}"))
}

pub(super) fn finish_reason(content: &Content) -> &'static str {
    match content {
        Content::Text {
            cut_short: true, ..
        } => "length",
        Content::Text { .. } => "stop",
        Content::Calls(_) => "tool_calls",
    }
}

fn usage(said: &Said) -> String {
    let (prompt, completion) = (said.usage.prompt, said.usage.completion);
    let total = prompt + completion;
    format!(
        r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total},"prompt_tokens_details":{PROMPT_DETAILS},"completion_tokens_details":{COMPLETION_DETAILS}}}"#
    )
}

fn call_id(said: &Said, index: usize) -> String {
    format!("call_mock{:016}{index:04}", said.seq)
}

fn whole(said: &Said) -> String {
    let message = match &said.content {
        Content::Text { text, .. } => format!(r#""content":{}"#, quoted(text)),
        Content::Calls(calls) => {
            let calls: Vec<_> = calls
                .iter()
                .enumerate()
                .map(|(index, call)| {
                    let id = call_id(said, index);
                    let (name, arguments) = (quoted(&call.name), quoted(&call.arguments));
                    format!(
                        r#"{{"id":"{id}","type":"function","function":{{"name":{name},"arguments":{arguments}}}}}"#
                    )
                })
                .collect();
            format!(r#""content":null,"tool_calls":[{}]"#, calls.join(","))
        }
    };
    let finish = finish_reason(&said.content);
    let choice = format!(
        r#"{{"index":0,"message":{{"role":"assistant",{message},"refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"{finish}"}}"#
    );
    let (seq, created, model, usage) = (said.seq, said.created, model(said), usage(said));
    let head = format!(
        r#""id":"chatcmpl-mock{seq:024}","object":"chat.completion","created":{created},"model":{model}"#
    );
    format!(
        r#"{{{head},"choices":[{choice}],"usage":{usage},"service_tier":"default","system_fingerprint":"fp_mock000001"}}"#
    )
}

fn events(said: &Said) -> Vec<String> {
    let (seq, created, model) = (said.seq, said.created, model(said));
    let head = format!(
        r#""id":"chatcmpl-mock{seq:024}","object":"chat.completion.chunk","created":{created},"model":{model},"service_tier":"default","system_fingerprint":"fp_mock000001""#
    );
    let no_usage = if said.include_usage {
        r#","usage":null"#
    } else {
        ""
    };
    let event = |delta: &str, finish: &str| {
        format!(
            "data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish}}}]{no_usage}}}\n\n"
        )
    };
    let mut events = Vec::new();
    match &said.content {
        Content::Text { text, .. } => {
            events.push(event(
                r#""role":"assistant","content":"","refusal":null"#,
                "null",
            ));
            for chunk in chunks(text) {
                events.push(event(&format!(r#""content":{}"#, quoted(chunk)), "null"));
            }
        }
        Content::Calls(calls) => {
            events.push(event(
                r#""role":"assistant","content":null,"refusal":null"#,
                "null",
            ));
            for (index, call) in calls.iter().enumerate() {
                let deltas = call_deltas(call, &call_id(said, index), index);
                events.extend(deltas.iter().map(|delta| event(delta, "null")));
            }
        }
    }
    let finish = finish_reason(&said.content);
    events.push(event("", &format!("\"{finish}\"")));
    if said.include_usage {
        let usage = usage(said);
        events.push(format!(
            "data: {{{head},\"choices\":[],\"usage\":{usage}}}\n\n"
        ));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn call_deltas(call: &Call, id: &str, index: usize) -> Vec<String> {
    let name = quoted(&call.name);
    let mut deltas = vec![format!(
        r#""tool_calls":[{{"index":{index},"id":"{id}","type":"function","function":{{"name":{name},"arguments":""}}}}]"#
    )];
    deltas.extend(fragments(&call.arguments).iter().map(|fragment| {
        let fragment = quoted(fragment);
        format!(r#""tool_calls":[{{"index":{index},"function":{{"arguments":{fragment}}}}}]"#)
    }));
    deltas
}
