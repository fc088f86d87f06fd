//! Errors, as OpenAI and the many that speak its format tell them.

use crate::{
    chat::Failure,
    json::{self, Field, ObjectWriter, RawValue, Text, object},
};

object! {
    struct Body<'a> {
        "error" error: &'a RawValue,
        "message" message: &'a RawValue,
        "detail" detail: &'a RawValue,
        "type" kind: &'a RawValue,
        "code" code: &'a RawValue,
        "param" param: &'a RawValue,
    }
}

/// `{"error": {...}}`; `{"error": "text"}`; or the fields at the top, as Mistral and FastAPI (`detail`) have them.
pub(super) fn decode(status: u16, body: &[u8]) -> Failure {
    let failure = json::parse::<Body<'_>>(body).ok().and_then(|body| {
        let inner = body.error.as_ref().copied();
        match inner {
            Some(inner) => from_value(inner),
            None => from_body(body, None),
        }
    });
    let failure = failure.unwrap_or_else(|| Failure {
        message: String::from_utf8_lossy(body).into_owned(),
        ..Failure::default()
    });
    Failure {
        status: Some(status),
        ..failure
    }
}

/// An error as it stands in an answer or in an event of a stream: an object, or its message alone.
fn from_value(value: &RawValue) -> Option<Failure> {
    if matches!(value.get(), "\"\"" | "{}" | "false") {
        return None;
    }
    if let Some(message) = Text::from_raw(value) {
        return Some(Failure {
            message: message.unescape().into_owned(),
            ..Failure::default()
        });
    }
    let told = json::parse(value.get().as_bytes()).ok();
    Some(match told.and_then(|body| from_body(body, Some(value))) {
        Some(failure) => failure,
        None => Failure {
            message: value.get().to_owned(),
            ..Failure::default()
        },
    })
}

/// `whole` is the message where it has none of its own.
fn from_body(body: Body<'_>, whole: Option<&RawValue>) -> Option<Failure> {
    let message = text(&body.message)
        .or_else(|| text(&body.detail))
        .or_else(|| whole.map(|whole| whole.get().to_owned()))?;
    let code = text(&body.code);
    Some(Failure {
        // Some name the HTTP status in `code`: OpenRouter and vLLM do.
        status: code
            .as_deref()
            .and_then(|code| code.parse().ok())
            .filter(|status| (400..600).contains(status)),
        message,
        kind: text(&body.kind),
        code,
        param: text(&body.param),
    })
}

/// The error that an answer or an event tells in place of what it should be: under `error`, or, where `object` says
/// so, at the top, as Mistral does.
pub(super) fn inside(
    document: &[u8],
    error: &Field<&RawValue>,
    object: Option<&Text<'_>>,
) -> Option<Failure> {
    match error.as_ref() {
        Some(error) => from_value(error),
        None if object.is_some_and(|object| object.is("error")) => {
            from_body(json::parse(document).ok()?, None)
        }
        None => None,
    }
}

/// A string's characters, any other value's JSON.
fn text(field: &Field<&RawValue>) -> Option<String> {
    let raw = field.as_ref()?;
    Some(match Text::from_raw(raw) {
        Some(text) => text.unescape().into_owned(),
        None => raw.get().to_owned(),
    })
}

/// All four fields are always there: the SDKs read them.
pub(super) fn encode(failure: &Failure, out: &mut Vec<u8>) {
    let mut object = ObjectWriter::open(out);
    let mut error = ObjectWriter::open(object.key("error"));
    error.field("message", &failure.message.as_str());
    for (name, value) in [
        (
            "type",
            failure.kind.as_deref().or(Some(kind_of(failure.status))),
        ),
        ("param", failure.param.as_deref()),
        ("code", failure.code.as_deref()),
    ] {
        match value {
            Some(value) => error.field(name, &value),
            None => error.key(name).extend_from_slice(b"null"),
        }
    }
    error.close();
    object.close();
}

/// OpenAI's `type` of an error whose provider names none.
fn kind_of(status: Option<u16>) -> &'static str {
    match status {
        Some(401 | 403) => "authentication_error",
        Some(429) => "rate_limit_error",
        Some(400..500) => "invalid_request_error",
        _ => "server_error",
    }
}
