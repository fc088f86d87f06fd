//! Errors: Cohere tells a message and, at times, an id. <https://docs.cohere.com/reference/errors>

use super::wire;
use crate::{
    chat::Failure,
    json::{self, ObjectWriter, RawValue, Text, object},
};

object! {
    struct Body<'a> {
        "message" message: &'a RawValue,
    }
}

pub(super) fn decode(status: u16, body: &[u8]) -> Failure {
    let message = json::parse::<Body<'_>>(body)
        .ok()
        .and_then(|body| body.message.into_option())
        .map_or_else(|| String::from_utf8_lossy(body).into_owned(), text);
    Failure {
        status: Some(status),
        message,
        ..Failure::default()
    }
}

pub(super) fn encode(failure: &Failure, out: &mut Vec<u8>) {
    let mut object = ObjectWriter::open(out);
    object.field("message", &failure.message.as_str());
    object.close();
}

/// The failure that an event is: of type `error`, or an error's body without a type.
pub(super) fn in_frame(frame: &wire::Frame<'_>) -> Option<Failure> {
    let message = frame.message.as_ref().copied();
    match &frame.kind {
        json::Field::Is(kind) if kind.is("error") => Some(failed(message.map_or_else(
            || String::from("Cohere ended its stream with an error"),
            text,
        ))),
        json::Field::Is(_) => None,
        json::Field::Absent | json::Field::Null => message.map(|message| failed(text(message))),
    }
}

/// The failure that an answer ended with, `error` being what it says of it.
pub(super) fn ended(reason: Option<&RawValue>, error: Option<&RawValue>) -> Option<Failure> {
    let reason = reason.map_or("", RawValue::get);
    let error = error.filter(|error| error.get() != r#""""#);
    let status = match reason {
        r#""TIMEOUT""# => Some(504),
        r#""ERROR""# => None,
        _ if error.is_some() => None,
        _ => return None,
    };
    let message = error.map_or_else(
        || format!("Cohere ended its answer with finish_reason {reason}"),
        text,
    );
    Some(Failure {
        status,
        ..failed(message)
    })
}

pub(super) fn failed(message: String) -> Failure {
    Failure {
        message,
        ..Failure::default()
    }
}

/// A string's characters, any other value's JSON.
pub(super) fn text(raw: &RawValue) -> String {
    match Text::from_raw(raw) {
        Some(text) => text.unescape().into_owned(),
        None => raw.get().to_owned(),
    }
}
