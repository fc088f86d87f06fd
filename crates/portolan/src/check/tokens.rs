//! YAML and JSON text -> tokens, each with whether an excerpt may show it. Tolerant: a file may be neither.
//! What lies outside every token is a blank, or must not be shown. One pass, linear in the text.

mod flow;

use std::collections::HashSet;

use super::secrecy;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mark of the syntax.
    Mark,
    Key,
    /// A value, or what is no better known; anchors and tags too.
    Text,
    Comment,
}

/// `start` and `end` count characters of the file, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) hidden: bool,
}

/// `suspects`: where keys stand that are not known, and may be misspelt names of secrets.
pub(super) fn scan(chars: &[char], suspects: &HashSet<usize>) -> Vec<Token> {
    let mut scan = Scan {
        chars,
        suspects,
        at: 0,
        tokens: Vec::new(),
        scopes: Vec::new(),
        covered: None,
    };
    while scan.at < chars.len() {
        scan.line();
    }
    scan.tokens
}

/// What a block mapping's key says of all that is indented deeper.
struct Scope {
    column: usize,
    secret: bool,
}

struct Scan<'t> {
    chars: &'t [char],
    suspects: &'t HashSet<usize>,
    at: usize,
    tokens: Vec<Token>,
    /// From the outermost key inwards.
    scopes: Vec<Scope>,
    /// Lines indented deeper than this column go on with a text that stays hidden.
    covered: Option<usize>,
}

