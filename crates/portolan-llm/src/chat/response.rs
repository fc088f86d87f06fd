//! A whole answer.

use super::{Extra, Part, Raw, Shape};
use crate::{
    json::{Number, Text},
    usage::Tokens,
};

#[derive(Debug, Clone, PartialEq)]
pub struct Response<'a> {
    pub id: Option<Text<'a>>,
    /// Seconds since the epoch.
    pub created: Option<Number<'a>>,
    pub model: Option<Text<'a>>,
    pub choices: Vec<Choice<'a>>,
    pub usage: Option<Usage<'a>>,
    pub extra: Extra<'a>,
}

impl Response<'_> {
    /// Whether it says nothing at all: no choice has content, and none was stopped for a reason that explains it.
    pub fn is_empty(&self) -> bool {
        self.choices.iter().all(|choice| {
            choice.finish.as_ref().is_none_or(Finish::promises_content)
                && !choice.parts.iter().any(|part| part.kind.is_content())
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Choice<'a> {
    pub index: u32,
    pub shape: Shape,
    pub parts: Vec<Part<'a>>,
    pub finish: Option<Finish<'a>>,
    /// Of the message.
    pub message_extra: Extra<'a>,
    pub extra: Extra<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish<'a> {
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
    /// The provider's own word.
    Other(Text<'a>),
}

impl Finish<'_> {
    /// Whether an answer that ended so and holds nothing is broken: one cut short by its bound or by a filter is not.
    pub fn promises_content(&self) -> bool {
        match self {
            Self::Stop | Self::ToolCalls => true,
            Self::Length | Self::ContentFilter | Self::Other(_) => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage<'a> {
    pub tokens: Tokens,
    /// As the provider told it.
    pub raw: Raw<'a>,
}
