//! The hub: what every chat format can say, borrowed from the bytes it arrived in.
//! A format translates to and from this and knows no other; what the hub has no name for travels as `Extra`,
//! tagged with the format it came from and written again only into that one.

mod adapt;
mod event;
mod failure;
mod part;
mod request;
mod response;

pub use event::{Delta, Event};
pub use failure::Failure;
pub use part::{Part, PartKind, Shape, ToolCall};
pub use request::{
    MaxTokens, Message, Request, ResponseFormat, Role, Sampling, Stop, Tool, ToolChoice,
};
pub use response::{Choice, Finish, Response, Usage};

use crate::{
    format::Format,
    json::{self, RawValue},
};

/// Fields of one place that the hub has no name for.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra<'a> {
    pub from: Format,
    pub fields: json::Extra<'a>,
}

impl<'a> Extra<'a> {
    pub fn new(from: Format, fields: json::Extra<'a>) -> Self {
        Self { from, fields }
    }

    /// The fields, where `format` is the one they came in.
    pub fn of(&self, format: Format) -> Option<&json::Extra<'a>> {
        (self.from == format).then_some(&self.fields)
    }

    /// Of what a format other than the source leaves out.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.names()
    }
}

/// A value kept as its own format wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    pub from: Format,
    pub value: &'a RawValue,
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.from == other.from && self.value.get() == other.value.get()
    }
}

/// Names that are told; a client may send any number of unknown ones.
const TOLD: usize = 64;

/// What a translation left out: field paths, in the order met, each once; of very many, the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loss(Vec<String>);

impl Loss {
    pub fn drop(&mut self, field: impl Into<String>) {
        let field = field.into();
        if self.0.len() > TOLD || self.0.contains(&field) {
            return;
        }
        self.0.push(if self.0.len() == TOLD {
            "and more".to_owned()
        } else {
            field
        });
    }

    pub fn drop_all<'n>(&mut self, place: &str, names: impl Iterator<Item = &'n str>) {
        for name in names.take(TOLD + 1) {
            self.drop(if place.is_empty() {
                name.to_owned()
            } else {
                format!("{place}.{name}")
            });
        }
    }

    pub fn merge(&mut self, other: Self) {
        for field in other.0 {
            self.drop(field);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn fields(&self) -> &[String] {
        &self.0
    }
}
