//! Messages and their parts, of requests and of answers alike: wire to hub, hub to wire.

use super::{FORMAT, wire};
use crate::{
    chat::{Extra, Loss, Message, Part, PartKind, Raw, Role, Shape, ToolCall},
    json::{self, Field, Invalid, ObjectWriter, RawValue, Text, Write},
};

pub(super) fn decode(wire: wire::Message<'_>) -> Result<Message<'_>, Invalid> {
    let role = wire
        .role
        .as_ref()
        .and_then(|role| Text::from_raw(role))
        .ok_or_else(|| Invalid("role: expected a string".to_owned()))?;
    let role = match role.unescape().as_ref() {
        "system" => Role::System,
        "developer" => Role::Developer,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => {
            return Err(Invalid(format!(
                "role: {} is none of system, developer, user, assistant, tool",
                role.literal()
            )));
        }
    };
    parts(role, wire)
}

/// A message of a known role; an answer's need not name it.
pub(super) fn parts<'a>(role: Role, wire: wire::Message<'a>) -> Result<Message<'a>, Invalid> {
    let mut extra = wire.extra;
    let mut parts = Vec::new();
    if let Some(text) = wire
        .reasoning_content
        .or_keep_null("reasoning_content", &mut extra)
    {
        parts.push(bare(PartKind::Reasoning(text)));
    }
    let (mut shape, content) = content(wire.content.or_keep_null("content", &mut extra));
    let call = wire.tool_call_id.or_keep_null("tool_call_id", &mut extra);
    match (role, call) {
        (Role::Tool, Some(call)) => parts.push(bare(PartKind::ToolResult {
            call,
            // The content is the result's.
            shape: std::mem::replace(&mut shape, Shape::Plain),
            parts: content,
        })),
        (Role::Tool, None) => {
            return Err(Invalid("tool_call_id: expected a string".to_owned()));
        }
        (_, Some(_)) => {
            return Err(Invalid(
                "tool_call_id: only a tool message has one".to_owned(),
            ));
        }
        (_, None) => parts.extend(content),
    }
    if let Some(text) = wire.refusal.or_keep_null("refusal", &mut extra) {
        parts.push(bare(PartKind::Refusal(text)));
    }
    let calls = wire.tool_calls.or_keep_empty("tool_calls", &mut extra);
    for (index, call) in calls.into_iter().enumerate() {
        parts.push(
            tool_call(call)
                .map_err(|Invalid(error)| Invalid(format!("tool_calls[{index}].{error}")))?,
        );
    }
    Ok(Message {
        role,
        shape,
        parts,
        extra: Extra::new(FORMAT, extra),
    })
}

