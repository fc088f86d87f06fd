//! What a stream says, one thing at a time.

use super::{Extra, Failure, Finish, Raw, Usage};
use crate::json::{Number, Text};

#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// Once, before all others.
    Start {
        id: Option<Text<'a>>,
        model: Option<Text<'a>>,
        /// Seconds since the epoch.
        created: Option<Number<'a>>,
        extra: Extra<'a>,
    },
    Delta {
        choice: u32,
        delta: Delta<'a>,
    },
    Finish {
        choice: u32,
        reason: Finish<'a>,
    },
    Usage(Usage<'a>),
    Error(Failure),
    /// The terminal event: nothing follows.
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Delta<'a> {
    /// The assistant begins to speak.
    Role,
    Text(Text<'a>),
    Reasoning(Text<'a>),
    Refusal(Text<'a>),
    /// Begins a call; `index` counts a choice's calls from 0 in order of first appearance.
    ToolCall {
        index: u32,
        id: Text<'a>,
        name: Text<'a>,
    },
    /// More of the arguments of a call that was begun.
    Arguments {
        index: u32,
        fragment: Text<'a>,
    },
    Citation(Raw<'a>),
    Extra {
        /// Of the choice, beside the delta.
        choice: Extra<'a>,
        delta: Extra<'a>,
    },
}
