//! Requests: wire to hub, hub to wire.

use super::{FORMAT, message, tool, wire, write};
use crate::{
    chat::{
        Extra, Loss, MaxTokens, Message, Part, PartKind, Raw, Request, ResponseFormat, Role,
        Sampling, Stop, ToolChoice,
    },
    json::{self, Field, Invalid, List, ObjectWriter, RawValue, Text, Write, object},
};

pub(super) fn decode(wire: wire::Request<'_>) -> Result<Request<'_>, Invalid> {
    let mut extra = wire.extra;
    let messages = wire
        .messages
        .into_option()
        .ok_or_else(|| Invalid("messages: expected an array".to_owned()))?;
    let messages = messages
        .0
        .into_iter()
        .enumerate()
        .map(|(index, wire)| {
            message::decode(wire)
                .map_err(|Invalid(error)| Invalid(format!("messages[{index}].{error}")))
        })
        .collect::<Result<_, _>>()?;
    let stream = wire.stream.or_keep_null("stream", &mut extra);
    if stream == Some(false) {
        extra.keep("stream", RawValue::FALSE);
    }
    let tools = wire.tools.or_keep_empty("tools", &mut extra);
    Ok(Request {
        model: wire.model.or_keep_null("model", &mut extra),
        messages,
        stream: stream.unwrap_or(false),
        stream_usage: true,
        sampling: Sampling {
            temperature: wire.temperature.or_keep_null("temperature", &mut extra),
            top_p: wire.p.or_keep_null("p", &mut extra),
            top_k: wire.k.or_keep_null("k", &mut extra),
            seed: wire.seed.or_keep_null("seed", &mut extra),
            frequency_penalty: wire
                .frequency_penalty
                .or_keep_null("frequency_penalty", &mut extra),
            presence_penalty: wire
                .presence_penalty
                .or_keep_null("presence_penalty", &mut extra),
        },
        max_tokens: wire
            .max_tokens
            .or_keep_null("max_tokens", &mut extra)
            .map(MaxTokens::Answer),
        stop: wire
            .stop_sequences
            .or_keep_null("stop_sequences", &mut extra)
            .map(|List(texts)| Stop::Many(texts)),
        choices: None,
        tools: tool::decode(tools, wire.strict_tools, &mut extra),
        tool_choice: wire
            .tool_choice
            .or_keep_null("tool_choice", &mut extra)
            .map(tool_choice),
        response_format: wire
            .response_format
            .or_keep_null("response_format", &mut extra)
            .map(response_format),
        extra: Extra::new(FORMAT, extra),
    })
}

fn tool_choice(raw: &RawValue) -> ToolChoice<'_> {
    match raw.get() {
        r#""REQUIRED""# => ToolChoice::Required,
        r#""NONE""# => ToolChoice::None,
        _ => ToolChoice::Other(Raw {
            from: FORMAT,
            value: raw,
        }),
    }
}

fn response_format(raw: &RawValue) -> ResponseFormat<'_> {
    let whole = Raw {
        from: FORMAT,
        value: raw,
    };
    let Ok(wire) = json::parse::<wire::ResponseFormat<'_>>(raw.get().as_bytes()) else {
        return ResponseFormat::Other(whole);
    };
    let Field::Is(kind) = wire.kind else {
        return ResponseFormat::Other(whole);
    };
    match wire.json_schema {
        _ if !wire.extra.is_empty() => ResponseFormat::Other(whole),
        Field::Absent if kind.is("text") => ResponseFormat::Text,
        Field::Absent if kind.is("json_object") => ResponseFormat::JsonObject,
        Field::Is(schema) if kind.is("json_object") => ResponseFormat::JsonSchema {
            schema: Raw {
                from: FORMAT,
                value: schema,
            },
            whole,
        },
        _ => ResponseFormat::Other(whole),
    }
}

