//! JSON without a tree: values stay the bytes they arrived as, and are written straight into one buffer.

mod object;
mod peek;
mod value;
mod write;

use serde::de::value::MapDeserializer;

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

object! {
    /// Any object, its members as they stand.
    struct Whole<'a> {}
}

/// Reads one document that is an object, as if `fields` stood in it: each in the place of the member of its name, or after
/// all others. A name that stands twice cannot be given a value: the receiver might read the other one.
pub(crate) fn parse_with<'a, T: serde::Deserialize<'a>>(
    bytes: &'a [u8],
    fields: &[(&'a str, &'a RawValue)],
) -> Result<T, Invalid> {
    if fields.is_empty() {
        return parse(bytes);
    }
    let Whole { extra: mut all, .. } = parse(bytes)?;
    for &(name, value) in fields {
        if !all.set(name, value) {
            return Err(Invalid(format!("`{name}` is given twice")));
        }
    }
    T::deserialize(MapDeserializer::new(all.iter()))
        .map_err(|error: serde_json::Error| Invalid(error.to_string()))
}

/// Whether a value is JSON's `null`.
pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}