impl Scan<'_> {
    fn line(&mut self) {
        let start = self.at;
        self.skip_blanks();
        let mut column = self.at - start;
        let comment = self.peek() == Some('#');
        if !self.line_ends() {
            if self.covered.is_some_and(|covered| column > covered) {
                self.rest(Kind::Text);
            } else if comment {
                self.rest(Kind::Comment);
            } else {
                self.covered = None;
                self.leave(column);
                let parent = self.indicators(start, &mut column);
                self.content(column, parent);
            }
        }
        self.trail();
        self.at += 1;
    }

    /// Closes the keys that a line at this column does not belong to.
    fn leave(&mut self, column: usize) {
        let item = self.indicates('-');
        while let Some(scope) = self.scopes.last() {
            // A list may stand at its key's own column.
            if scope.column < column || (item && scope.column == column) {
                break;
            }
            self.scopes.pop();
        }
    }

    /// `- `, `? ` and `: ` at a line's begin; the column of the last, if there is one.
    fn indicators(&mut self, start: usize, column: &mut usize) -> Option<usize> {
        let mut parent = None;
        while self.indicates('-') || self.indicates('?') || self.indicates(':') {
            if self.peek() == Some(':') {
                // The value of a key that is not known.
                let column = *column;
                self.scopes.push(Scope {
                    column,
                    secret: true,
                });
            }
            parent = Some(*column);
            self.mark();
            self.skip_blanks();
            *column = self.at - start;
        }
        parent
    }

    /// What a line holds behind its indicators. `parent`: as of a list's item.
    fn content(&mut self, column: usize, parent: Option<usize>) {
        let outer = self.scopes.last().is_some_and(|scope| scope.secret);
        // A text that belongs to no key or item may go on with one that does.
        let bare = outer || parent.is_none();
        self.properties(true);
        let start = self.at;
        match self.peek() {
            _ if self.line_ends() => {}
            Some('{' | '[') => self.flow(outer),
            Some('"' | '\'') => {
                self.quoted();
                let end = self.at;
                self.skip_blanks();
                if self.peek() == Some(':') {
                    return self.entry(start, end, column, outer);
                }
                self.text(start, end, bare);
                self.cover(parent.unwrap_or(column), outer);
            }
            Some('|' | '>') => self.block_text(parent.unwrap_or_default()),
            _ => {
                let (end, key) = self.plain(false, true);
                self.at = end;
                if key {
                    self.skip_blanks();
                    return self.entry(start, end, column, outer);
                }
                let text = &self.chars[start..end];
                if column == 0 && (text == ['-'; 3] || text == ['.'; 3]) {
                    self.push(start, end, Kind::Mark, false);
                } else {
                    self.text(start, end, bare);
                    self.cover(parent.unwrap_or(column), outer);
                }
            }
        }
    }

    /// A key that ends here, its colon, and what stands in the same line.
    fn entry(&mut self, start: usize, end: usize, column: usize, outer: bool) {
        let secret = self.key(start, end, outer);
        self.mark();
        self.scopes.push(Scope { column, secret });
        self.skip_blanks();
        self.properties(secret);
        let start = self.at;
        match self.peek() {
            _ if self.line_ends() => {}
            Some('#') if self.after_blank() => {}
            Some('{' | '[') => self.flow(secret),
            Some('"' | '\'') => {
                self.quoted();
                self.text(start, self.at, secret);
                self.cover(column, secret);
            }
            Some('|' | '>') => self.block_text(column),
            _ => {
                let (end, _) = self.plain(false, false);
                self.at = end;
                self.text(start, end, secret);
                self.cover(column, secret);
            }
        }
    }

    /// `|` or `>` with what follows it; the lines below are hidden.
    fn block_text(&mut self, column: usize) {
        let start = self.at;
        let (end, _) = self.plain(false, false);
        let header = self.chars[start..end]
            .iter()
            .all(|c| matches!(c, '|' | '>' | '+' | '-' | '0'..='9'));
        self.push(start, end, Kind::Text, !header);
        self.at = end;
        self.cover(column, true);
    }

    fn cover(&mut self, column: usize, secret: bool) {
        if secret {
            self.covered = Some(column);
        }
    }

    /// What stands behind a value in its line: a comment, or nothing that is understood.
    fn trail(&mut self) {
        self.skip_blanks();
        if self.line_ends() {
            return;
        }
        if self.peek() == Some('#') && self.after_blank() {
            self.rest(Kind::Comment);
        } else {
            self.rest(Kind::Text);
        }
    }

    /// Whether what the key names is hidden.
    fn key(&mut self, start: usize, end: usize, outer: bool) -> bool {
        let name: String = self.chars[start..end].iter().collect();
        self.push(start, end, Kind::Key, secrecy::hides_key(&name));
        outer || self.suspects.contains(&start) || secrecy::names_secret(&name)
    }

    fn text(&mut self, start: usize, end: usize, hidden: bool) {
        let text: String = self.chars[start..end].iter().collect();
        let hidden = hidden || text.contains(['\n', '\r']) || secrecy::looks_secret(&text);
        self.push(start, end, Kind::Text, hidden);
    }

    /// Anchors and tags.
    fn properties(&mut self, hidden: bool) {
        while let Some('&' | '!') = self.peek() {
            let start = self.at;
            while self
                .peek()
                .is_some_and(|c| !c.is_whitespace() && !",[]{}".contains(c))
            {
                self.at += 1;
            }
            self.text(start, self.at, hidden);
            self.skip_blanks();
        }
    }

    /// Where a plain text that begins here ends, and whether a colon makes it a key.
    fn plain(&self, flow: bool, key: bool) -> (usize, bool) {
        let mut at = self.at;
        let mut is_key = false;
        while let Some(&c) = self.chars.get(at) {
            let before = at.checked_sub(1).and_then(|before| self.chars.get(before));
            let comment = c == '#' && matches!(before, Some(' ' | '\t'));
            let closed = flow && matches!(c, ',' | '[' | ']' | '{' | '}');
            if let Some(end) = secrecy::template_end(self.chars, at) {
                at = end;
                continue;
            }
            if matches!(c, '\n' | '\r') || comment || closed {
                break;
            }
            if key && c == ':' && self.separates(at, flow) {
                is_key = true;
                break;
            }
            at += 1;
        }
        while at > self.at && matches!(self.chars[at - 1], ' ' | '\t') {
            at -= 1;
        }
        (at, is_key)
    }

    /// Whether the colon at this place stands between key and value.
    fn separates(&self, at: usize, flow: bool) -> bool {
        match self.chars.get(at + 1) {
            None | Some(' ' | '\t' | '\n' | '\r') => true,
            Some(',' | '[' | ']' | '{' | '}') => flow,
            Some(_) => false,
        }
    }

    /// Goes over a text in quotes, to the end of the file if nothing closes it.
    fn quoted(&mut self) {
        let Some(quote) = self.peek() else { return };
        self.at += 1;
        while let Some(c) = self.peek() {
            if let Some(end) = secrecy::template_end(self.chars, self.at) {
                self.at = end;
                continue;
            }
            self.at += 1;
            if c == '\\' && quote == '"' {
                self.at = self.chars.len().min(self.at + 1);
            } else if c == quote {
                if quote == '"' || self.peek() != Some('\'') {
                    return;
                }
                self.at += 1;
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Whether this character stands here as an indicator.
    fn indicates(&self, indicator: char) -> bool {
        self.peek() == Some(indicator) && self.separates(self.at, false)
    }

    fn after_blank(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at));
        before.is_none_or(|c| c.is_whitespace())
    }

    fn line_ends(&self) -> bool {
        matches!(self.peek(), None | Some('\n' | '\r'))
    }

    fn skip_blanks(&mut self) {
        while let Some(' ' | '\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes all that is left of a line; shows none of it.
    fn rest(&mut self, kind: Kind) {
        let start = self.at;
        while !self.line_ends() {
            self.at += 1;
        }
        self.push(start, self.at, kind, true);
    }

    fn mark(&mut self) {
        self.push(self.at, self.at + 1, Kind::Mark, false);
        self.at += 1;
    }

    fn push(&mut self, start: usize, end: usize, kind: Kind, hidden: bool) {
        if start < end {
            self.tokens.push(Token {
                start,
                end,
                kind,
                hidden,
            });
        }
    }
}
