//! JSON objects: the members of one name. Nothing is kept of the others, however many a stranger sends.

use std::{borrow::Cow, fmt, ops::Range};

use memchr::memchr;
use serde::{Deserialize, de};
use serde_json::value::RawValue;

/// The members of one name, as they stand in their document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Of the first.
    pub(super) value: Option<Range<usize>>,
    pub(super) several: bool,
    /// What goes for the rest to be an object still, ascending.
    pub(super) cuts: Vec<Range<usize>>,
}

impl Named {
    /// None: the document is no JSON object.
    pub(super) fn read(document: &[u8], name: &str) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_slice(document);
        let visitor = Visitor { document, name };
        let named = de::Deserializer::deserialize_map(&mut deserializer, visitor).ok()?;
        deserializer.end().ok()?;
        Some(named)
    }

    /// `kept`: where the member ends that stays before this one. Its comma goes, not the one behind.
    fn cut(&mut self, kept: usize, end: usize) {
        match self.cuts.last_mut() {
            Some(last) if last.start == kept => last.end = end,
            _ => self.cuts.push(kept..end),
        }
    }
}

#[derive(Deserialize)]
struct Key<'d>(#[serde(borrow)] Cow<'d, str>);

struct Visitor<'n, 'd> {
    document: &'d [u8],
    name: &'n str,
}

impl<'d> de::Visitor<'d> for Visitor<'_, 'd> {
    type Value = Named;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'d>>(self, mut map: A) -> Result<Named, A::Error> {
        let mut named = Named::default();
        let mut end = 0;
        let mut kept = None;
        // Where the first of those begins that nothing which stays stands before.
        let mut leading = None;
        while let Some(Key(key)) = map.next_key()? {
            let raw: &'d RawValue = map.next_value()?;
            // The name may be escaped, so that its own address is not known: it is the first quote after the last value.
            let start = end + memchr(b'"', &self.document[end..]).unwrap_or(0);
            let value = raw.get().as_ptr().addr() - self.document.as_ptr().addr();
            end = value + raw.get().len();
            if key != self.name {
                if let Some(leading) = leading.take() {
                    named.cuts.push(leading..start);
                }
                kept = Some(end);
                continue;
            }
            named.several = named.value.is_some();
            if !named.several {
                named.value = Some(value..end);
            }
            match kept {
                Some(kept) => named.cut(kept, end),
                None => {
                    leading.get_or_insert(start);
                }
            }
        }
        if let Some(leading) = leading {
            named.cuts.push(leading..end);
        }
        Ok(named)
    }
}
