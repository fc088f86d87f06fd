//! Line and column of a byte, counted as the YAML parser counts them.

pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// One pass over a text, from place to place.
pub(super) struct Walk<'t> {
    text: &'t str,
    at: usize,
    place: Place,
}

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        // The mark that begins a file has no column.
        let marked = text.starts_with(BYTE_ORDER_MARK);
        Self {
            text,
            at: if marked {
                BYTE_ORDER_MARK.len_utf8()
            } else {
                0
            },
            place: Place { line: 1, column: 1 },
        }
    }

    /// `offset`: never before the last one.
    pub(super) fn reach(&mut self, offset: usize) -> Place {
        let bytes = self.text.as_bytes();
        while self.at < offset {
            let byte = bytes[self.at];
            self.at += 1;
            // CR LF is one break, at its LF, even where a template ends between the two.
            if byte == b'\n' || (byte == b'\r' && bytes.get(self.at) != Some(&b'\n')) {
                self.place.line += 1;
                self.place.column = 1;
            } else if !is_continuation(byte) {
                self.place.column += 1;
            }
        }
        self.place
    }
}

/// Not the first byte of a character.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}
