//! JSON without a tree: values stay the bytes they arrived as, and are written straight into one buffer.

mod object;
mod peek;
mod value;
mod write;

pub use object::{Extra, Field, Key, List};
pub(crate) use object::{Ignored, Name, Rest, object, within};
pub use peek::{Member, Members};
pub use serde_json::value::RawValue;
pub use value::{Number, Text};
pub(crate) use write::{ObjectWriter, one_line};
pub use write::{Write, push_text};

#[cfg(test)]
mod tests;

/// What is wrong with a document, and where: `messages[1].content: expected a string`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// Reads one document, borrowing from it.
pub(crate) fn parse<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Invalid> {
    serde_json::from_slice(bytes).map_err(|error| Invalid(error.to_string()))
}

/// Whether a value is JSON's `null`.
pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}
