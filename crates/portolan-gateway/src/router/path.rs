//! The form of a path that routes are matched against, as Kong's router makes it: everything decoded but the reserved
//! characters, dot segments removed, slashes merged.

use std::borrow::Cow;

/// Stay encoded, in upper-case hexadecimal.
const RESERVED: &[u8] = b"!*'();:@&=+$,/?%#[]";

/// None: the decoded path is not UTF-8, and matches no route.
pub(crate) fn normalise(path: &str) -> Option<Cow<'_, str>> {
    if is_normal(path.as_bytes()) {
        return Some(Cow::Borrowed(path));
    }
    let decoded = decode_unreserved(path.as_bytes());
    let mut normal: Vec<u8> = Vec::with_capacity(decoded.len());
    let mut segments = decoded.split(|byte| *byte == b'/').peekable();
    // What comes before the first slash.
    segments.next();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b"." | b"" if !last => {}
            b".." => {
                let parent = normal.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                normal.truncate(parent);
                if last {
                    normal.push(b'/');
                }
            }
            b"." | b"" => normal.push(b'/'),
            segment => {
                normal.push(b'/');
                normal.extend_from_slice(segment);
            }
        }
    }
    if normal.is_empty() {
        normal.push(b'/');
    }
    String::from_utf8(normal).ok().map(Cow::Owned)
}

/// No for some that are. Written without branches, so that a processor can look at many bytes at a time.
fn is_normal(path: &[u8]) -> bool {
    let escaped = path
        .iter()
        .fold(false, |escaped, byte| escaped | (*byte == b'%'));
    let behind = path.get(1..).unwrap_or_default();
    let folded = path
        .iter()
        .zip(behind)
        .fold(false, |folded, (slash, next)| {
            folded | ((*slash == b'/') & ((*next == b'/') | (*next == b'.')))
        });
    !escaped && !folded
}

fn decode_unreserved(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, tail @ ..] = rest {
        match escape(rest) {
            Some(value) if RESERVED.contains(&value) => {
                decoded.push(b'%');
                decoded.extend(tail[..2].iter().map(u8::to_ascii_uppercase));
                rest = &tail[2..];
            }
            Some(value) => {
                decoded.push(value);
                rest = &tail[2..];
            }
            None => {
                decoded.push(*byte);
                rest = tail;
            }
        }
    }
    decoded
}

/// The byte that `%XX` at the beginning stands for.
fn escape(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// Every `%XX` decoded, once. None: the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        match escape(rest) {
            Some(value) => {
                decoded.push(value);
                rest = &tail[2..];
            }
            None => {
                decoded.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}