pub(super) fn encode(request: &Request<'_>, out: &mut Vec<u8>) -> Result<Loss, Invalid> {
    if let Some(choices) = &request.choices
        && choices.as_u64() != Some(1)
    {
        return Err(Invalid(
            "n: Cohere gives one answer to a request: leave n out or set it to 1".to_owned(),
        ));
    }
    let mut loss = Loss::default();
    let mut object = ObjectWriter::open(out);
    object.optional("model", request.model.as_ref());
    write_messages(request, object.key("messages"), &mut loss)?;
    let sampling = &request.sampling;
    for (name, number) in [
        ("temperature", &sampling.temperature),
        ("k", &sampling.top_k),
        ("seed", &sampling.seed),
        ("frequency_penalty", &sampling.frequency_penalty),
        ("presence_penalty", &sampling.presence_penalty),
    ] {
        object.optional(name, number.as_ref());
    }
    let foreign = request.extra.from != FORMAT;
    if let Some(top_p) = &sampling.top_p {
        // Cohere takes 0.01 to 0.99; the many clients that send 1 want no bound.
        match top_p.as_str().parse::<f64>() {
            Ok(value) if foreign && value > 0.99 => object.key("p").extend_from_slice(b"0.99"),
            Ok(value) if foreign && value < 0.01 => object.key("p").extend_from_slice(b"0.01"),
            _ => object.field("p", top_p),
        }
    }
    object.optional(
        "max_tokens",
        request.max_tokens.as_ref().map(MaxTokens::number),
    );
    if let Some(stop) = &request.stop {
        stop.as_slice().write(object.key("stop_sequences"));
    }
    if request.stream {
        object.field("stream", &true);
    }
    tool::encode(request, &mut object, &mut loss)?;
    write_response_format(request, &mut object, &mut loss);
    write::extra(&request.extra, "", &mut object, &mut loss);
    object.close();
    Ok(loss)
}

fn write_response_format(request: &Request<'_>, object: &mut ObjectWriter<'_>, loss: &mut Loss) {
    let own = request.extra.of(FORMAT).is_some();
    match &request.response_format {
        // What Cohere does unasked, and what not every model takes.
        Some(ResponseFormat::Text) if own => {
            object
                .key("response_format")
                .extend_from_slice(br#"{"type":"text"}"#);
        }
        Some(ResponseFormat::Text) | None => {}
        Some(ResponseFormat::JsonObject) => {
            object
                .key("response_format")
                .extend_from_slice(br#"{"type":"json_object"}"#);
        }
        Some(ResponseFormat::JsonSchema { whole, .. }) if whole.from == FORMAT => {
            object.field("response_format", &whole.value);
        }
        Some(ResponseFormat::JsonSchema { schema, .. }) => {
            let mut format = ObjectWriter::open(object.key("response_format"));
            format.field("type", &"json_object");
            format.field("json_schema", &schema.value);
            format.close();
        }
        Some(ResponseFormat::Other(raw)) if raw.from == FORMAT => {
            object.field("response_format", &raw.value);
        }
        Some(ResponseFormat::Other(_)) => loss.drop("response_format"),
    }
}

fn write_messages(
    request: &Request<'_>,
    out: &mut Vec<u8>,
    loss: &mut Loss,
) -> Result<(), Invalid> {
    out.push(b'[');
    for (index, each) in request.messages.iter().enumerate() {
        refuse_foreign(&each.parts)
            .map_err(|Invalid(error)| Invalid(format!("messages[{index}].{error}")))?;
        if index > 0 {
            out.push(b',');
        }
        write_message(each, out, loss);
    }
    out.push(b']');
    Ok(())
}

pub(super) fn write_message(each: &Message<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    let own = each.extra.of(FORMAT).is_some();
    let mut object = ObjectWriter::open(out);
    object.field("role", &role(each.role));
    write::parts(own, each.shape, &each.parts, &mut object, loss);
    write::extra(&each.extra, "messages", &mut object, loss);
    object.close();
}

object! {
    struct Typed<'a> {
        "type" kind: Text<'a>,
    }
}

/// Content that Cohere has no type for is the client's to know of: an answer without it would be wrong.
fn refuse_foreign(parts: &[Part<'_>]) -> Result<(), Invalid> {
    let mut content = 0;
    for part in parts {
        match &part.kind {
            PartKind::Other(raw) if raw.from != FORMAT => {
                let kind = json::parse::<Typed<'_>>(raw.value.get().as_bytes())
                    .ok()
                    .and_then(|typed| typed.kind.into_option())
                    .map_or_else(
                        || part.kind.name().to_owned(),
                        |kind| format!("part of type {}", kind.literal()),
                    );
                return Err(Invalid(format!(
                    "content[{content}]: Cohere takes no {kind}"
                )));
            }
            PartKind::ToolResult { parts, .. } => refuse_foreign(parts)?,
            PartKind::Text(_)
            | PartKind::Image { .. }
            | PartKind::Refusal(_)
            | PartKind::Other(_) => content += 1,
            PartKind::Reasoning(_) | PartKind::ToolCall(_) | PartKind::Citation(_) => {}
        }
    }
    Ok(())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}
