//! The members of one object as byte ranges of its document: what a splice needs, and all that is looked at
//! when a request is handed on in the format it came in.

use std::{fmt, ops::Range};

use serde::de;
use serde_json::value::RawValue;

use super::{Invalid, Name, Text};

/// One member: where it begins (its name's quote) and where its value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Index into the names that were looked for; none: a name that was not.
    pub known: Option<usize>,
    pub start: usize,
    pub value: Range<usize>,
}

/// The members of a document's object, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    pub members: Vec<Member>,
    /// Where the closing brace stands.
    pub close: usize,
}

impl Members {
    /// Reads a document that is one object, and checks all of its syntax. A name of `names` that stands twice is an error,
    /// since the receiver might read the other one.
    pub fn read(document: &[u8], names: &[&str]) -> Result<Self, Invalid> {
        let mut deserializer = serde_json::Deserializer::from_slice(document);
        let members =
            de::Deserializer::deserialize_map(&mut deserializer, Visitor { document, names })
                .and_then(|members| deserializer.end().map(|()| members))
                .map_err(|error| Invalid(error.to_string()))?;
        let close = document.iter().rposition(|byte| *byte == b'}').unwrap_or(0);
        Ok(Self { members, close })
    }

    /// The member of `names[known]`.
    pub fn get(&self, known: usize) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.known == Some(known))
    }

    /// The text of `names[known]`; none where it is absent or null.
    pub fn value<'d>(&self, document: &'d [u8], known: usize) -> Option<&'d [u8]> {
        let value = &document[self.get(known)?.value.clone()];
        (value != b"null").then_some(value)
    }

    /// `names[known]` as a string; none where it is absent or null, an error where it is anything else.
    pub fn text<'d>(
        &self,
        document: &'d [u8],
        names: &[&str],
        known: usize,
    ) -> Result<Option<Text<'d>>, Invalid> {
        self.value(document, known)
            .map(|value| {
                super::parse::<&RawValue>(value)
                    .ok()
                    .and_then(Text::from_raw)
                    .ok_or_else(|| Invalid(format!("{}: expected a string", names[known])))
            })
            .transpose()
    }

    /// `names[known]` as a boolean; false where it is absent or null, an error where it is anything else.
    pub fn flag(&self, document: &[u8], names: &[&str], known: usize) -> Result<bool, Invalid> {
        match self.value(document, known) {
            None | Some(b"false") => Ok(false),
            Some(b"true") => Ok(true),
            Some(_) => Err(Invalid(format!("{}: expected true or false", names[known]))),
        }
    }
}

struct Visitor<'d> {
    document: &'d [u8],
    names: &'d [&'d str],
}

impl<'d> de::Visitor<'d> for Visitor<'d> {
    type Value = Vec<Member>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'d>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let mut members: Vec<Member> = Vec::with_capacity(16);
        let mut end = self
            .document
            .iter()
            .position(|byte| *byte == b'{')
            .unwrap_or(0);
        while let Some(Name(name)) = map.next_key()? {
            let raw: &RawValue = map.next_value()?;
            let known = self.names.iter().position(|known| *known == name);
            if known.is_some() && members.iter().any(|member| member.known == known) {
                return Err(de::Error::custom(format_args!("`{name}` is given twice")));
            }
            // The name may be escaped, so that its own address is not known: it is the first quote after the last value.
            let start = end
                + self.document[end..]
                    .iter()
                    .position(|byte| *byte == b'"')
                    .unwrap_or(0);
            let value = raw.get().as_ptr().addr() - self.document.as_ptr().addr();
            end = value + raw.get().len();
            members.push(Member {
                known,
                start,
                value: value..end,
            });
        }
        Ok(members)
    }
}
