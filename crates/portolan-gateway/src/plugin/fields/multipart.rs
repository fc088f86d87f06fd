//! `multipart/form-data`: where its parts stand. RFC 2046, 5.1, and RFC 7578.

use std::ops::Range;

use memchr::memmem::{self, Finder};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Of its `Content-Disposition`.
    pub(super) name: Option<String>,
    /// From the beginning of its boundary to the beginning of the next.
    pub(super) whole: Range<usize>,
    pub(super) value: Range<usize>,
}

impl Part {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

/// In order, one at a time: a stranger's body may have very many. What comes after something that is no part is none.
pub(super) fn parts<'b>(body: &'b [u8], boundary: &str) -> Parts<'b> {
    let delimiter = [b"--".as_slice(), boundary.as_bytes()].concat();
    let mut parts = Parts {
        body,
        delimiter: Finder::new(&delimiter).into_owned(),
        next: None,
    };
    parts.next = parts.boundary(0);
    parts
}

pub(super) struct Parts<'b> {
    body: &'b [u8],
    delimiter: Finder<'static>,
    /// Where the boundary stands that the next part begins with.
    next: Option<usize>,
}

impl Parts<'_> {
    fn boundary(&self, from: usize) -> Option<usize> {
        let length = self.delimiter.needle().len();
        let mut from = from;
        loop {
            let at = from + self.delimiter.find(&self.body[from..])?;
            from = at + length;
            let begins_line = at == 0 || self.body[..at].ends_with(b"\r\n");
            if begins_line && ends_line(&self.body[from..]) {
                return Some(at);
            }
        }
    }
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let start = self.next.take()?;
        let after = start + self.delimiter.needle().len();
        let next = self.boundary(after)?;
        let part = part(self.body, start, after, next)?;
        self.next = Some(next);
        Some(part)
    }
}

/// A boundary has its line for itself, but for padding; the last one has `--` behind it.
fn ends_line(after: &[u8]) -> bool {
    let padding = after
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    after.starts_with(b"--") || after[padding..].starts_with(b"\r\n")
}

fn part(body: &[u8], start: usize, after: usize, next: usize) -> Option<Part> {
    if body[after..].starts_with(b"--") {
        return None;
    }
    let line = after + memmem::find(&body[after..next], b"\r\n")?;
    // The line's own end is the first half of an empty head.
    let head = line + memmem::find(&body[line..next], b"\r\n\r\n")?;
    let value = head + 4;
    let end = next.checked_sub(2).filter(|end| *end >= value)?;
    let head = std::str::from_utf8(&body[line..head]).ok()?;
    let name = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("content-disposition")
            .then(|| parameter(value, "name"))?
    });
    Some(Part {
        name,
        whole: start..next,
        value: value..end,
    })
}

/// A parameter of a header's value: RFC 9110, 5.6.6.
pub(super) fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (text, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim_end().to_owned(), &after[end..])
            }
        };
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = tail.split_once(';')?.1;
    }
}

/// Up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut unquoted = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((unquoted, &text[at + 1..])),
            '\\' => unquoted.push(characters.next()?.1),
            other => unquoted.push(other),
        }
    }
    None
}
