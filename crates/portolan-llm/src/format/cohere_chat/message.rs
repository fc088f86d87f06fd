//! Messages and their parts, of requests and of answers alike: wire to hub.
//! What the hub cannot tell apart is marked in `extra` by a name that Cohere never uses, with the value null:
//! no other format takes a null for a loss.

use super::{FORMAT, wire};
use crate::{
    chat::{Extra, Message, Part, PartKind, Raw, Role, Shape, ToolCall},
    json::{self, Field, Invalid, Key, RawValue, Text},
};

/// Marks the text that came as `tool_plan`, and is that field's name.
pub(super) const PLAN: &str = "tool_plan";
/// Before the name of a field of a call's `function`.
pub(super) const FUNCTION: &str = "function.";
/// Before a call's arguments as they were written, where they were none.
pub(super) const ARGUMENTS: &str = "function.arguments ";

pub(super) fn decode(wire: wire::Message<'_>) -> Result<Message<'_>, Invalid> {
    let role = wire
        .role
        .as_ref()
        .and_then(|role| Text::from_raw(role))
        .ok_or_else(|| Invalid("role: expected a string".to_owned()))?;
    let role = match role.unescape().as_ref() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        _ => {
            return Err(Invalid(format!(
                "role: {} is none of system, user, assistant, tool",
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
    if let Some(plan) = wire.tool_plan.or_keep_null(PLAN, &mut extra) {
        let mut mark = json::Extra::default();
        mark.push(Key::Borrowed(PLAN), RawValue::NULL);
        parts.push(Part {
            kind: PartKind::Text(plan),
            extra: Extra::new(FORMAT, mark),
        });
    }
    let (shape, content) = content(wire.content, &mut extra);
    let call = wire.tool_call_id.or_keep_null("tool_call_id", &mut extra);
    match (role, call) {
        (Role::Tool, Some(call)) => parts.push(bare(PartKind::ToolResult {
            call,
            shape,
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
    for (index, call) in wire
        .tool_calls
        .or_keep_empty("tool_calls", &mut extra)
        .into_iter()
        .enumerate()
    {
        parts.push(
            tool_call(call)
                .map_err(|Invalid(error)| Invalid(format!("tool_calls[{index}].{error}")))?,
        );
    }
    for value in wire.citations.or_keep_empty("citations", &mut extra) {
        parts.push(bare(PartKind::Citation(Raw {
            from: FORMAT,
            value,
        })));
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

fn content<'a>(
    content: Field<wire::Content<'a>>,
    extra: &mut json::Extra<'a>,
) -> (Shape, Vec<Part<'a>>) {
    match content.or_keep_null("content", extra) {
        None => (Shape::Plain, Vec::new()),
        Some(wire::Content::Plain(text)) => (Shape::Plain, vec![bare(PartKind::Text(text))]),
        Some(wire::Content::Parts(parts)) if parts.is_empty() => {
            extra.keep_empty_list("content");
            (Shape::Plain, Vec::new())
        }
        Some(wire::Content::Parts(parts)) => (Shape::Parts, parts.into_iter().map(part).collect()),
    }
}

fn part(wire: wire::Part<'_>) -> Part<'_> {
    let wire::Part { part, raw } = wire;
    let is = |name| part.kind.as_ref().is_some_and(|kind| kind.is(name));
    let (text, thinking, image) = (is("text"), is("thinking"), is("image_url"));
    let other = PartKind::Other(Raw {
        from: FORMAT,
        value: raw,
    });
    let marked = part.extra.iter().any(|(name, _)| name == PLAN);
    let kind = match (part.text, part.thinking, part.image_url) {
        (Field::Is(value), Field::Absent, Field::Absent) if text && !marked => {
            PartKind::Text(value)
        }
        (Field::Absent, Field::Is(value), Field::Absent) if thinking => PartKind::Reasoning(value),
        (Field::Absent, Field::Absent, Field::Is(value)) if image && value.extra.is_empty() => {
            match (value.url, value.detail) {
                (Field::Is(url), Field::Is(detail)) => PartKind::Image {
                    url,
                    detail: Some(detail),
                },
                (Field::Is(url), Field::Absent) => PartKind::Image { url, detail: None },
                _ => other,
            }
        }
        _ => other,
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

/// Arguments that are null, `"null"` or empty are an empty object's: a client parses them.
fn tool_call(wire: wire::ToolCall<'_>) -> Result<Part<'_>, Invalid> {
    let missing = |field: &str| Invalid(format!("{field}: expected a string"));
    if wire.kind.as_ref().is_some_and(|kind| !kind.is("function")) {
        return Err(Invalid(r#"type: expected "function""#.to_owned()));
    }
    let function = wire
        .function
        .into_option()
        .ok_or_else(|| Invalid("function: expected an object".to_owned()))?;
    let mut extra = wire.extra;
    for (name, value) in function.extra.iter() {
        extra.push(Key::Owned(format!("{FUNCTION}{name}")), value);
    }
    let none = Text::constant(r#""{}""#);
    let (arguments, written) = match function.arguments {
        Field::Absent => (none, Some("")),
        Field::Null => (none, Some("null")),
        Field::Is(raw) => match raw.get() {
            literal @ (r#""null""# | r#""""#) => (none, Some(literal)),
            _ => {
                let text = Text::from_raw(raw).ok_or_else(|| missing("function.arguments"))?;
                (text, None)
            }
        },
    };
    if let Some(written) = written {
        extra.push(Key::Owned(format!("{ARGUMENTS}{written}")), RawValue::NULL);
    }
    Ok(Part {
        kind: PartKind::ToolCall(ToolCall {
            id: wire.id.into_option().ok_or_else(|| missing("id"))?,
            name: function
                .name
                .into_option()
                .ok_or_else(|| missing("function.name"))?,
            arguments,
        }),
        extra: Extra::new(FORMAT, extra),
    })
}
