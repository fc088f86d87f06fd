//! What a stand-in says to a chat, before a provider's format is put around it.
//! A token is a whitespace-separated word: of the message texts for the prompt, of the text or the tools' arguments for the completion.

pub(crate) mod cohere;
pub(crate) mod mistral;
pub(crate) mod openai;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value};

/// The fields of a request.
pub(crate) type Fields = Map<String, Value>;

/// A provider's own way to answer a chat.
pub(crate) struct Dialect {
    /// The response header that carries the provider's id of a request.
    pub(crate) id_header: &'static str,
    pub(crate) check: fn(&Fields) -> Result<(), Refusal>,
    pub(crate) whole: fn(&Said) -> String,
    /// SSE events; the last one tells that the stream is complete.
    pub(crate) events: fn(&Said) -> Vec<String>,
    /// Whether a stream tells its usage without `stream_options.include_usage`.
    pub(crate) usage_unasked: bool,
    /// The body of an answer with that status, from 400 on.
    pub(crate) failure: fn(u16) -> String,
    /// The body of a 401.
    pub(crate) wrong_credentials: fn() -> String,
    /// An SSE event that tells of a failure in mid-stream.
    pub(crate) error_event: fn() -> String,
}

/// Why a provider does not take a request.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) prompt: u64,
    pub(crate) completion: u64,
}

/// An answer in no provider's format yet.
pub(crate) struct Said {
    /// Makes the ids of the answer.
    pub(crate) seq: u64,
    /// Seconds since 1970.
    pub(crate) created: u64,
    /// As requested.
    pub(crate) model: String,
    pub(crate) content: Content,
    pub(crate) usage: Usage,
    /// Whether usage was asked for with a stream.
    pub(crate) include_usage: bool,
}

pub(crate) enum Content {
    Text {
        text: String,
        /// Whether the request's limit of tokens ended it.
        cut_short: bool,
    },
    Calls(Vec<Call>),
}

/// A call of one of the request's tools.
pub(crate) struct Call {
    pub(crate) name: String,
    /// A JSON object.
    pub(crate) arguments: String,
}

/// Answers `request` with `text`, or without one by echoing the last message, or by calling its tools.
pub(crate) fn say(request: &Fields, text: Option<&str>, seq: u64) -> Said {
    let messages = messages(request);
    let last_role = messages.last().map_or("", role);
    let calls = if text.is_none() && last_role == "user" {
        calls(request)
    } else {
        Vec::new()
    };
    let content = if calls.is_empty() {
        let text = text.map_or_else(|| echo(messages), str::to_owned);
        limited(text, limit(request))
    } else {
        Content::Calls(calls)
    };
    let completion = match &content {
        Content::Text { text, .. } => words(text),
        Content::Calls(calls) => calls.iter().map(|call| words(&call.arguments)).sum(),
    };
    let prompt = messages
        .iter()
        .filter_map(|message| message.get("content"))
        .map(|content| words(&text_of(content)))
        .sum();
    Said {
        seq,
        created: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        model: string(request, "model").to_owned(),
        content,
        usage: Usage { prompt, completion },
        include_usage: request
            .get("stream_options")
            .and_then(|options| options.get("include_usage"))
            == Some(&Value::Bool(true)),
    }
}

pub(crate) fn messages(request: &Fields) -> &[Value] {
    request
        .get("messages")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or("")
}

fn string<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or("")
}

fn echo(messages: &[Value]) -> String {
    let text = |wanted: &str| {
        messages
            .iter()
            .rev()
            .find(|message| role(message) == wanted)
            .and_then(|message| message.get("content"))
            .map_or(Cow::Borrowed(""), text_of)
    };
    if messages.last().is_some_and(|last| role(last) == "tool") {
        format!("The tool said: {}", text("tool"))
    } else {
        format!("You said: {}", text("user"))
    }
}

