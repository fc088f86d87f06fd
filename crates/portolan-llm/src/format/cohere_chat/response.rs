//! Whole answers: wire to hub, hub to wire.

use super::{FORMAT, message, wire, write};
use crate::{
    chat::{Choice, Extra, Finish, Loss, PartKind, Raw, Response, Role, Shape, Usage},
    format::Envelope,
    json::{self, Field, Invalid, Key, Number, ObjectWriter, RawValue, Text, Write},
    usage::Tokens,
};

const ASSISTANT: &str = r#""assistant""#;

pub(super) fn decode(body: &[u8]) -> Result<Response<'_>, Invalid> {
    let wire: wire::Response<'_> = json::parse(body)?;
    let mut extra = wire.extra;
    let usage = wire
        .usage
        .or_keep_null("usage", &mut extra)
        .and_then(|raw| usage(raw).ok());
    let reason = wire.finish_reason.or_keep_null("finish_reason", &mut extra);
    let message = wire
        .message
        .into_option()
        .ok_or_else(|| Invalid("message: expected an object".to_owned()))?;
    Ok(Response {
        id: wire.id.or_keep_null("id", &mut extra),
        created: None,
        model: None,
        choices: vec![choice(message, reason)?],
        usage,
        extra: Extra::new(FORMAT, extra),
    })
}

fn choice<'a>(
    mut message: wire::Message<'a>,
    reason: Option<&'a RawValue>,
) -> Result<Choice<'a>, Invalid> {
    match message.role {
        Field::Is(role) if role.get() != ASSISTANT => message.extra.push("role".into(), role),
        Field::Null => message.extra.push("role".into(), RawValue::NULL),
        Field::Is(_) | Field::Absent => {}
    }
    if let Field::Is(wire::Content::Plain(_)) = message.content {
        return Err(Invalid("message.content: expected an array".to_owned()));
    }
    let message = message::parts(Role::Assistant, message)
        .map_err(|Invalid(error)| Invalid(format!("message.{error}")))?;
    // Two reasons are one to the hub: the word itself is the mark that tells them apart.
    let mut word = json::Extra::default();
    if let Some(reason) = reason {
        word.push(Key::Borrowed(reason.get()), RawValue::NULL);
    }
    Ok(Choice {
        index: 0,
        // A list here always; elsewhere an answer's text is a string.
        shape: Shape::Plain,
        parts: message.parts,
        finish: reason.map(finish).transpose()?,
        message_extra: message.extra,
        extra: Extra::new(FORMAT, word),
    })
}

pub(super) fn finish(raw: &RawValue) -> Result<Finish<'_>, Invalid> {
    let reason = Text::from_raw(raw)
        .ok_or_else(|| Invalid("finish_reason: expected a string".to_owned()))?;
    Ok(match raw.get() {
        r#""COMPLETE""# | r#""STOP_SEQUENCE""# => Finish::Stop,
        r#""MAX_TOKENS""# => Finish::Length,
        r#""TOOL_CALL""# => Finish::ToolCalls,
        r#""ERROR_TOXIC""# => Finish::ContentFilter,
        _ => Finish::Other(reason),
    })
}

/// R-04: a call was made, so the reason is `TOOL_CALL`, whatever the provider says.
pub(super) fn write_finish(reason: &Finish<'_>, called: bool, out: &mut Vec<u8>) {
    match reason {
        Finish::Stop | Finish::ToolCalls if called => "TOOL_CALL".write(out),
        Finish::Stop | Finish::ToolCalls => "COMPLETE".write(out),
        Finish::Length => "MAX_TOKENS".write(out),
        Finish::ContentFilter => "ERROR_TOXIC".write(out),
        Finish::Other(text) => text.write(out),
    }
}

