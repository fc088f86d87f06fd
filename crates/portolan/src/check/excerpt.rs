//! The line of the file that a finding is about, with what may be secret in it replaced by `…`.
//! A window of at most 120 characters of it, around the place.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, ops::Range};

use portolan_config::diagnostic::Diagnostic;

use super::{
    secrecy,
    tokens::{self, Kind, Token},
};

/// In characters.
const WINDOW: usize = 120;
/// How far around a place a line is looked at: lines of JSON may be as long as the file.
const REACH: usize = 4 * WINDOW;
const HIDDEN: char = '…';
const CUT: &str = "...";

/// One file, scanned for all of its findings.
pub(super) struct Excerpts {
    chars: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
    tokens: Vec<Token>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) text: String,
    /// Characters of the text before the first caret.
    pub(super) before: usize,
    pub(super) carets: usize,
}

/// A character as it is shown, and where in the file it stands.
type Shown = (usize, char);

impl Excerpts {
    pub(super) fn new(text: &str, found: &[Diagnostic]) -> Self {
        // The mark that begins a file has no column.
        let chars: Vec<char> = text.trim_start_matches('\u{feff}').chars().collect();
        let mut lines = vec![0];
        for (at, c) in chars.iter().enumerate() {
            // CR LF is one break, at its LF.
            if *c == '\n' || (*c == '\r' && chars.get(at + 1) != Some(&'\n')) {
                lines.push(at + 1);
            }
        }
        let mut excerpts = Self {
            chars,
            lines,
            tokens: Vec::new(),
        };
        let suspects: HashSet<usize> = found
            .iter()
            .filter(|one| may_be_misspelt_secret(&one.message))
            .filter_map(|one| excerpts.place(one))
            .collect();
        excerpts.tokens = tokens::scan(&excerpts.chars, &suspects);
        excerpts
    }

    /// None: there is no such place.
    pub(super) fn of(&self, one: &Diagnostic) -> Option<Excerpt> {
        let place = self.place(one)?;
        let line = self.line(one.line)?;
        let reach = line.start.max(place.saturating_sub(REACH))..line.end.min(place + REACH);
        let shown = self.shown(&reach, secrecy::names_secret(&one.path));
        let caret = if place < reach.end {
            let passed = shown.partition_point(|(at, _)| *at <= place);
            passed.saturating_sub(1)
        } else {
            shown.len()
        };
        let stop = self.token_end(place);
        let underlined = shown[caret..].iter();
        let underlined = underlined.take_while(|(at, _)| *at < stop).count();

        let first = caret
            .saturating_sub(WINDOW / 2)
            .min(shown.len().saturating_sub(WINDOW));
        let last = shown.len().min(first + WINDOW);
        let mut text = String::new();
        if first > 0 || reach.start > line.start {
            text.push_str(CUT);
        }
        let before = text.len() + caret - first;
        text.extend(shown[first..last].iter().map(|(_, c)| c));
        if last < shown.len() || reach.end < line.end {
            text.push_str(CUT);
        }
        Some(Excerpt {
            text: text.trim_end().to_owned(),
            before,
            carets: underlined.min(last.saturating_sub(caret)).max(1),
        })
    }

    /// Without its line break.
    fn line(&self, number: usize) -> Option<Range<usize>> {
        let start = *self.lines.get(number.checked_sub(1)?)?;
        let next = self.lines.get(number).copied().unwrap_or(self.chars.len());
        let breaks = self.chars[start..next].iter().rev();
        let breaks = breaks.take_while(|c| matches!(c, '\n' | '\r')).count();
        Some(start..next - breaks)
    }

    fn place(&self, one: &Diagnostic) -> Option<usize> {
        let line = self.line(one.line)?;
        Some((line.start + one.column.checked_sub(1)?).min(line.end))
    }

    /// Of the token that stands at a place; a mark is but one character.
    fn token_end(&self, place: usize) -> usize {
        let passed = self.tokens.partition_point(|token| token.end <= place);
        match self.tokens.get(passed) {
            Some(token) if token.start <= place => token.end,
            _ => place + 1,
        }
    }

    fn shown(&self, reach: &Range<usize>, wary: bool) -> Vec<Shown> {
        let mut out = Out {
            chars: &self.chars,
            reach,
            shown: Vec::new(),
        };
        let mut at = reach.start;
        let passed = self.tokens.partition_point(|token| token.end <= at);
        let tokens = self.tokens[passed..].iter();
        for token in tokens.take_while(|token| token.start < reach.end) {
            out.mask(at..token.start);
            out.token(token, token.hidden || (wary && token.kind == Kind::Text));
            at = token.end;
        }
        out.mask(at..reach.end);
        out.shown
    }
}

struct Out<'t> {
    chars: &'t [char],
    reach: &'t Range<usize>,
    shown: Vec<Shown>,
}

impl Out<'_> {
    fn token(&mut self, token: &Token, hidden: bool) {
        if !hidden {
            return self.plain(token.start..token.end);
        }
        let text = &self.chars[token.start..token.end];
        let mut at = token.start;
        if matches!(text, ['"' | '\'' | '#', ..]) {
            self.plain(at..at + 1);
            at += 1;
        }
        let closed = matches!(text, ['"', .., '"'] | ['\'', .., '\'']);
        let end = if closed { token.end - 1 } else { token.end };
        for reference in secrecy::references(text) {
            self.mask(at..token.start + reference.start);
            self.plain(token.start + reference.start..token.start + reference.end);
            at = token.start + reference.end;
        }
        self.mask(at..end);
        self.plain(end..token.end);
    }

    fn plain(&mut self, range: Range<usize>) {
        let range = self.clip(range);
        let shown = range.map(|at| (at, printable(self.chars[at])));
        self.shown.extend(shown);
    }

    /// Blanks are no secret.
    fn mask(&mut self, range: Range<usize>) {
        let range = self.clip(range);
        let mut text = self.chars[range.clone()].iter();
        if text.all(|c| c.is_whitespace()) {
            self.plain(range);
        } else {
            self.shown.push((range.start, HIDDEN));
        }
    }

    fn clip(&self, range: Range<usize>) -> Range<usize> {
        let start = range.start.clamp(self.reach.start, self.reach.end);
        start..range.end.clamp(start, self.reach.end)
    }
}

/// Whether a key is not known: its value, and all below it, may be a secret.
fn may_be_misspelt_secret(message: &str) -> bool {
    message.starts_with("unknown field")
}

/// One column a character; nothing that moves a terminal's cursor or turns the direction of a text.
pub(super) fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}
