//! What an answer or an event is, without translating it.

use serde::de::{Error, MapAccess};

use super::{error, response};
use crate::{
    format::{Class, Observation},
    framing::sse,
    json::{self, Field, Ignored, Invalid, Key, List, Number, RawValue, Rest, Text, object},
};

object! {
    struct Seen<'a>: Ignored {
        "object" object: Text<'a>,
        "model" model: Text<'a>,
        "choices" choices: List<Choice<'a>>,
        "usage" usage: &'a RawValue,
        "error" error: &'a RawValue,
    }

    struct Choice<'a>: Ignored {
        "index" index: Number<'a>,
        "message" message: Message<'a>,
        "delta" delta: Message<'a>,
        "finish_reason" finish_reason: Text<'a>,
    }

    struct Message<'a>: Says {
        "role" role: &'a RawValue,
    }
}

/// Whether any field of a message but its role says something: `content`, `tool_calls`, `refusal`,
/// `reasoning_content`, `audio`, and what providers add.
#[derive(Debug, Clone, Copy, Default)]
struct Says(bool);

impl<'a> Rest<'a> for Says {
    fn take<'de: 'a, A: MapAccess<'de>>(
        &mut self,
        _: Key<'a>,
        members: &mut A,
    ) -> Result<(), A::Error> {
        let value: &RawValue = members.next_value().map_err(A::Error::custom)?;
        self.0 |= !matches!(value.get(), "null" | "false" | "\"\"" | "[]" | "{}");
        Ok(())
    }
}

pub(super) fn response(body: &[u8]) -> Result<Observation<'_>, Invalid> {
    let seen: Seen<'_> = json::parse(body)?;
    Ok(observe(body, seen))
}

pub(super) fn event<'a>(event: &'a sse::Event<'_>) -> Observation<'a> {
    let class = |class| Observation {
        class,
        ..Observation::default()
    };
    match event.data.as_deref() {
        None | Some(b"") => class(Class::Lifecycle),
        Some(b"[DONE]") => class(Class::Terminal),
        Some(data) => match json::parse::<Seen<'_>>(data) {
            Ok(seen) => observe(data, seen),
            Err(_) => class(Class::Malformed),
        },
    }
}

fn observe<'a>(document: &[u8], seen: Seen<'a>) -> Observation<'a> {
    let mut observation = Observation {
        usage: seen
            .usage
            .into_option()
            .and_then(|raw| response::usage(raw).ok())
            .map(|usage| usage.tokens),
        model: seen.model.into_option(),
        ..Observation::default()
    };
    if let Some(failure) = error::inside(document, &seen.error, seen.object.as_ref()) {
        observation.class = Class::Error;
        observation.error = Some(failure);
        observation.error_as_told = seen.error.as_ref().is_some();
        return observation;
    }
    let choices = seen.choices.into_option().unwrap_or_default().0;
    if choices.is_empty() && observation.usage.is_some() {
        observation.class = Class::Usage;
    }
    for (at, choice) in choices.into_iter().enumerate() {
        let index = response::index(choice.index.as_ref(), at);
        observation.choices.note(index, false);
        let messages = [choice.message, choice.delta];
        let mut messages = messages.into_iter().filter_map(Field::into_option);
        if messages.any(|message| message.extra.0) {
            observation.class = Class::Content;
        }
        if let Field::Is(reason) = choice.finish_reason
            && !reason.is_empty()
        {
            observation.choices.note(index, true);
            let promises = response::finish(reason).promises_content();
            observation.finish = Some(observation.finish.unwrap_or(true) && promises);
        }
    }
    observation
}
