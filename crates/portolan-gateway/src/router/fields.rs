//! The headers that routes ask for, each known by a number; and a request's lines of them.

use std::borrow::Cow;

use http::HeaderMap;
use smallvec::SmallVec;

use super::text_map::TextMap;

/// Kong's `http.headers.*` fields.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// By name, in lower case with `-` for `_`.
    numbers: TextMap<u32>,
}

/// A header's number and a value of it in lower case.
pub(super) type Line<'r> = (u32, Cow<'r, str>);

pub(super) type Lines<'r> = SmallVec<[Line<'r>; 4]>;

impl Fields {
    pub(super) fn number(&mut self, name: &str) -> u32 {
        *self.numbers.entry(name, |next| next as u32)
    }

    /// Reads what routes ask for. None: one of them is not UTF-8, and Kong then matches no route.
    pub(super) fn read<'r>(&self, headers: &'r HeaderMap, lines: &mut Lines<'r>) -> Option<()> {
        if self.numbers.is_empty() {
            return Some(());
        }
        for (name, value) in headers {
            let name = name.as_str();
            if !self.numbers.has_length(name.len()) {
                continue;
            }
            let number = match memchr::memchr(b'_', name.as_bytes()) {
                None => self.numbers.get(name),
                Some(_) => self.numbers.get(&name.replace('_', "-")),
            };
            if let Some(number) = number {
                let value = std::str::from_utf8(value.as_bytes()).ok()?;
                lines.push((*number, lower(value)));
            }
        }
        Some(())
    }
}

fn lower(value: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if value.bytes().all(is_lower) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(value.to_lowercase())
    }
}
