//! One template -> tokens, as Go's template lexer makes them of what decK's functions can take.
//! After a fault the file goes on where the lexer stood, so that no byte is read again and again.

use std::borrow::Cow;

use super::{BLANKS, Fault, ONLY_FUNCTIONS, OPEN};

const CLOSE: &str = "}}";
const TRIMMING_CLOSE: &str = "-}}";
const COMMENT: &str = "/*";
const COMMENT_END: &str = "*/";

pub(super) enum Kind<'t> {
    Word(&'t str),
    Text(Cow<'t, str>),
    Integer(i64),
    Pipe,
    Open,
    Close,
}

pub(super) struct Token<'t> {
    pub(super) at: usize,
    /// Nothing but white space stands before it, back to the `${{` or the last token.
    pub(super) spaced: bool,
    pub(super) kind: Kind<'t>,
}

pub(super) struct Action<'t> {
    /// Empty for a comment; up to a fault.
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) fault: Option<Fault>,
    /// Where the file goes on.
    pub(super) end: usize,
    /// It has its `}}`.
    pub(super) closed: bool,
    pub(super) trims_before: bool,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    /// No `*/` stands in the rest of the text: looked for once.
    comments_over: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            comments_over: false,
        }
    }

    /// `open`: where a `${{` stands; later each time.
    pub(super) fn action(&mut self, open: usize) -> Action<'t> {
        let mut at = open + OPEN.len();
        let trims_before = self.text[at..]
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(BLANKS));
        if trims_before {
            at += 2;
        }
        let comment = self.text[at..].starts_with(COMMENT);
        let mut tokens = Vec::new();
        let end = if comment {
            self.comment(at)
        } else {
            self.tokens(at, &mut tokens)
        };
        let (end, fault, closed) = match end {
            Ok(end) => {
                let empty = tokens.is_empty() && !comment;
                let fault = empty.then(|| Fault::new(open, "this template is empty"));
                (end, fault, true)
            }
            Err(fault) => self.recover(open, fault),
        };
        Action {
            tokens,
            fault,
            end,
            closed,
            trims_before,
        }
    }

    /// Ok: where the file goes on.
    fn comment(&mut self, at: usize) -> Result<usize, Fault> {
        let inner = at + COMMENT.len();
        let found = if self.comments_over {
            None
        } else {
            self.text[inner..].find(COMMENT_END)
        };
        let Some(found) = found else {
            self.comments_over = true;
            return Err(Fault::new(at, "this comment is not closed with `*/`"));
        };
        let after = inner + found + COMMENT_END.len();
        self.close(after).ok_or_else(|| {
            Fault::new(
                after,
                "a comment fills its template: `}}` must follow its `*/`",
            )
        })
    }

    /// Ok: where the file goes on. Err: `tokens` holds those before the fault.
    fn tokens(&self, mut at: usize, tokens: &mut Vec<Token<'t>>) -> Result<usize, Fault> {
        let mut spaced = true;
        loop {
            if let Some(end) = self.close(at) {
                return Ok(end);
            }
            let rest = &self.text[at..];
            if rest.starts_with(BLANKS) {
                at += 1;
                spaced = true;
                continue;
            }
            let (kind, length) = token(at, rest)?;
            tokens.push(Token { at, spaced, kind });
            at += length;
            spaced = false;
        }
    }

    /// Some: a `}}` or ` -}}` stands here, and the file goes on there.
    fn close(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        let after = match rest.strip_prefix(CLOSE) {
            Some(after) => after,
            None => rest
                .strip_prefix(BLANKS)?
                .strip_prefix(TRIMMING_CLOSE)?
                .trim_start_matches(BLANKS),
        };
        Some(self.text.len() - after.len())
    }

    /// Where the file goes on after a fault, what to tell, and whether a `}}` was found. A single
    /// `}` and a fault on a later line are but signs of a missing `}}`.
    fn recover(&self, open: usize, fault: Fault) -> (usize, Option<Fault>, bool) {
        let mut end = fault.at;
        let one_line = !self.text[open..end].contains(['\n', '\r']);
        if one_line && !self.text[end..].starts_with('}') {
            let bytes = self.text.as_bytes();
            let stops = |&at: &usize| {
                matches!(bytes[at], b'\n' | b'\r')
                    || bytes[at..].starts_with(CLOSE.as_bytes())
                    || bytes[at..].starts_with(OPEN.as_bytes())
            };
            end = (end..bytes.len()).find(stops).unwrap_or(bytes.len());
            if self.text[end..].starts_with(CLOSE) {
                return (end + CLOSE.len(), Some(fault), true);
            }
        }
        let unclosed = "this `${{` has no `}}`: write ${{ env \"DECK_X\" }}";
        (end, Some(Fault::new(open, unclosed)), false)
    }
}

