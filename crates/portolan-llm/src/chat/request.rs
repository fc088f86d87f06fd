//! What a client asks for.

use super::{Extra, Part, PartKind, Raw, Shape};
use crate::json::{Number, Text};

#[derive(Debug, Clone, PartialEq)]
pub struct Request<'a> {
    pub model: Option<Text<'a>>,
    pub messages: Vec<Message<'a>>,
    pub stream: bool,
    /// Whether the stream is to end with its usage.
    pub stream_usage: bool,
    pub sampling: Sampling<'a>,
    pub max_tokens: Option<MaxTokens<'a>>,
    pub stop: Option<Stop<'a>>,
    /// How many answers.
    pub choices: Option<Number<'a>>,
    pub tools: Vec<Tool<'a>>,
    pub tool_choice: Option<ToolChoice<'a>>,
    pub response_format: Option<ResponseFormat<'a>>,
    pub extra: Extra<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    pub role: Role,
    pub shape: Shape,
    pub parts: Vec<Part<'a>>,
    pub extra: Extra<'a>,
}

impl<'a> Message<'a> {
    /// Its texts in order, those of a tool's result among them: what an edit counts.
    pub fn texts_mut(&mut self) -> Vec<&mut Text<'a>> {
        let mut texts = Vec::new();
        collect_texts(&mut self.parts, &mut texts);
        texts
    }
}

fn collect_texts<'m, 'a>(parts: &'m mut [Part<'a>], texts: &mut Vec<&'m mut Text<'a>>) {
    for part in parts {
        match &mut part.kind {
            PartKind::Text(text) => texts.push(text),
            PartKind::ToolResult { parts, .. } => collect_texts(parts, texts),
            PartKind::Image { .. }
            | PartKind::Reasoning(_)
            | PartKind::Refusal(_)
            | PartKind::ToolCall(_)
            | PartKind::Citation(_)
            | PartKind::Other(_) => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    /// OpenAI's newer name for the system role.
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling<'a> {
    pub temperature: Option<Number<'a>>,
    pub top_p: Option<Number<'a>>,
    pub top_k: Option<Number<'a>>,
    pub seed: Option<Number<'a>>,
    pub frequency_penalty: Option<Number<'a>>,
    pub presence_penalty: Option<Number<'a>>,
}

/// The bound under either of its names.
#[derive(Debug, Clone, PartialEq)]
pub enum MaxTokens<'a> {
    /// `max_tokens`.
    Answer(Number<'a>),
    /// `max_completion_tokens`: reasoning counts too.
    Completion(Number<'a>),
}

impl<'a> MaxTokens<'a> {
    pub fn number(&self) -> &Number<'a> {
        match self {
            Self::Answer(number) | Self::Completion(number) => number,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Stop<'a> {
    One(Text<'a>),
    Many(Vec<Text<'a>>),
}

impl<'a> Stop<'a> {
    pub fn as_slice(&self) -> &[Text<'a>] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Tool<'a> {
    Function {
        name: Text<'a>,
        description: Option<Text<'a>>,
        /// A JSON Schema.
        parameters: Option<Raw<'a>>,
        strict: Option<bool>,
        /// Beside the function, and within it.
        extra: Box<(Extra<'a>, Extra<'a>)>,
    },
    Other(Raw<'a>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ToolChoice<'a> {
    Auto,
    None,
    Required,
    Function(Text<'a>),
    Other(Raw<'a>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum ResponseFormat<'a> {
    Text,
    JsonObject,
    /// `schema` is a JSON Schema; `whole` what the client wrote.
    JsonSchema {
        schema: Raw<'a>,
        whole: Raw<'a>,
    },
    Other(Raw<'a>),
}
