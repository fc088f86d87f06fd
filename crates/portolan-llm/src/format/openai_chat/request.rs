//! Requests: wire to hub, hub to wire.

use std::borrow::Cow;

use super::{FORMAT, message, wire};
use crate::{
    chat::{
        Extra, Loss, MaxTokens, Message, Raw, Request, ResponseFormat, Role, Sampling, Stop, Tool,
        ToolChoice,
    },
    json::{self, Field, Invalid, ObjectWriter, RawValue, Write},
};

/// Where an unknown option is kept among the request's own unknown fields.
const OPTION: &str = "stream_options.";

pub(super) fn decode(wire: wire::Request<'_>) -> Result<Request<'_>, Invalid> {
    let mut extra = wire.extra;
    let messages = wire
        .messages
        .into_option()
        .ok_or_else(|| Invalid("messages: expected an array".to_owned()))?;
    let messages = messages
        .0
        .into_iter()
        .enumerate()
        .map(|(index, wire)| {
            message::decode(wire)
                .map_err(|Invalid(error)| Invalid(format!("messages[{index}].{error}")))
        })
        .collect::<Result<_, _>>()?;
    let stream = wire.stream.or_keep_null("stream", &mut extra);
    if stream == Some(false) {
        extra.keep("stream", RawValue::FALSE);
    }
    let stream = stream.unwrap_or(false);
    let stream_usage = stream_options(wire.stream_options, &mut extra)?;
    let max_tokens = max_tokens(wire.max_tokens, wire.max_completion_tokens, &mut extra)?;
    Ok(Request {
        model: wire.model.or_keep_null("model", &mut extra),
        messages,
        stream,
        stream_usage,
        sampling: Sampling {
            temperature: wire.temperature.or_keep_null("temperature", &mut extra),
            top_p: wire.top_p.or_keep_null("top_p", &mut extra),
            top_k: wire.top_k.or_keep_null("top_k", &mut extra),
            seed: wire.seed.or_keep_null("seed", &mut extra),
            frequency_penalty: wire
                .frequency_penalty
                .or_keep_null("frequency_penalty", &mut extra),
            presence_penalty: wire
                .presence_penalty
                .or_keep_null("presence_penalty", &mut extra),
        },
        max_tokens,
        stop: wire
            .stop
            .or_keep_null("stop", &mut extra)
            .map(|stop| match stop {
                wire::OneOrMany::One(text) => Stop::One(text),
                wire::OneOrMany::Many(texts) => Stop::Many(texts),
            }),
        choices: wire.n.or_keep_null("n", &mut extra),
        tools: tools(wire.tools.or_keep_empty("tools", &mut extra))?,
        tool_choice: wire
            .tool_choice
            .or_keep_null("tool_choice", &mut extra)
            .map(tool_choice),
        response_format: wire
            .response_format
            .or_keep_null("response_format", &mut extra)
            .map(response_format),
        extra: Extra::new(FORMAT, extra),
    })
}

/// Whether they ask for usage. Options that say nothing are kept whole, others one by one.
fn stream_options<'a>(
    options: Field<&'a RawValue>,
    extra: &mut json::Extra<'a>,
) -> Result<bool, Invalid> {
    let Some(raw) = options.or_keep_null("stream_options", extra) else {
        return Ok(false);
    };
    let options: wire::StreamOptions<'a> = json::parse(raw.get().as_bytes())
        .map_err(|Invalid(error)| Invalid(format!("stream_options: {error}")))?;
    let usage = options.include_usage.into_option().unwrap_or(false);
    if !usage && options.extra.is_empty() {
        extra.keep("stream_options", raw);
    }
    for (name, value) in options.extra.iter() {
        extra.push(Cow::Owned(format!("{OPTION}{name}")), value);
    }
    Ok(usage)
}

fn max_tokens<'a>(
    answer: Field<json::Number<'a>>,
    completion: Field<json::Number<'a>>,
    extra: &mut json::Extra<'a>,
) -> Result<Option<MaxTokens<'a>>, Invalid> {
    let answer = answer.or_keep_null("max_tokens", extra);
    let completion = completion.or_keep_null("max_completion_tokens", extra);
    match (answer, completion) {
        (Some(_), Some(_)) => Err(Invalid(
            "max_completion_tokens: cannot be given together with max_tokens".to_owned(),
        )),
        (Some(number), None) => Ok(Some(MaxTokens::Answer(number))),
        (None, Some(number)) => Ok(Some(MaxTokens::Completion(number))),
        (None, None) => Ok(None),
    }
}

