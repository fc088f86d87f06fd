//! Tools and the choice among them: wire to hub, hub to wire.

use super::{FORMAT, wire, write};
use crate::{
    chat::{Extra, Loss, Raw, Request, Tool, ToolChoice},
    json::{self, Field, Invalid, ObjectWriter, RawValue, Write},
};

/// `strict` is Cohere's for all functions at once, the hub's for each.
pub(super) fn decode<'a>(
    tools: Vec<&'a RawValue>,
    strict: Field<bool>,
    extra: &mut json::Extra<'a>,
) -> Vec<Tool<'a>> {
    let strict = strict.or_keep_null("strict_tools", extra);
    let each = strict.filter(|strict| *strict);
    let tools: Vec<Tool<'a>> = tools.into_iter().map(|raw| tool(raw, each)).collect();
    let functions = tools
        .iter()
        .any(|tool| matches!(tool, Tool::Function { .. }));
    match strict {
        Some(true) if !functions => extra.push("strict_tools".into(), RawValue::TRUE),
        Some(false) => extra.keep("strict_tools", RawValue::FALSE),
        Some(true) | None => {}
    }
    tools
}

fn tool(raw: &RawValue, strict: Option<bool>) -> Tool<'_> {
    let other = Tool::Other(Raw {
        from: FORMAT,
        value: raw,
    });
    let Ok(wire) = json::parse::<wire::Tool<'_>>(raw.get().as_bytes()) else {
        return other;
    };
    let is_function = wire.kind.as_ref().is_some_and(|kind| kind.is("function"));
    let Some(function) = wire.function.into_option().filter(|_| is_function) else {
        return other;
    };
    let Field::Is(name) = function.name else {
        return other;
    };
    let mut within = function.extra;
    Tool::Function {
        name,
        description: function
            .description
            .or_keep_null("description", &mut within),
        parameters: function
            .parameters
            .or_keep_null("parameters", &mut within)
            .map(|value| Raw {
                from: FORMAT,
                value,
            }),
        strict,
        extra: Box::new((Extra::new(FORMAT, wire.extra), Extra::new(FORMAT, within))),
    }
}

pub(super) fn encode(
    request: &Request<'_>,
    object: &mut ObjectWriter<'_>,
    loss: &mut Loss,
) -> Result<(), Invalid> {
    let tools = sent(request)?;
    if !tools.is_empty() {
        let out = object.key("tools");
        out.push(b'[');
        for (index, tool) in tools.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_tool(tool, out, loss);
        }
        out.push(b']');
    }
    let mut functions = tools.iter().filter_map(|tool| match tool {
        Tool::Function { strict, .. } => Some(*strict == Some(true)),
        Tool::Other(_) => None,
    });
    // Cohere has it for all tools or for none.
    let any = functions.clone().any(|strict| strict);
    if any && functions.all(|strict| strict) {
        object.field("strict_tools", &true);
    } else if any {
        loss.drop("tools.function.strict");
    }
    match &request.tool_choice {
        Some(ToolChoice::Required | ToolChoice::Function(_)) => {
            object.field("tool_choice", &"REQUIRED");
        }
        Some(ToolChoice::None) => object.field("tool_choice", &"NONE"),
        Some(ToolChoice::Other(raw)) if raw.from == FORMAT => {
            object.field("tool_choice", &raw.value);
        }
        Some(ToolChoice::Other(_)) => loss.drop("tool_choice"),
        Some(ToolChoice::Auto) | None => {}
    }
    Ok(())
}

/// Cohere cannot be told to call one function of several: where one is named, it alone is sent.
fn sent<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<&'r Tool<'a>>, Invalid> {
    let named = match &request.tool_choice {
        Some(ToolChoice::Function(name)) => Some(name),
        _ => None,
    };
    let mut sent = Vec::with_capacity(request.tools.len());
    for (index, tool) in request.tools.iter().enumerate() {
        match tool {
            Tool::Other(raw) if raw.from != FORMAT => {
                return Err(Invalid(format!(
                    "tools[{index}]: Cohere takes no tool but functions"
                )));
            }
            Tool::Function { name, .. }
                if named.is_some_and(|named| named.unescape() != name.unescape()) => {}
            Tool::Function { .. } | Tool::Other(_) => sent.push(tool),
        }
    }
    match named {
        Some(name) if sent.is_empty() => Err(Invalid(format!(
            "tool_choice: no tool is named {}",
            name.literal()
        ))),
        _ => Ok(sent),
    }
}

fn write_tool(tool: &Tool<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    match tool {
        Tool::Other(raw) => raw.value.write(out),
        Tool::Function {
            name,
            description,
            parameters,
            extra,
            ..
        } => {
            let mut object = ObjectWriter::open(out);
            object.field("type", &"function");
            let mut function = ObjectWriter::open(object.key("function"));
            function.field("name", name);
            function.optional("description", description.as_ref());
            match parameters {
                Some(raw) => function.field("parameters", &raw.value),
                // Cohere wants the field, OpenAI does not.
                None if extra.1.of(FORMAT).is_none() => function
                    .key("parameters")
                    .extend_from_slice(br#"{"type":"object","properties":{}}"#),
                None => {}
            }
            write::extra(&extra.1, "tools.function", &mut function, loss);
            function.close();
            write::extra(&extra.0, "tools", &mut object, loss);
            object.close();
        }
    }
}
