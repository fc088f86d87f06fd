//! Scalars kept as they were written.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;

/// A string as its JSON literal, quotes and escapes included: moving text between formats copies it and never unescapes,
/// so half a surrogate pair (a delta may end in one) survives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// The literal of a plain string.
    pub fn plain(text: &str) -> Text<'static> {
        let mut literal = Vec::with_capacity(text.len() + 2);
        super::push_text(&mut literal, text);
        Text(Cow::Owned(String::from_utf8_lossy(&literal).into_owned()))
    }

    /// The literal of a string that holds no character to escape.
    pub(crate) const fn constant(literal: &'static str) -> Text<'static> {
        Text(Cow::Borrowed(literal))
    }

    pub(crate) fn from_raw(raw: &'a RawValue) -> Option<Self> {
        raw.get()
            .starts_with('"')
            .then_some(Text(Cow::Borrowed(raw.get())))
    }

    /// With its quotes.
    pub fn literal(&self) -> &str {
        &self.0
    }

    /// Escaped, without its quotes.
    pub fn escaped(&self) -> &str {
        &self.0[1..self.0.len() - 1]
    }

    pub fn is_empty(&self) -> bool {
        self.0.len() == 2
    }

    /// The characters themselves; half a surrogate pair becomes U+FFFD.
    pub fn unescape(&self) -> Cow<'_, str> {
        let escaped = self.escaped();
        if !escaped.contains('\\') {
            return Cow::Borrowed(escaped);
        }
        match serde_json::from_str::<String>(&self.0) {
            Ok(text) => Cow::Owned(text),
            Err(_) => {
                // serde_json reads lone surrogates only into bytes, as WTF-8.
                let bytes: Vec<u8> = serde_json::from_str::<Bytes>(&self.0)
                    .map(|bytes| bytes.0)
                    .unwrap_or_default();
                Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }

    /// Whether the text is exactly this; `plain` must hold no character that JSON escapes.
    pub fn is(&self, plain: &str) -> bool {
        self.escaped() == plain || (self.0.contains('\\') && self.unescape() == plain)
    }

    /// One literal of several, in order.
    pub(crate) fn concat<'t>(texts: impl IntoIterator<Item = &'t Text<'t>>) -> Text<'static> {
        let mut literal = String::from('"');
        for text in texts {
            literal.push_str(text.escaped());
        }
        literal.push('"');
        Text(Cow::Owned(literal))
    }
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        Text::from_raw(raw).ok_or_else(|| D::Error::custom("expected a string"))
    }
}

/// A number as it was written: `1.0` and integers beyond 64 bits survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number<'a>(Cow<'a, str>);

impl Number<'_> {
    /// None unless it is the text of a JSON number.
    pub fn parse(text: &str) -> Option<Number<'_>> {
        serde_json::from_str::<serde_json::Number>(text)
            .is_ok()
            .then_some(Number(Cow::Borrowed(text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl From<u64> for Number<'static> {
    fn from(value: u64) -> Self {
        Number(Cow::Owned(value.to_string()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        if raw
            .get()
            .starts_with(|first: char| first == '-' || first.is_ascii_digit())
        {
            Ok(Number(Cow::Borrowed(raw.get())))
        } else {
            Err(D::Error::custom("expected a number"))
        }
    }
}