fn tools(tools: Vec<&RawValue>) -> Result<Vec<Tool<'_>>, Invalid> {
    tools
        .into_iter()
        .enumerate()
        .map(|(index, raw)| {
            tool(raw).map_err(|Invalid(error)| Invalid(format!("tools[{index}]: {error}")))
        })
        .collect()
}

fn tool(raw: &RawValue) -> Result<Tool<'_>, Invalid> {
    let wire: wire::Tool<'_> = json::parse(raw.get().as_bytes())?;
    let other = Tool::Other(Raw {
        from: FORMAT,
        value: raw,
    });
    let is_function = wire.kind.as_ref().is_none_or(|kind| kind.is("function"));
    let Some(function) = wire.function.into_option().filter(|_| is_function) else {
        return Ok(other);
    };
    let mut within = function.extra;
    Ok(Tool::Function {
        name: function
            .name
            .into_option()
            .ok_or_else(|| Invalid("function.name: expected a string".to_owned()))?,
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
        strict: function.strict.or_keep_null("strict", &mut within),
        extra: Box::new((Extra::new(FORMAT, wire.extra), Extra::new(FORMAT, within))),
    })
}

fn tool_choice(raw: &RawValue) -> ToolChoice<'_> {
    let named = || {
        let wire: wire::NamedTool<'_> = json::parse(raw.get().as_bytes()).ok()?;
        wire.kind.as_ref()?.is("function").then_some(())?;
        let function = wire.function.into_option()?;
        let plain = wire.extra.is_empty() && function.extra.is_empty();
        plain.then(|| function.name.into_option())?
    };
    match raw.get() {
        r#""auto""# => ToolChoice::Auto,
        r#""none""# => ToolChoice::None,
        r#""required""# => ToolChoice::Required,
        _ => named().map_or(
            ToolChoice::Other(Raw {
                from: FORMAT,
                value: raw,
            }),
            ToolChoice::Function,
        ),
    }
}

fn response_format(raw: &RawValue) -> ResponseFormat<'_> {
    let whole = Raw {
        from: FORMAT,
        value: raw,
    };
    let Ok(wire) = json::parse::<wire::ResponseFormat<'_>>(raw.get().as_bytes()) else {
        return ResponseFormat::Other(whole);
    };
    let plain = wire.extra.is_empty();
    match wire.kind.as_ref() {
        Some(kind) if plain && kind.is("text") => ResponseFormat::Text,
        Some(kind) if plain && kind.is("json_object") => ResponseFormat::JsonObject,
        Some(kind) if kind.is("json_schema") => {
            match wire
                .json_schema
                .into_option()
                .and_then(|schema| schema.schema.into_option())
            {
                Some(schema) => ResponseFormat::JsonSchema {
                    schema: Raw {
                        from: FORMAT,
                        value: schema,
                    },
                    whole,
                },
                None => ResponseFormat::Other(whole),
            }
        }
        _ => ResponseFormat::Other(whole),
    }
}

