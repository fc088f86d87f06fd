//! As much of HTTP/1.1 as the bench reads: heads, and bodies by length or chunked.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};

/// A response head.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    /// Whether the connection may be asked again.
    pub(super) stays: bool,
    /// Bytes it took.
    pub(super) length: usize,
}

impl Head {
    /// None: not whole yet.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end]).context("the head is not text")?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|rest| rest.get(..3))
            .and_then(|status| status.parse().ok())
            .context("the status line is not HTTP/1.1")?;
        let mut head = Self {
            status,
            framing: Framing::None,
            stays: true,
            length: end + 4,
        };
        for line in lines {
            let (name, value) = line.split_once(':').context("a header without a colon")?;
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.framing = Framing::Length(value.parse()?),
                "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => {
                    head.framing = Framing::Size;
                }
                "connection" if value.eq_ignore_ascii_case("close") => head.stays = false,
                _ => {}
            }
        }
        Ok(Some(head))
    }
}

/// How far a body has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Neither length nor chunks: until the connection closes, which would hide a cut.
    None,
    /// Bytes still to come.
    Length(usize),
    /// A chunk's size is next.
    Size,
    /// Bytes of the chunk still to come.
    Chunk(usize),
    ChunkEnd,
    Trailer,
}

impl Framing {
    /// Moves what `input` holds of the body to `body`; true when the body is whole.
    pub(super) fn feed(&mut self, input: &mut Vec<u8>, body: &mut Vec<u8>) -> Result<bool> {
        let mut at = 0;
        let whole = loop {
            let rest = &input[at..];
            match *self {
                Self::None => bail!("the answer has neither length nor chunks"),
                Self::Length(left) => {
                    let taken = left.min(rest.len());
                    body.extend_from_slice(&rest[..taken]);
                    at += taken;
                    *self = Self::Length(left - taken);
                    break left == taken;
                }
                Self::Size => {
                    let Some(line) = line(rest) else {
                        break false;
                    };
                    at += line.len() + 2;
                    *self = match chunk_size(line)? {
                        0 => Self::Trailer,
                        size => Self::Chunk(size),
                    };
                }
                Self::Chunk(left) => {
                    let taken = left.min(rest.len());
                    body.extend_from_slice(&rest[..taken]);
                    at += taken;
                    if taken < left {
                        *self = Self::Chunk(left - taken);
                        break false;
                    }
                    *self = Self::ChunkEnd;
                }
                Self::ChunkEnd => {
                    if rest.len() < 2 {
                        break false;
                    }
                    ensure!(rest.starts_with(b"\r\n"), "a chunk longer than its size");
                    at += 2;
                    *self = Self::Size;
                }
                Self::Trailer => {
                    let Some(line) = line(rest) else {
                        break false;
                    };
                    at += line.len() + 2;
                    if line.is_empty() {
                        break true;
                    }
                }
            }
        };
        input.drain(..at);
        Ok(whole)
    }
}

fn line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some(&bytes[..end])
}

fn chunk_size(line: &[u8]) -> Result<usize> {
    let text = std::str::from_utf8(line)?;
    let digits = text.split(';').next().unwrap_or(text).trim();
    usize::from_str_radix(digits, 16).context("a chunk's size")
}

/// One request on a connection of its own; status and body.
pub(super) fn ask(stream: &mut TcpStream, request: &str) -> Result<(u16, Vec<u8>)> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request.as_bytes())?;
    let mut received = Vec::new();
    let mut head = loop {
        if let Some(head) = Head::read(&received)? {
            break head;
        }
        more(stream, &mut received)?;
    };
    received.drain(..head.length);
    let mut body = Vec::new();
    while !head.framing.feed(&mut received, &mut body)? {
        more(stream, &mut received)?;
    }
    Ok((head.status, body))
}

fn more(stream: &mut TcpStream, received: &mut Vec<u8>) -> Result<()> {
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes)?;
    ensure!(read > 0, "closed before the answer was whole");
    received.extend_from_slice(&bytes[..read]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
        let head = Head::read(text).unwrap().unwrap();
        assert_eq!(
            (head.status, head.framing, head.stays),
            (200, Framing::Length(5), false)
        );
        assert_eq!(&text[head.length..], b"hello");
        assert_eq!(Head::read(&text[..20]).unwrap(), None);
        assert!(Head::read(b"SMTP\r\n\r\n").is_err());
    }

    #[test]
    fn chunks_however_they_are_split() {
        // RFC 9112, 7.1: sizes in hexadecimal, an extension, a trailer.
        let coded = b"4\r\nWiki\r\nA;x=y\r\n0123456789\r\n0\r\nExpires: never\r\n\r\n";
        for step in 1..coded.len() {
            let (mut framing, mut input, mut body) = (Framing::Size, Vec::new(), Vec::new());
            let mut whole = false;
            for part in coded.chunks(step) {
                assert!(!whole);
                input.extend_from_slice(part);
                whole = framing.feed(&mut input, &mut body).unwrap();
            }
            assert!(whole, "in steps of {step}");
            assert_eq!(body, b"Wiki0123456789");
            assert!(input.is_empty());
        }
    }

    #[test]
    fn a_body_without_framing_is_refused() {
        let (mut input, mut body) = (b"hello".to_vec(), Vec::new());
        assert!(Framing::None.feed(&mut input, &mut body).is_err());
        assert!(
            Framing::Size
                .feed(&mut b"zz\r\n".to_vec(), &mut body)
                .is_err()
        );
    }
}
