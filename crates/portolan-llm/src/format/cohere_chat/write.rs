//! Messages and their parts, of requests and of answers alike: hub to wire.

use super::{
    FORMAT,
    message::{ARGUMENTS, FUNCTION, PLAN},
};
use crate::{
    chat::{Extra, Loss, Part, PartKind, Shape, ToolCall},
    json::{self, ObjectWriter, RawValue, Text, Write},
};

pub(super) fn extra(
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

/// The fields of a message that its parts become. `own`: it came in this format, which tells by itself
/// what is `tool_plan`; elsewhere that is the text beside calls.
pub(super) fn parts(
    own: bool,
    shape: Shape,
    parts: &[Part<'_>],
    object: &mut ObjectWriter<'_>,
    loss: &mut Loss,
) {
    let beside_calls = !own
        && parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::ToolCall(_)));
    let mut plan: Vec<&Text<'_>> = Vec::new();
    let mut content: Vec<&Part<'_>> = Vec::new();
    let mut calls: Vec<(&ToolCall<'_>, &Extra<'_>)> = Vec::new();
    let mut citations: Vec<&RawValue> = Vec::new();
    for part in parts {
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) if beside_calls => {
                // An empty one says nothing.
                if !text.is_empty() {
                    plan.push(text);
                }
            }
            PartKind::Text(text) if is_plan(part) => plan.push(text),
            PartKind::Other(raw) if raw.from != FORMAT => {
                loss.drop(format!("messages.content: {}", part.kind.name()));
            }
            PartKind::Text(_)
            | PartKind::Refusal(_)
            | PartKind::Reasoning(_)
            | PartKind::Image { .. }
            | PartKind::Other(_) => content.push(part),
            PartKind::ToolCall(call) => calls.push((call, &part.extra)),
            PartKind::ToolResult { call, shape, parts } => {
                object.field("tool_call_id", call);
                let parts: Vec<&Part<'_>> = parts.iter().collect();
                write_content(*shape, &parts, object, loss);
            }
            PartKind::Citation(raw) if raw.from == FORMAT => citations.push(raw.value),
            PartKind::Citation(_) => loss.drop("messages.citations"),
        }
    }
    if !plan.is_empty() {
        object.field(PLAN, &Text::concat(plan.iter().copied()));
    }
    write_content(shape, &content, object, loss);
    if !calls.is_empty() {
        let out = object.key("tool_calls");
        out.push(b'[');
        for (index, (call, extra)) in calls.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_call(call, extra, out, loss);
        }
        out.push(b']');
    }
    if !citations.is_empty() {
        object.field("citations", &citations);
    }
}

fn is_plan(part: &Part<'_>) -> bool {
    part.extra
        .of(FORMAT)
        .is_some_and(|fields| fields.iter().any(|(name, _)| name == PLAN))
}

fn write_content(
    shape: Shape,
    parts: &[&Part<'_>],
    object: &mut ObjectWriter<'_>,
    loss: &mut Loss,
) {
    if parts.is_empty() {
        return;
    }
    let out = object.key("content");
    let only_text =
        |part: &&Part<'_>| matches!(part.kind, PartKind::Text(_) | PartKind::Refusal(_));
    if shape == Shape::Plain && parts.iter().all(only_text) {
        out.push(b'"');
        for part in parts {
            if let PartKind::Text(text) | PartKind::Refusal(text) = &part.kind {
                out.extend_from_slice(text.escaped().as_bytes());
            }
        }
        out.push(b'"');
        return;
    }
    out.push(b'[');
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
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
        PartKind::Text(text) | PartKind::Refusal(text) => {
            object.field("type", &"text");
            object.field("text", text);
        }
        PartKind::Reasoning(text) => {
            object.field("type", &"thinking");
            object.field("thinking", text);
        }
        PartKind::Image { url, detail } => {
            object.field("type", &"image_url");
            let mut image = ObjectWriter::open(object.key("image_url"));
            image.field("url", url);
            image.optional("detail", detail.as_ref());
            image.close();
        }
        PartKind::ToolCall(_)
        | PartKind::ToolResult { .. }
        | PartKind::Citation(_)
        | PartKind::Other(_) => {}
    }
    extra(&part.extra, "messages.content", &mut object, loss);
    object.close();
}

fn write_call(call: &ToolCall<'_>, extra: &Extra<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    let none = json::Extra::default();
    let own = extra.of(FORMAT).unwrap_or_else(|| {
        loss.drop_all("messages.tool_calls", extra.names());
        &none
    });
    let mut object = ObjectWriter::open(out);
    object.field("id", &call.id);
    object.field("type", &"function");
    let mut function = ObjectWriter::open(object.key("function"));
    function.field("name", &call.name);
    match own
        .iter()
        .find_map(|(name, _)| name.strip_prefix(ARGUMENTS))
    {
        None if call.arguments.is_empty() => function.field("arguments", &"{}"),
        None => function.field("arguments", &call.arguments),
        Some("") => {}
        Some(written) => function
            .key("arguments")
            .extend_from_slice(written.as_bytes()),
    }
    for (name, value) in own.iter() {
        if let Some(name) = name.strip_prefix(FUNCTION)
            && !name.starts_with("arguments ")
        {
            function.field(name, &value);
        }
    }
    function.close();
    for (name, value) in own.iter().filter(|(name, _)| !name.starts_with(FUNCTION)) {
        object.field(name, &value);
    }
    object.close();
}
