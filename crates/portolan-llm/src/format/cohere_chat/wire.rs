//! The format's JSON, as its maker documents it. Fields that no other format has a word for stay in `extra`.

use serde::{Deserialize, Deserializer, de::Error};

use crate::json::{List, Number, RawValue, Text, object};

object! {
    pub(super) struct Request<'a> {
        "model" model: Text<'a>,
        "messages" messages: List<Message<'a>>,
        "stream" stream: bool,
        "temperature" temperature: Number<'a>,
        "p" p: Number<'a>,
        "k" k: Number<'a>,
        "seed" seed: Number<'a>,
        "frequency_penalty" frequency_penalty: Number<'a>,
        "presence_penalty" presence_penalty: Number<'a>,
        "max_tokens" max_tokens: Number<'a>,
        "stop_sequences" stop_sequences: List<Text<'a>>,
        "tools" tools: List<&'a RawValue>,
        "strict_tools" strict_tools: bool,
        "tool_choice" tool_choice: &'a RawValue,
        "response_format" response_format: &'a RawValue,
    }

    pub(super) struct Message<'a> {
        "role" role: &'a RawValue,
        "content" content: Content<'a>,
        "tool_plan" tool_plan: Text<'a>,
        "tool_calls" tool_calls: List<ToolCall<'a>>,
        "tool_call_id" tool_call_id: Text<'a>,
        "citations" citations: List<&'a RawValue>,
    }

    pub(super) struct ContentPart<'a> {
        "type" kind: Text<'a>,
        "text" text: Text<'a>,
        "thinking" thinking: Text<'a>,
        "image_url" image_url: ImageUrl<'a>,
    }

    pub(super) struct ImageUrl<'a> {
        "url" url: Text<'a>,
        "detail" detail: Text<'a>,
    }

    pub(super) struct ToolCall<'a> {
        "id" id: Text<'a>,
        "type" kind: Text<'a>,
        "function" function: Function<'a>,
    }

    pub(super) struct Function<'a> {
        "name" name: Text<'a>,
        "arguments" arguments: &'a RawValue,
    }

    pub(super) struct Tool<'a> {
        "type" kind: Text<'a>,
        "function" function: FunctionTool<'a>,
    }

    pub(super) struct FunctionTool<'a> {
        "name" name: Text<'a>,
        "description" description: Text<'a>,
        "parameters" parameters: &'a RawValue,
    }

    pub(super) struct ResponseFormat<'a> {
        "type" kind: Text<'a>,
        "json_schema" json_schema: &'a RawValue,
    }

    pub(super) struct Response<'a> {
        "id" id: Text<'a>,
        "message" message: Message<'a>,
        "finish_reason" finish_reason: &'a RawValue,
        "usage" usage: &'a RawValue,
    }

    pub(super) struct Usage<'a> {
        "tokens" tokens: Units<'a>,
        "billed_units" billed_units: Units<'a>,
        "cached_tokens" cached_tokens: Number<'a>,
    }

    pub(super) struct Units<'a> {
        "input_tokens" input_tokens: Number<'a>,
        "output_tokens" output_tokens: Number<'a>,
    }

    /// One event of a stream.
    pub(super) struct Frame<'a> {
        "type" kind: Text<'a>,
        "id" id: Text<'a>,
        "index" index: Number<'a>,
        "delta" delta: Delta<'a>,
        "message" message: &'a RawValue,
    }

    pub(super) struct Delta<'a> {
        "message" message: DeltaMessage<'a>,
        "finish_reason" finish_reason: &'a RawValue,
        "usage" usage: &'a RawValue,
        "error" error: &'a RawValue,
    }

    /// Lists in `message-start`, single objects in the events after it.
    pub(super) struct DeltaMessage<'a> {
        "content" content: &'a RawValue,
        "tool_plan" tool_plan: Text<'a>,
        "tool_calls" tool_calls: &'a RawValue,
        "citations" citations: &'a RawValue,
    }
}

/// A message's content: one string, or a list of parts.
#[derive(Debug, Clone)]
pub(super) enum Content<'a> {
    Plain(Text<'a>),
    Parts(Vec<Part<'a>>),
}

/// A part with the bytes it was read from, for a type that the hub has no name for.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub(super) part: ContentPart<'a>,
    pub(super) raw: &'a RawValue,
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        let part = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self { part, raw })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        if let Some(text) = Text::from_raw(raw) {
            return Ok(Self::Plain(text));
        }
        if !raw.get().starts_with('[') {
            return Err(D::Error::custom("expected a string or an array of parts"));
        }
        let List(parts) = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self::Parts(parts))
    }
}
