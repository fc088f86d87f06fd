//! Whole answers: wire to hub, hub to wire.

use super::{FORMAT, message, wire};
use crate::{
    chat::{Choice, Extra, Finish, Loss, Raw, Response, Role, Usage},
    format::Envelope,
    json::{self, Field, Invalid, List, Number, ObjectWriter, RawValue, Text, Write},
    usage::Tokens,
};

pub(super) fn decode(body: &[u8]) -> Result<Response<'_>, Invalid> {
    let wire: wire::Response<'_> = json::parse(body)?;
    let mut extra = wire.extra;
    let usage = wire
        .usage
        .or_keep_null("usage", &mut extra)
        .and_then(|raw| usage(raw).ok());
    let List(choices) = wire
        .choices
        .or_keep_null("choices", &mut extra)
        .unwrap_or_default();
    Ok(Response {
        id: wire.id.or_keep_null("id", &mut extra),
        created: wire.created.or_keep_null("created", &mut extra),
        model: wire.model.or_keep_null("model", &mut extra),
        choices: choices
            .into_iter()
            .enumerate()
            .map(|(at, wire)| {
                choice(at, wire).map_err(|Invalid(error)| Invalid(format!("choices[{at}].{error}")))
            })
            .collect::<Result<_, _>>()?,
        usage,
        extra: Extra::new(FORMAT, extra),
    })
}

fn choice(at: usize, wire: wire::Choice<'_>) -> Result<Choice<'_>, Invalid> {
    let mut extra = wire.extra;
    let mut message = wire
        .message
        .into_option()
        .ok_or_else(|| Invalid("message: expected an object".to_owned()))?;
    if let Field::Is(role) = message.role {
        message.extra.push("role".into(), role);
    }
    let message = message::parts(Role::Assistant, message)?;
    Ok(Choice {
        index: index(wire.index.as_ref(), at),
        shape: message.shape,
        parts: message.parts,
        finish: wire
            .finish_reason
            .or_keep_null("finish_reason", &mut extra)
            .map(finish),
        message_extra: message.extra,
        extra: Extra::new(FORMAT, extra),
    })
}

pub(super) fn index(index: Option<&Number<'_>>, at: usize) -> u32 {
    index
        .and_then(Number::as_u64)
        .and_then(|index| u32::try_from(index).ok())
        .unwrap_or_else(|| u32::try_from(at).unwrap_or(u32::MAX))
}

pub(super) fn finish(reason: Text<'_>) -> Finish<'_> {
    match reason.escaped() {
        "stop" => Finish::Stop,
        "length" => Finish::Length,
        "tool_calls" => Finish::ToolCalls,
        "content_filter" => Finish::ContentFilter,
        _ => Finish::Other(reason),
    }
}

/// a call was made, so the reason is `tool_calls`, whatever the provider says.
pub(super) fn write_finish(reason: &Finish<'_>, called: bool, out: &mut Vec<u8>) {
    match reason {
        Finish::Stop | Finish::ToolCalls if called => "tool_calls".write(out),
        Finish::Stop | Finish::ToolCalls => "stop".write(out),
        Finish::Length => "length".write(out),
        Finish::ContentFilter => "content_filter".write(out),
        Finish::Other(text) => text.write(out),
    }
}

pub(super) fn usage(raw: &RawValue) -> Result<Usage<'_>, Invalid> {
    let wire: wire::Usage<'_> = json::parse(raw.get().as_bytes())
        .map_err(|Invalid(error)| Invalid(format!("usage: {error}")))?;
    let count = |field: &Field<Number<'_>>| field.as_ref().and_then(Number::as_u64);
    Ok(Usage {
        tokens: Tokens {
            input: count(&wire.prompt_tokens).unwrap_or(0),
            output: count(&wire.completion_tokens).unwrap_or(0),
            cached_input: wire
                .prompt_details
                .as_ref()
                .and_then(|details| count(&details.cached_tokens)),
            reasoning: wire
                .completion_details
                .as_ref()
                .and_then(|details| count(&details.reasoning_tokens)),
        },
        raw: Raw {
            from: FORMAT,
            value: raw,
        },
    })
}

pub(super) fn write_usage(usage: &Usage<'_>, out: &mut Vec<u8>) {
    if usage.raw.from == FORMAT {
        usage.raw.value.write(out);
        return;
    }
    let tokens = &usage.tokens;
    let mut object = ObjectWriter::open(out);
    object.field("prompt_tokens", &tokens.input);
    object.field("completion_tokens", &tokens.output);
    object.field("total_tokens", &tokens.total());
    if let Some(cached) = tokens.cached_input {
        let mut details = ObjectWriter::open(object.key("prompt_tokens_details"));
        details.field("cached_tokens", &cached);
        details.close();
    }
    if let Some(reasoning) = tokens.reasoning {
        let mut details = ObjectWriter::open(object.key("completion_tokens_details"));
        details.field("reasoning_tokens", &reasoning);
        details.close();
    }
    object.close();
}

pub(super) fn encode(response: &Response<'_>, envelope: &Envelope, out: &mut Vec<u8>) -> Loss {
    let mut loss = Loss::default();
    let mut object = ObjectWriter::open(out);
    // What came in this format has all that it had, an absent `object` too.
    let own = response.extra.of(FORMAT).is_some();
    match &response.id {
        Some(id) => object.field("id", id),
        None if !own => object.field("id", &envelope.id.as_str()),
        None => {}
    }
    if !own {
        object.field("object", &"chat.completion");
    }
    match &response.created {
        Some(created) => object.field("created", created),
        None if !own => object.field("created", &envelope.created),
        None => {}
    }
    match &response.model {
        Some(model) => object.field("model", model),
        None if !own => object.field("model", &envelope.model.as_str()),
        None => {}
    }
    let choices = object.key("choices");
    choices.push(b'[');
    for (at, choice) in response.choices.iter().enumerate() {
        if at > 0 {
            choices.push(b',');
        }
        write_choice(choice, choices, &mut loss);
    }
    choices.push(b']');
    if let Some(usage) = &response.usage {
        write_usage(usage, object.key("usage"));
    }
    message::write_extra(&response.extra, "", &mut object, &mut loss);
    object.close();
    loss
}

fn write_choice(choice: &Choice<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    use crate::chat::PartKind;
    let mut object = ObjectWriter::open(out);
    object.field("index", &choice.index);
    let mut written = ObjectWriter::open(object.key("message"));
    let own = choice.message_extra.of(FORMAT).is_some();
    if !own {
        written.field("role", &"assistant");
        // SDKs read `content` and `refusal` even where they are null.
        if !choice
            .parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::Text(_)))
        {
            written.key("content").extend_from_slice(b"null");
        }
        if !choice
            .parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::Refusal(_)))
        {
            written.key("refusal").extend_from_slice(b"null");
        }
    }
    message::encode(choice.shape, &choice.parts, &mut written, loss);
    message::write_extra(&choice.message_extra, "message", &mut written, loss);
    written.close();
    if !own {
        object.key("logprobs").extend_from_slice(b"null");
    }
    let called = choice
        .parts
        .iter()
        .any(|part| matches!(part.kind, PartKind::ToolCall(_)));
    match &choice.finish {
        Some(reason) => {
            write_finish(reason, called, object.key("finish_reason"));
        }
        None if !own => write_finish(&Finish::Stop, called, object.key("finish_reason")),
        None => {}
    }
    message::write_extra(&choice.extra, "choices", &mut object, loss);
    object.close();
}