/// `tokens` is what the model read and wrote; `billed_units` stands in where it is not told.
pub(super) fn usage(raw: &RawValue) -> Result<Usage<'_>, Invalid> {
    let wire: wire::Usage<'_> = json::parse(raw.get().as_bytes())
        .map_err(|Invalid(error)| Invalid(format!("usage: {error}")))?;
    let places = [wire.tokens.as_ref(), wire.billed_units.as_ref()];
    let told = |field: fn(&wire::Units<'_>) -> Option<u64>| {
        places
            .iter()
            .copied()
            .flatten()
            .find_map(field)
            .unwrap_or(0)
    };
    Ok(Usage {
        tokens: Tokens {
            input: told(|units| count(&units.input_tokens)),
            output: told(|units| count(&units.output_tokens)),
            cached_input: count(&wire.cached_tokens),
            reasoning: None,
        },
        raw: Raw {
            from: FORMAT,
            value: raw,
        },
    })
}

/// Documented as a double: `12.0` is twelve.
fn count(field: &Field<Number<'_>>) -> Option<u64> {
    let number = field.as_ref()?;
    number.as_u64().or_else(|| {
        let (whole, fraction) = number.as_str().split_once('.')?;
        fraction
            .bytes()
            .all(|digit| digit == b'0')
            .then(|| whole.parse().ok())
            .flatten()
    })
}

pub(super) fn write_usage(usage: &Usage<'_>, out: &mut Vec<u8>) {
    if usage.raw.from == FORMAT {
        usage.raw.value.write(out);
        return;
    }
    let mut object = ObjectWriter::open(out);
    let mut tokens = ObjectWriter::open(object.key("tokens"));
    tokens.field("input_tokens", &usage.tokens.input);
    tokens.field("output_tokens", &usage.tokens.output);
    tokens.close();
    object.optional("cached_tokens", usage.tokens.cached_input.as_ref());
    object.close();
}

pub(super) fn encode(response: &Response<'_>, envelope: &Envelope, out: &mut Vec<u8>) -> Loss {
    let mut loss = Loss::default();
    let own = response.extra.of(FORMAT);
    let mut object = ObjectWriter::open(out);
    match &response.id {
        Some(id) => object.field("id", id),
        None if own.is_none() => object.field("id", &envelope.id.as_str()),
        None => {}
    }
    if response.choices.len() > 1 {
        loss.drop("choices");
    }
    if let Some(choice) = response.choices.first() {
        write_choice(choice, &mut object, &mut loss);
    }
    if let Some(usage) = &response.usage {
        write_usage(usage, object.key("usage"));
    }
    match own {
        Some(fields) => object.extra(fields),
        None => loss.drop_all("", response.extra.names().filter(|name| *name != "object")),
    }
    object.close();
    loss
}

fn write_choice(choice: &Choice<'_>, object: &mut ObjectWriter<'_>, loss: &mut Loss) {
    let own = choice.message_extra.of(FORMAT);
    let mut message = ObjectWriter::open(object.key("message"));
    if !own.is_some_and(|fields| fields.iter().any(|(name, _)| name == "role")) {
        message.field("role", &"assistant");
    }
    write::parts(
        own.is_some(),
        Shape::Parts,
        &choice.parts,
        &mut message,
        loss,
    );
    match own {
        Some(fields) => message.extra(fields),
        None => loss.drop_all(
            "message",
            choice.message_extra.names().filter(|name| *name != "role"),
        ),
    }
    message.close();
    match choice.extra.of(FORMAT) {
        Some(word) => {
            if let Some((word, _)) = word.iter().next() {
                object
                    .key("finish_reason")
                    .extend_from_slice(word.as_bytes());
            }
        }
        None => {
            let called = choice
                .parts
                .iter()
                .any(|part| matches!(part.kind, PartKind::ToolCall(_)));
            let reason = choice.finish.as_ref().unwrap_or(&Finish::Stop);
            write_finish(reason, called, object.key("finish_reason"));
            loss.drop_all("choices", choice.extra.names());
        }
    }
}
