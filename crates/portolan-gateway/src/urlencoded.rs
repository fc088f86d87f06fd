//! Queries and form bodies: `name=value` pairs between `&`, decoded as nginx's Lua module decodes them.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// One of the pairs; nothing of it is decoded yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'t> {
    /// As it was written.
    pub(crate) text: &'t [u8],
    /// The same, up to its `=`.
    pub(crate) name_text: &'t [u8],
    value: Option<&'t [u8]>,
}

pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    text.split(|byte| *byte == b'&').map(|pair| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        Pair {
            text: pair,
            name_text: equals.map_or(pair, |at| &pair[..at]),
            value: equals.map(|at| &pair[at + 1..]),
        }
    })
}

impl<'t> Pair<'t> {
    pub(crate) fn name(&self) -> Cow<'t, [u8]> {
        decoded(self.name_text)
    }

    /// None: no `=`, Lua's `true`.
    pub(crate) fn value(&self) -> Option<Cow<'t, [u8]>> {
        self.value.map(decoded)
    }
}

/// The text without the pairs of this name; none where it has none. Every other byte stays as it came.
pub(crate) fn without(text: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let stays = |pair: &Pair<'_>| *pair.name() != *name;
    if pairs(text).all(|pair| stays(&pair)) {
        return None;
    }
    let mut kept = Vec::with_capacity(text.len());
    for (index, pair) in pairs(text).filter(stays).enumerate() {
        if index > 0 {
            kept.push(b'&');
        }
        kept.extend_from_slice(pair.text);
    }
    Some(kept)
}

/// An escape that is none stays as it is.
fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, ..] if *byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                decoded.push((high << 4) | low);
                rest = &tail[2..];
            }
            None => {
                decoded.push(if *byte == b'+' { b' ' } else { *byte });
                rest = tail;
            }
        }
    }
    Cow::Owned(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
