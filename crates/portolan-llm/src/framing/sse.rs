//! Server-sent events, event-aligned: whole events are ranges of what arrived, only an unfinished tail is held back.
//! Lines end in LF, CR LF or CR; <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::{borrow::Cow, ops::Range};

use bytes::{Bytes, BytesMut};
use memchr::memchr2;

/// An event that outgrew its bound before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {limit} bytes")]
pub struct TooLong {
    pub limit: usize,
}

/// Cuts a stream into events. Concatenated, the ranges it hands out and the tail are the stream.
#[derive(Debug)]
pub struct Framer {
    buffer: Bytes,
    /// Where the event under way begins: all before it was handed out.
    event: usize,
    /// Where the line under way begins.
    line: usize,
    /// How far the line under way was searched for its end.
    searched: usize,
    limit: usize,
}

impl Framer {
    /// `limit`: of one event, in bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: Bytes::new(),
            event: 0,
            line: 0,
            searched: 0,
            limit,
        }
    }

    /// Adds what arrived. Ranges handed out before no longer hold.
    pub fn push(&mut self, chunk: Bytes) {
        let tail = self.buffer.split_off(self.event);
        self.line -= self.event;
        self.searched -= self.event;
        self.event = 0;
        if tail.is_empty() {
            self.buffer = chunk;
            return;
        }
        // A tail that nobody else holds grows in place: an event in many pieces is copied once, not once a piece.
        let mut joined = tail
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        joined.extend_from_slice(&chunk);
        self.buffer = joined.freeze();
    }

    /// The next whole event, the blank line that ends it included.
    pub fn next_event(&mut self) -> Result<Option<Range<usize>>, TooLong> {
        while let Some(offset) = memchr2(b'\n', b'\r', &self.buffer[self.searched..]) {
            let end = self.searched + offset;
            // A CR that ends the buffer may be half of a CR LF: the line is whole, and its LF joins what follows.
            let next = match self.buffer[end..] {
                [b'\r', b'\n', ..] => end + 2,
                _ => end + 1,
            };
            let half = end > self.event && self.buffer[end - 1..=end] == *b"\r\n";
            let blank = end == self.line && self.line > self.event && !half;
            self.line = next;
            self.searched = next;
            if blank {
                let event = self.event..next;
                self.event = next;
                return Ok(Some(event));
            }
        }
        self.searched = self.buffer.len();
        if self.buffer.len() - self.event > self.limit {
            return Err(TooLong { limit: self.limit });
        }
        Ok(None)
    }

    /// A range that was handed out since the last `push`, without copying.
    pub fn slice(&self, range: Range<usize>) -> Bytes {
        self.buffer.slice(range)
    }

    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// Bytes of an event that has not ended.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.event
    }

    /// What arrived of an event that has not ended.
    pub fn tail(&self) -> Bytes {
        self.buffer.slice(self.event..)
    }
}

/// What an event says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// Of the `event:` field.
    pub name: Option<&'a [u8]>,
    /// The `data:` lines, joined by LF; none where there is no such line (a comment, a bare blank line).
    pub data: Option<Cow<'a, [u8]>>,
}

/// Reads one event's bytes.
pub fn parse(mut bytes: &[u8]) -> Event<'_> {
    let mut event = Event::default();
    bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    while !bytes.is_empty() {
        let end = memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        let (line, rest) = bytes.split_at(end);
        bytes = rest
            .strip_prefix(b"\r\n")
            .unwrap_or_else(|| rest.get(1..).unwrap_or_default());
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => match &mut event.data {
                None => event.data = Some(Cow::Borrowed(value)),
                Some(data) => {
                    let data = data.to_mut();
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
            },
            b"event" => event.name = Some(value),
            _ => {}
        }
    }
    event
}

#[cfg(test)]
mod tests;
