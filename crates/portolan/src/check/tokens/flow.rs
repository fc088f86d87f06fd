//! `{...}` and `[...]`, over as many lines as they take: all of a JSON file.

use super::{Kind, Scan};

struct Level {
    mapping: bool,
    /// Whether all of it is hidden.
    outer: bool,
    /// Whether the value at hand is.
    hidden: bool,
    /// A key of a mapping stands before the value at hand.
    keyed: bool,
}

impl Level {
    fn hides(&self) -> bool {
        self.hidden || (self.mapping && !self.keyed)
    }
}

impl Scan<'_> {
    /// From the bracket that opens it to the one that closes it. If none does, nobody can tell what belongs to which
    /// key: all the rest of the file is hidden.
    pub(super) fn flow(&mut self, outer: bool) {
        let (opened, known) = (self.at, self.tokens.len());
        let mut levels: Vec<Level> = Vec::new();
        while let Some(c) = self.peek() {
            match (c, levels.last_mut()) {
                (' ' | '\t' | '\n' | '\r', _) => self.at += 1,
                ('{' | '[', around) => {
                    let hidden = around.map_or(outer, |level| level.hidden);
                    levels.push(Level {
                        mapping: c == '{',
                        outer: hidden,
                        hidden,
                        keyed: false,
                    });
                    self.mark();
                }
                ('}' | ']', Some(level)) => {
                    if level.mapping != (c == '}') {
                        break;
                    }
                    self.mark();
                    levels.pop();
                    if levels.is_empty() {
                        return;
                    }
                }
                (',', Some(level)) => {
                    level.hidden = level.outer;
                    level.keyed = false;
                    self.mark();
                }
                (':', Some(level)) if self.separates(self.at, true) => {
                    level.hidden = true;
                    self.mark();
                }
                ('#', _) if self.after_blank() => self.rest(Kind::Comment),
                ('&' | '!', Some(level)) => {
                    let hidden = level.hides();
                    self.properties(hidden);
                }
                (_, Some(level)) => self.member(level),
                (_, None) => break,
            }
        }
        self.tokens.truncate(known);
        self.push(opened, opened + 1, Kind::Mark, false);
        self.push(opened + 1, self.chars.len(), Kind::Text, true);
        self.at = self.chars.len();
    }

    /// A key with its colon, or a text.
    fn member(&mut self, level: &mut Level) {
        let start = self.at;
        let key = if let Some('"' | '\'') = self.peek() {
            self.quoted();
            self.colon_follows()
        } else {
            let (end, key) = self.plain(true, true);
            // At least one character, or the scan would stand still.
            self.at = end.max(start + 1);
            key
        };
        let end = self.at;
        if !key {
            return self.text(start, end, level.hides());
        }
        level.hidden = self.key(start, end, level.outer);
        level.keyed = true;
        while self.peek().is_some_and(|c| c != ':') {
            self.at += 1;
        }
        self.mark();
    }

    /// Behind a key in quotes: there may be line breaks before the colon.
    fn colon_follows(&self) -> bool {
        let mut rest = self.chars[self.at..].iter();
        rest.find(|c| !c.is_whitespace()) == Some(&':')
    }
}
