//! The parts of a message, in order.

use super::{Extra, Raw};
use crate::json::Text;

#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    pub kind: PartKind<'a>,
    pub extra: Extra<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PartKind<'a> {
    Text(Text<'a>),
    /// An `https:` or `data:` URL.
    Image {
        url: Text<'a>,
        detail: Option<Text<'a>>,
    },
    /// What the model thought before it answered.
    Reasoning(Text<'a>),
    Refusal(Text<'a>),
    ToolCall(ToolCall<'a>),
    ToolResult {
        call: Text<'a>,
        shape: Shape,
        parts: Vec<Part<'a>>,
    },
    Citation(Raw<'a>),
    /// A part that the hub has no name for yet: whole, `type` and all.
    Other(Raw<'a>),
}

impl PartKind<'_> {
    /// The field's term, for errors and for what was left out.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image { .. } => "image",
            Self::Reasoning(_) => "reasoning",
            Self::Refusal(_) => "refusal",
            Self::ToolCall(_) => "tool call",
            Self::ToolResult { .. } => "tool result",
            Self::Citation(_) => "citation",
            Self::Other(_) => "part of unknown type",
        }
    }

    /// Whether a client would miss it: an empty text is no content.
    pub fn is_content(&self) -> bool {
        match self {
            Self::Text(text) | Self::Refusal(text) | Self::Reasoning(text) => !text.is_empty(),
            Self::Citation(_) => false,
            Self::Image { .. } | Self::ToolCall(_) | Self::ToolResult { .. } | Self::Other(_) => {
                true
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall<'a> {
    pub id: Text<'a>,
    pub name: Text<'a>,
    /// A string that holds a JSON document.
    pub arguments: Text<'a>,
}

/// Whether the content was one string or a list of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Plain,
    Parts,
}