pub(super) fn encode(request: &Request<'_>, out: &mut Vec<u8>) -> Loss {
    let mut loss = Loss::default();
    let mut object = ObjectWriter::open(out);
    object.optional("model", request.model.as_ref());
    write_messages(request, object.key("messages"), &mut loss);
    let sampling = &request.sampling;
    for (name, number) in [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
        ("top_k", &sampling.top_k),
        ("seed", &sampling.seed),
        ("frequency_penalty", &sampling.frequency_penalty),
        ("presence_penalty", &sampling.presence_penalty),
    ] {
        object.optional(name, number.as_ref());
    }
    match &request.max_tokens {
        Some(MaxTokens::Answer(number)) => object.field("max_tokens", number),
        Some(MaxTokens::Completion(number)) => object.field("max_completion_tokens", number),
        None => {}
    }
    match &request.stop {
        Some(Stop::One(text)) => object.field("stop", text),
        Some(Stop::Many(texts)) => object.field("stop", texts),
        None => {}
    }
    object.optional("n", request.choices.as_ref());
    if request.stream {
        object.field("stream", &true);
    }
    write_tools(request, &mut object, &mut loss);
    match &request.response_format {
        Some(ResponseFormat::Text) => {
            object
                .key("response_format")
                .extend_from_slice(br#"{"type":"text"}"#);
        }
        Some(ResponseFormat::JsonObject) => {
            object
                .key("response_format")
                .extend_from_slice(br#"{"type":"json_object"}"#);
        }
        Some(ResponseFormat::JsonSchema { schema, whole }) => {
            let out = object.key("response_format");
            if whole.from == FORMAT {
                whole.value.write(out);
            } else {
                out.extend_from_slice(
                    br#"{"type":"json_schema","json_schema":{"name":"response","schema":"#,
                );
                schema.value.write(out);
                out.extend_from_slice(b"}}");
            }
        }
        Some(ResponseFormat::Other(raw)) if raw.from == FORMAT => {
            object.field("response_format", &raw.value);
        }
        Some(ResponseFormat::Other(_)) => loss.drop("response_format"),
        None => {}
    }
    write_extra(request, &mut object, &mut loss);
    object.close();
    loss
}

/// The request's own unknown fields, and `stream_options` put together again.
fn write_extra(request: &Request<'_>, object: &mut ObjectWriter<'_>, loss: &mut Loss) {
    let Some(extra) = request.extra.of(FORMAT) else {
        loss.drop_all("", request.extra.names());
        if request.stream_usage {
            object
                .key("stream_options")
                .extend_from_slice(br#"{"include_usage":true}"#);
        }
        return;
    };
    for (name, value) in extra
        .iter()
        .filter(|(name, _)| !name.starts_with(OPTION))
        .filter(|(name, _)| !(request.stream_usage && *name == "stream_options"))
    {
        object.field(name, &value);
    }
    let mut options = extra
        .iter()
        .filter(|(name, _)| name.starts_with(OPTION))
        .peekable();
    if request.stream_usage || options.peek().is_some() {
        let mut written = ObjectWriter::open(object.key("stream_options"));
        if request.stream_usage {
            written.field("include_usage", &true);
        }
        for (name, value) in options {
            written.field(&name[OPTION.len()..], &value);
        }
        written.close();
    }
}

fn write_tools(request: &Request<'_>, object: &mut ObjectWriter<'_>, loss: &mut Loss) {
    if !request.tools.is_empty() {
        let out = object.key("tools");
        out.push(b'[');
        let mut first = true;
        for tool in &request.tools {
            if let Tool::Other(raw) = tool
                && raw.from != FORMAT
            {
                loss.drop("tools");
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            write_tool(tool, out, loss);
        }
        out.push(b']');
    }
    match &request.tool_choice {
        Some(ToolChoice::Auto) => object.field("tool_choice", &"auto"),
        Some(ToolChoice::None) => object.field("tool_choice", &"none"),
        Some(ToolChoice::Required) => object.field("tool_choice", &"required"),
        Some(ToolChoice::Function(name)) => {
            let mut choice = ObjectWriter::open(object.key("tool_choice"));
            choice.field("type", &"function");
            let mut function = ObjectWriter::open(choice.key("function"));
            function.field("name", name);
            function.close();
            choice.close();
        }
        Some(ToolChoice::Other(raw)) if raw.from == FORMAT => {
            object.field("tool_choice", &raw.value);
        }
        Some(ToolChoice::Other(_)) => loss.drop("tool_choice"),
        None => {}
    }
}

fn write_tool(tool: &Tool<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    match tool {
        Tool::Other(raw) => raw.value.write(out),
        Tool::Function {
            name,
            description,
            parameters,
            strict,
            extra,
        } => {
            let mut object = ObjectWriter::open(out);
            object.field("type", &"function");
            let mut function = ObjectWriter::open(object.key("function"));
            function.field("name", name);
            function.optional("description", description.as_ref());
            function.optional("parameters", parameters.map(|raw| raw.value).as_ref());
            function.optional("strict", strict.as_ref());
            message::write_extra(&extra.1, "tools.function", &mut function, loss);
            function.close();
            message::write_extra(&extra.0, "tools", &mut object, loss);
            object.close();
        }
    }
}

fn write_messages(request: &Request<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    out.push(b'[');
    for (index, each) in request.messages.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_message(each, out, loss);
    }
    out.push(b']');
}

pub(super) fn write_message(each: &Message<'_>, out: &mut Vec<u8>, loss: &mut Loss) {
    let mut object = ObjectWriter::open(out);
    object.field("role", &role(each.role));
    message::encode(each.shape, &each.parts, &mut object, loss);
    message::write_extra(&each.extra, "messages", &mut object, loss);
    object.close();
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}