/// The token that `rest` begins with, and its length.
fn token(at: usize, rest: &str) -> Result<(Kind<'_>, usize), Fault> {
    match rest.chars().next() {
        Some('|') => Ok((Kind::Pipe, 1)),
        Some('(') => Ok((Kind::Open, 1)),
        Some(')') => Ok((Kind::Close, 1)),
        Some('"') => quoted(at, rest),
        Some('`') => raw(at, rest),
        Some('0'..='9' | '+' | '-') => number(at, rest),
        Some(first) if is_word(first) => {
            let word = &rest[..word_length(rest)];
            Ok((Kind::Word(word), word.len()))
        }
        _ => Err(unexpected(at, rest)),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
}

fn raw(at: usize, rest: &str) -> Result<(Kind<'_>, usize), Fault> {
    let inner = &rest[1..];
    match inner.find('`') {
        Some(length) => Ok((Kind::Text(Cow::Borrowed(&inner[..length])), length + 2)),
        None => Err(unclosed_string(at)),
    }
}

fn quoted(at: usize, rest: &str) -> Result<(Kind<'_>, usize), Fault> {
    let inner = &rest[1..];
    let mut escaped = false;
    let end = inner.bytes().position(|byte| {
        let ends = byte == b'\n' || (byte == b'"' && !escaped);
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let Some(end) = end.filter(|&end| inner[end..].starts_with('"')) else {
        return Err(unclosed_string(at));
    };
    let text = unescaped(&inner[..end])
        .ok_or_else(|| Fault::new(at, "this string has an escape that Go does not know"))?;
    Ok((Kind::Text(text), end + 2))
}

fn unclosed_string(at: usize) -> Fault {
    Fault::new(at, "the string that begins here is not closed")
}

/// Go's escapes in a string; None: another one, or bytes that are no text.
fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    let (plain, mut rest) = match inner.split_once('\\') {
        Some((plain, _)) => inner.split_at(plain.len()),
        None => return Some(Cow::Borrowed(inner)),
    };
    let mut bytes = plain.as_bytes().to_vec();
    while let Some(escape) = rest.strip_prefix('\\') {
        let length = match escape.chars().next()? {
            'x' => byte(&mut bytes, escape.get(1..3)?, 16).map(|()| 3),
            'u' => character(&mut bytes, escape.get(1..5)?).map(|()| 5),
            'U' => character(&mut bytes, escape.get(1..9)?).map(|()| 9),
            '0'..='7' => byte(&mut bytes, escape.get(..3)?, 8).map(|()| 3),
            letter => {
                bytes.push(control(letter)?);
                Some(1)
            }
        }?;
        let after = &escape[length..];
        let plain = after.find('\\').unwrap_or(after.len());
        bytes.extend_from_slice(&after.as_bytes()[..plain]);
        rest = &after[plain..];
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn control(letter: char) -> Option<u8> {
    match letter {
        'a' => Some(0x07),
        'b' => Some(0x08),
        't' => Some(b'\t'),
        'n' => Some(b'\n'),
        'v' => Some(0x0b),
        'f' => Some(0x0c),
        'r' => Some(b'\r'),
        '\\' => Some(b'\\'),
        '"' => Some(b'"'),
        _ => None,
    }
}

fn byte(bytes: &mut Vec<u8>, digits: &str, radix: u32) -> Option<()> {
    let code = code(digits, radix)?;
    bytes.push(u8::try_from(code).ok()?);
    Some(())
}

fn character(bytes: &mut Vec<u8>, digits: &str) -> Option<()> {
    let character = char::from_u32(code(digits, 16)?)?;
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

fn code(digits: &str, radix: u32) -> Option<u32> {
    // The standard library would also take a sign.
    let unsigned = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    unsigned
        .then(|| u32::from_str_radix(digits, radix).ok())
        .flatten()
}

fn number(at: usize, rest: &str) -> Result<(Kind<'_>, usize), Fault> {
    if rest.starts_with(TRIMMING_CLOSE) {
        return Err(Fault::new(at, "a blank must stand before `-}}`"));
    }
    let length = rest[1..]
        .find(|c: char| !is_word(c) && c != '.')
        .map_or(rest.len(), |end| end + 1);
    let written = &rest[..length];
    let digits = written.trim_start_matches(['+', '-']);
    match written.parse() {
        // Go takes `010` for an octal number.
        Ok(value) if digits == "0" || !digits.starts_with('0') => {
            Ok((Kind::Integer(value), length))
        }
        _ => Err(Fault::new(
            at,
            format!("found `{written}`: a number is written in decimal digits, as in indent 4"),
        )),
    }
}

/// `rest` begins with nothing that a token begins with.
fn unexpected(at: usize, rest: &str) -> Fault {
    let first = rest.chars().next();
    let mend = match first {
        Some('\\') => {
            "templates are filled in before JSON or YAML is read: their quotes take no backslash"
        }
        Some('\'') => "a string stands in \"double quotes\" or in `backquotes`",
        Some('/') => "a comment fills its template, as in ${{/* this */}}",
        _ => ONLY_FUNCTIONS,
    };
    let first = first.map_or(0, char::len_utf8);
    let found = &rest[..first + word_length(&rest[first..])];
    Fault::new(at, format!("found `{found}`, but {mend}"))
}
