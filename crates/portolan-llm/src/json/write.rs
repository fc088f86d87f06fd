//! Values into one buffer.

use serde_json::value::RawValue;

use super::{Extra, Number, Text};

/// A value that writes its own JSON.
pub trait Write {
    fn write(&self, out: &mut Vec<u8>);
}

impl Write for Text<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.literal().as_bytes());
    }
}

impl Write for Number<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_str().as_bytes());
    }
}

impl Write for &RawValue {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.get().as_bytes());
    }
}

impl Write for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Write for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
    }
}

impl Write for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        u64::from(*self).write(out);
    }
}

/// A plain string, escaped.
impl Write for &str {
    fn write(&self, out: &mut Vec<u8>) {
        push_text(out, self);
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            item.write(out);
        }
        out.push(b']');
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}

impl<T: Write> Write for super::List<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl<T: Write> Write for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

/// A plain string as a JSON literal.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[copied..index]);
        copied = index + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// A line's end in a JSON value is white space, in an event of a stream it would cut the value in two.
pub(crate) fn one_line(json: &mut Vec<u8>) {
    json.retain(|byte| !matches!(byte, b'\n' | b'\r'));
}

/// An object under way: commas and the closing brace.
pub(crate) struct ObjectWriter<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> ObjectWriter<'o> {
    pub(crate) fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// The buffer, where the value of `key` goes.
    pub(crate) fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        push_text(self.out, key);
        self.out.push(b':');
        self.out
    }

    pub(crate) fn field(&mut self, key: &str, value: &impl Write) {
        value.write(self.key(key));
    }

    pub(crate) fn optional(&mut self, key: &str, value: Option<&impl Write>) {
        if let Some(value) = value {
            self.field(key, value);
        }
    }

    pub(crate) fn extra(&mut self, extra: &Extra<'_>) {
        for (key, value) in extra.iter() {
            self.field(key, &value);
        }
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }
}