fn bare(kind: PartKind<'_>) -> Part<'_> {
    Part {
        kind,
        extra: Extra::new(FORMAT, json::Extra::default()),
    }
}

fn content(content: Option<wire::Content<'_>>) -> (Shape, Vec<Part<'_>>) {
    match content {
        None => (Shape::Plain, Vec::new()),
        Some(wire::Content::Plain(text)) => (Shape::Plain, vec![bare(PartKind::Text(text))]),
        Some(wire::Content::Parts(parts)) => (Shape::Parts, parts.into_iter().map(part).collect()),
    }
}

fn part(wire: wire::Part<'_>) -> Part<'_> {
    let wire::Part { part, raw } = wire;
    let is = |name| part.kind.as_ref().is_some_and(|kind| kind.is(name));
    let (text, image, refusal) = (is("text"), is("image_url"), is("refusal"));
    let kind = match (part.text, part.image_url, part.refusal) {
        (Field::Is(value), Field::Absent, Field::Absent) if text => PartKind::Text(value),
        (Field::Absent, Field::Absent, Field::Is(value)) if refusal => PartKind::Refusal(value),
        (Field::Absent, Field::Is(value), Field::Absent) if image && value.extra.is_empty() => {
            match (value.url, value.detail) {
                (Field::Is(url), Field::Is(detail)) => PartKind::Image {
                    url,
                    detail: Some(detail),
                },
                (Field::Is(url), Field::Absent) => PartKind::Image { url, detail: None },
                _ => PartKind::Other(Raw {
                    from: FORMAT,
                    value: raw,
                }),
            }
        }
        _ => PartKind::Other(Raw {
            from: FORMAT,
            value: raw,
        }),
    };
    let extra = match kind {
        PartKind::Other(_) => json::Extra::default(),
        _ => part.extra,
    };
    Part {
        kind,
        extra: Extra::new(FORMAT, extra),
    }
}

/// Where an unknown field of a call's function is kept among the call's own.
const FUNCTION: &str = "function.";

fn tool_call(wire: wire::ToolCall<'_>) -> Result<Part<'_>, Invalid> {
    let missing = |field: &str| Invalid(format!("{field}: expected a string"));
    let function = wire
        .function
        .into_option()
        .ok_or_else(|| Invalid("function: expected an object".to_owned()))?;
    let mut extra = wire.extra;
    if let Field::Is(index) = wire.index {
        extra.keep("index", index);
    }
    for (name, value) in function.extra.iter() {
        extra.push(format!("{FUNCTION}{name}").into(), value);
    }
    Ok(Part {
        kind: PartKind::ToolCall(ToolCall {
            id: wire.id.into_option().ok_or_else(|| missing("id"))?,
            name: function
                .name
                .into_option()
                .ok_or_else(|| missing("function.name"))?,
            arguments: function
                .arguments
                .into_option()
                .unwrap_or(Text::constant(r#""{}""#)),
        }),
        extra: Extra::new(FORMAT, extra),
    })
}

fn write_tool_call(call: &ToolCall<'_>, extra: &Extra<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    let own = extra.of(FORMAT);
    if own.is_none() {
        loss.drop_all("tool_calls", extra.names());
    }
    let own = || own.into_iter().flat_map(json::Extra::iter);
    let mut written = ObjectWriter::open(out);
    written.field("id", &call.id);
    written.field("type", &"function");
    let mut function = ObjectWriter::open(written.key("function"));
    function.field("name", &call.name);
    function.field("arguments", &call.arguments);
    for (name, value) in own() {
        if let Some(name) = name.strip_prefix(FUNCTION) {
            function.field(name, &value);
        }
    }
    function.close();
    for (name, value) in own().filter(|(name, _)| !name.starts_with(FUNCTION)) {
        written.field(name, &value);
    }
    written.close();
}

pub(super) fn write_extra(
    extra: &Extra<'_>,
    place: &str,
    object: &mut ObjectWriter<'_>,
    loss: &mut Loss,
) {
    match extra.of(FORMAT) {
        Some(fields) => object.extra(fields),
        None => loss.drop_all(place, extra.names()),
    }
}

/// The fields of a message that its parts become: of a request's, and of an answer's.
pub(super) fn encode(
    shape: Shape,
    parts: &[Part<'_>],
    object: &mut ObjectWriter<'_>,
    loss: &mut Loss,
) {
    let is_content = |part: &&Part<'_>| match &part.kind {
        PartKind::Text(_) | PartKind::Image { .. } => true,
        PartKind::Other(raw) => raw.from == FORMAT,
        PartKind::Refusal(_) => shape == Shape::Parts,
        PartKind::Reasoning(_)
        | PartKind::ToolCall(_)
        | PartKind::ToolResult { .. }
        | PartKind::Citation(_) => false,
    };
    for part in parts {
        if matches!(&part.kind, PartKind::Other(raw) if raw.from != FORMAT) {
            loss.drop(format!("messages.content: {}", part.kind.name()));
        }
    }
    let content: Vec<&Part<'_>> = parts.iter().filter(is_content).collect();
    if shape == Shape::Parts || !content.is_empty() {
        write_content(shape, &content, object.key("content"), loss);
    }
    let mut calls = parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::ToolCall(call) => Some((call, &part.extra)),
            _ => None,
        })
        .peekable();
    if calls.peek().is_some() {
        let out = object.key("tool_calls");
        out.push(b'[');
        for (index, (call, extra)) in calls.enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_tool_call(call, extra, out, loss);
        }
        out.push(b']');
    }
    let reasoning = joined(parts, |kind| match kind {
        PartKind::Reasoning(text) => Some(text),
        _ => None,
    });
    object.optional("reasoning_content", reasoning.as_ref());
    if shape == Shape::Plain {
        let refusal = joined(parts, |kind| match kind {
            PartKind::Refusal(text) => Some(text),
            _ => None,
        });
        object.optional("refusal", refusal.as_ref());
    }
    for part in parts {
        if let PartKind::ToolResult { call, shape, parts } = &part.kind {
            object.field("tool_call_id", call);
            let content: Vec<&Part<'_>> = parts.iter().collect();
            if *shape == Shape::Parts || !content.is_empty() {
                write_content(*shape, &content, object.key("content"), loss);
            }
        }
    }
    let citations: Vec<&RawValue> = parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::Citation(raw) => Some(raw.value),
            _ => None,
        })
        .collect();
    if !citations.is_empty() {
        object.field("citations", &citations);
    }
}

/// All texts of one kind as one; a single one is borrowed.
fn joined<'t, 'a>(
    parts: &'t [Part<'a>],
    pick: impl Fn(&'t PartKind<'a>) -> Option<&'t Text<'a>>,
) -> Option<Text<'t>> {
    let texts: Vec<&Text<'a>> = parts.iter().filter_map(|part| pick(&part.kind)).collect();
    match texts.as_slice() {
        [] => None,
        [text] => Some((*text).clone()),
        texts => Some(Text::concat(texts.iter().copied())),
    }
}

fn write_content(shape: Shape, parts: &[&Part<'_>], out: &mut Vec<u8>, loss: &mut Loss) {
    let only_text = |part: &&Part<'_>| matches!(part.kind, PartKind::Text(_));
    if shape == Shape::Plain && parts.iter().all(only_text) {
        let texts = parts.iter().filter_map(|part| match &part.kind {
            PartKind::Text(text) => Some(text),
            _ => None,
        });
        out.push(b'"');
        for text in texts {
            out.extend_from_slice(text.escaped().as_bytes());
        }
        out.push(b'"');
        return;
    }
    out.push(b'[');
    let mut first = true;
    for part in parts {
        let foreign = matches!(&part.kind, PartKind::Other(raw) if raw.from != FORMAT);
        if foreign {
            loss.drop(format!("messages.content: {}", part.kind.name()));
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        write_part(part, out, loss);
    }
    out.push(b']');
}

fn write_part(part: &Part<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    if let PartKind::Other(raw) = &part.kind {
        raw.value.write(out);
        return;
    }
    let mut object = ObjectWriter::open(out);
    match &part.kind {
        PartKind::Text(text) => {
            object.field("type", &"text");
            object.field("text", text);
        }
        PartKind::Refusal(text) => {
            object.field("type", &"refusal");
            object.field("refusal", text);
        }
        PartKind::Image { url, detail } => {
            object.field("type", &"image_url");
            let mut image = ObjectWriter::open(object.key("image_url"));
            image.field("url", url);
            image.optional("detail", detail.as_ref());
            image.close();
        }
        PartKind::Reasoning(_)
        | PartKind::ToolCall(_)
        | PartKind::ToolResult { .. }
        | PartKind::Citation(_)
        | PartKind::Other(_) => {}
    }
    write_extra(&part.extra, "messages.content", &mut object, loss);
    object.close();
}