/// The text of a message's content; parts are joined by line feeds.
fn text_of(content: &Value) -> Cow<'_, str> {
    match content {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(parts) => {
            let texts: Vec<_> = parts.iter().filter_map(part_text).collect();
            Cow::Owned(texts.join("\n"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Cow::Borrowed(""),
    }
}

fn part_text(part: &Value) -> Option<Cow<'_, str>> {
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        return Some(Cow::Borrowed(text));
    }
    // Cohere's tool results may come as documents.
    match part.pointer("/document/data")? {
        Value::String(data) => Some(Cow::Borrowed(data)),
        data => Some(Cow::Owned(data.to_string())),
    }
}

/// A call of the first tool, or of the first two at once.
fn calls(request: &Fields) -> Vec<Call> {
    if string(request, "tool_choice").eq_ignore_ascii_case("none") {
        return Vec::new();
    }
    let at_once = match request.get("parallel_tool_calls") {
        Some(Value::Bool(false)) => 1,
        _ => 2,
    };
    let tools = request.get("tools").and_then(Value::as_array);
    tools
        .into_iter()
        .flatten()
        .take(at_once)
        .filter_map(|tool| tool.get("function"))
        .map(|function| Call {
            name: function
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
            arguments: arguments(function.get("parameters")),
        })
        .collect()
}

/// An object with a value for each required property of `schema`.
fn arguments(schema: Option<&Value>) -> String {
    let required = schema
        .and_then(|schema| schema.get("required"))
        .and_then(Value::as_array);
    let object: Fields = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| {
            let property = schema
                .and_then(|schema| schema.get("properties"))
                .and_then(|properties| properties.get(name));
            (name.to_owned(), example(property))
        })
        .collect();
    Value::Object(object).to_string()
}

fn example(property: Option<&Value>) -> Value {
    let Some(property) = property else {
        return Value::Null;
    };
    if let Some(value) = property.pointer("/enum/0") {
        return value.clone();
    }
    match property.get("type").and_then(Value::as_str) {
        Some("string") => Value::from("Paris"),
        Some("integer" | "number") => Value::from(7),
        Some("boolean") => Value::from(true),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

fn limit(request: &Fields) -> Option<usize> {
    ["max_completion_tokens", "max_tokens"]
        .iter()
        .find_map(|&name| request.get(name)?.as_u64())
        .and_then(|limit| usize::try_from(limit).ok())
}

fn limited(text: String, limit: Option<usize>) -> Content {
    let short = limit.and_then(|limit| Some(chunks(&text).get(..limit)?.concat()));
    match short {
        Some(short) if short.len() < text.len() => Content::Text {
            text: short,
            cut_short: true,
        },
        _ => Content::Text {
            text,
            cut_short: false,
        },
    }
}

fn words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// The words of a text, each with the whitespace before it, the last one also with what follows it.
pub(crate) fn chunks(text: &str) -> Vec<&str> {
    let (mut chunks, mut start, mut gap, mut in_words) = (Vec::new(), 0, None, false);
    for (at, letter) in text.char_indices() {
        if !letter.is_whitespace() {
            if let Some(cut) = gap.take() {
                chunks.push(&text[start..cut]);
                start = cut;
            }
            in_words = true;
        } else if in_words {
            gap.get_or_insert(at);
        }
    }
    if start < text.len() {
        chunks.push(&text[start..]);
    }
    chunks
}

/// A call's arguments as a model lets them come: a few letters at a time.
pub(crate) fn fragments(arguments: &str) -> Vec<String> {
    let letters: Vec<char> = arguments.chars().collect();
    letters.chunks(5).map(|few| few.iter().collect()).collect()
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The names in `fields` that are not in `known`.
pub(crate) fn unknown<'a>(fields: &'a Fields, known: &[&str]) -> Vec<&'a str> {
    fields
        .keys()
        .map(String::as_str)
        .filter(|name| !known.contains(name))
        .collect()
}
