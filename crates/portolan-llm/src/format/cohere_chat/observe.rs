//! What an answer or an event is, without translating it.

use super::{error, response, stream, wire};
use crate::{
    chat::Failure,
    format::{Choices, Class, Observation},
    framing::sse,
    json::{self, Field, Invalid, List, RawValue, Text, object},
};

object! {
    struct Seen<'a> {
        "message" message: &'a RawValue,
        "finish_reason" finish_reason: &'a RawValue,
        "usage" usage: &'a RawValue,
    }

    struct Message<'a> {
        "content" content: &'a RawValue,
        "tool_plan" tool_plan: &'a RawValue,
        "tool_calls" tool_calls: &'a RawValue,
    }
}

pub(super) fn response(body: &[u8]) -> Result<Observation<'_>, Invalid> {
    let seen: Seen<'_> = json::parse(body)?;
    let mut observation = observe(seen.finish_reason, seen.usage);
    let Field::Is(message) = seen.message else {
        return Ok(failed(
            observation,
            error::ended(seen.finish_reason.into_option(), None),
        ));
    };
    // An error's body under a status that denies it.
    if Text::from_raw(message).is_some() {
        let failure = error::failed(error::text(message));
        return Ok(failed(observation, Some(failure)));
    }
    let message: Message<'_> = json::parse(message.get().as_bytes())?;
    if says(&message)? {
        observation.class = Class::Content;
    }
    let failure = error::ended(seen.finish_reason.into_option(), None);
    Ok(failed(observation, failure))
}

fn says(message: &Message<'_>) -> Result<bool, Invalid> {
    let filled =
        |field: Field<&RawValue>| field.into_option().is_some_and(|value| !is_empty(value));
    if filled(message.tool_plan) || filled(message.tool_calls) {
        return Ok(true);
    }
    let Field::Is(content) = message.content else {
        return Ok(false);
    };
    let List(parts): List<wire::ContentPart<'_>> = json::parse(content.get().as_bytes())?;
    Ok(parts
        .into_iter()
        .any(|part| match (part.text, part.thinking) {
            (Field::Absent, Field::Absent) => true,
            (text, thinking) => [text, thinking]
                .into_iter()
                .filter_map(Field::into_option)
                .any(|text| !text.is_empty()),
        }))
}

fn is_empty(value: &RawValue) -> bool {
    matches!(value.get(), "\"\"" | "[]" | "{}")
}

pub(super) fn event<'a>(event: &'a sse::Event<'_>) -> Observation<'a> {
    let class = |class| Observation {
        class,
        ..Observation::default()
    };
    let data = event.data.as_deref().unwrap_or_default();
    if data.is_empty() || data == b"[DONE]" {
        return class(Class::Lifecycle);
    }
    let Ok(frame) = json::parse::<wire::Frame<'_>>(data) else {
        return class(Class::Malformed);
    };
    if let Some(failure) = error::in_frame(&frame) {
        return failed(Observation::default(), Some(failure));
    }
    let delta = frame.delta.into_option().unwrap_or_default();
    let kind = frame.kind.as_ref().map_or("", Text::escaped);
    if kind == "message-end" {
        let mut observation = observe(delta.finish_reason, delta.usage);
        observation.class = Class::Terminal;
        let failure = error::ended(delta.finish_reason.into_option(), delta.error.into_option());
        return failed(observation, failure);
    }
    match delta_says(kind, &delta.message.into_option().unwrap_or_default()) {
        Ok(true) => class(Class::Content),
        Ok(false) => class(Class::Lifecycle),
        Err(_) => class(Class::Malformed),
    }
}

fn delta_says(kind: &str, message: &wire::DeltaMessage<'_>) -> Result<bool, Invalid> {
    let filled = |text: &Field<Text<'_>>| text.as_ref().is_some_and(|text| !text.is_empty());
    Ok(match kind {
        "content-start" | "content-delta" => {
            let content = stream::content(message)?;
            filled(&content.text) || filled(&content.thinking)
        }
        "tool-plan-delta" => filled(&message.tool_plan),
        "tool-call-delta" => match stream::tool_call(message)?.function {
            Field::Is(function) => {
                stream::fragment(&function)?.is_some_and(|fragment| !fragment.is_empty())
            }
            Field::Absent | Field::Null => false,
        },
        "tool-call-start" | "citation-start" => true,
        _ => false,
    })
}

fn observe(reason: Field<&RawValue>, usage: Field<&RawValue>) -> Observation<'static> {
    let mut choices = Choices::default();
    choices.note(0, reason.as_ref().is_some());
    Observation {
        usage: usage
            .into_option()
            .and_then(|raw| response::usage(raw).ok())
            .map(|usage| usage.tokens),
        finish: reason
            .into_option()
            .and_then(|raw| response::finish(raw).ok())
            .map(|finish| finish.promises_content()),
        choices,
        ..Observation::default()
    }
}

fn failed(observation: Observation<'_>, failure: Option<Failure>) -> Observation<'_> {
    match failure {
        None => observation,
        Some(failure) => Observation {
            class: Class::Error,
            error: Some(failure),
            error_as_told: true,
            ..observation
        },
    }
}
