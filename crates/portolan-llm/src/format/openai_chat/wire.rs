//! The format's JSON, as its maker documents it. Fields that no other format has a word for stay in `extra`.

use serde::{Deserialize, Deserializer, de::Error};

use crate::json::{Ignored, List, Number, RawValue, Text, object};

object! {
    pub(super) struct Request<'a> {
        "model" model: Text<'a>,
        "messages" messages: List<Message<'a>>,
        "stream" stream: bool,
        "stream_options" stream_options: &'a RawValue,
        "temperature" temperature: Number<'a>,
        "top_p" top_p: Number<'a>,
        "top_k" top_k: Number<'a>,
        "seed" seed: Number<'a>,
        "frequency_penalty" frequency_penalty: Number<'a>,
        "presence_penalty" presence_penalty: Number<'a>,
        "max_tokens" max_tokens: Number<'a>,
        "max_completion_tokens" max_completion_tokens: Number<'a>,
        "stop" stop: OneOrMany<'a>,
        "n" n: Number<'a>,
        "tools" tools: List<&'a RawValue>,
        "tool_choice" tool_choice: &'a RawValue,
        "response_format" response_format: &'a RawValue,
    }

    pub(super) struct StreamOptions<'a> {
        "include_usage" include_usage: bool,
    }

    pub(super) struct Message<'a> {
        "role" role: &'a RawValue,
        "content" content: Content<'a>,
        "refusal" refusal: Text<'a>,
        "reasoning_content" reasoning_content: Text<'a>,
        "tool_calls" tool_calls: List<ToolCall<'a>>,
        "tool_call_id" tool_call_id: Text<'a>,
    }

    pub(super) struct ContentPart<'a> {
        "type" kind: Text<'a>,
        "text" text: Text<'a>,
        "refusal" refusal: Text<'a>,
        "image_url" image_url: ImageUrl<'a>,
    }

    pub(super) struct ImageUrl<'a> {
        "url" url: Text<'a>,
        "detail" detail: Text<'a>,
    }

    pub(super) struct ToolCall<'a> {
        "index" index: &'a RawValue,
        "id" id: Text<'a>,
        "type" kind: Text<'a>,
        "function" function: Function<'a>,
    }

    pub(super) struct Function<'a> {
        "name" name: Text<'a>,
        "arguments" arguments: Text<'a>,
    }

    pub(super) struct Tool<'a> {
        "type" kind: Text<'a>,
        "function" function: FunctionTool<'a>,
    }

    pub(super) struct FunctionTool<'a> {
        "name" name: Text<'a>,
        "description" description: Text<'a>,
        "parameters" parameters: &'a RawValue,
        "strict" strict: bool,
    }

    pub(super) struct NamedTool<'a> {
        "type" kind: Text<'a>,
        "function" function: Function<'a>,
    }

    pub(super) struct ResponseFormat<'a> {
        "type" kind: Text<'a>,
        "json_schema" json_schema: JsonSchema<'a>,
    }

    pub(super) struct JsonSchema<'a> {
        "name" name: Text<'a>,
        "schema" schema: &'a RawValue,
        "strict" strict: bool,
    }

    pub(super) struct Response<'a> {
        "id" id: Text<'a>,
        "created" created: Number<'a>,
        "model" model: Text<'a>,
        "choices" choices: List<Choice<'a>>,
        "usage" usage: &'a RawValue,
    }

    /// Of a whole answer (`message`) and of a chunk (`delta`).
    pub(super) struct Choice<'a> {
        "index" index: Number<'a>,
        "message" message: Message<'a>,
        "delta" delta: Message<'a>,
        "finish_reason" finish_reason: Text<'a>,
    }

    pub(super) struct Usage<'a>: Ignored {
        "prompt_tokens" prompt_tokens: Number<'a>,
        "completion_tokens" completion_tokens: Number<'a>,
        "prompt_tokens_details" prompt_details: PromptDetails<'a>,
        "completion_tokens_details" completion_details: CompletionDetails<'a>,
    }

    pub(super) struct PromptDetails<'a>: Ignored {
        "cached_tokens" cached_tokens: Number<'a>,
    }

    pub(super) struct CompletionDetails<'a>: Ignored {
        "reasoning_tokens" reasoning_tokens: Number<'a>,
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

/// `stop`: one string, or several.
#[derive(Debug, Clone)]
pub(super) enum OneOrMany<'a> {
    One(Text<'a>),
    Many(Vec<Text<'a>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        if let Some(text) = Text::from_raw(raw) {
            return Ok(Self::One(text));
        }
        let List(texts) = serde_json::from_str(raw.get())
            .map_err(|_| D::Error::custom("expected a string or an array of strings"))?;
        Ok(Self::Many(texts))
    }
}
