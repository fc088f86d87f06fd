//! decK's `${{ env "DECK_X" }}`: text -> text before YAML is parsed, and the way back to the file.
//! Go's template syntax as far as decK's five functions need it; a template may span lines.
//! Linear in the text but for the values put in; no message shows a value of the environment.

mod convert;
mod evaluate;
mod lex;
mod place;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use evaluate::Evaluator;
use lex::Lexer;
use place::{Place, Walk};

const OPEN: &str = "${{";
/// What a trim marker takes away.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
const ONLY_FUNCTIONS: &str =
    "a template has only the functions env, toBool, toInt, toFloat and indent";

/// A text after decK's templating, with the way back to the file. Not `Debug`: it holds secrets.
pub(crate) struct Expanded<'t> {
    pub(crate) text: Cow<'t, str>,
    /// In the order of the text, without overlap.
    replaced: Vec<Replaced>,
}

/// A place of the file; both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The text at this place came from the environment, or is a mock of what would: no message
    /// may show it.
    pub(crate) substituted: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TemplateFault {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    /// An unset variable, which a check without secrets only warns of.
    pub(crate) unset: bool,
}

/// What stands in the text for a template of the file.
struct Replaced {
    start: Place,
    end: Place,
    /// Of the `${{`, in the file.
    open: Place,
    /// Where the file goes on after the template and what it trims.
    resumed: Place,
}

/// `Replaced` in bytes: `start` and `end` of the text, `open` and `resumed` of the file.
struct Cut {
    start: usize,
    end: usize,
    open: usize,
    resumed: usize,
}

/// `at` is a byte of the file.
struct Fault {
    at: usize,
    message: String,
    unset: bool,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            unset: false,
        }
    }
}

impl Replaced {
    /// The file's place for a place of the text that no later template moves.
    fn after(&self, place: Place) -> Place {
        if place.line == self.end.line {
            Place {
                line: self.resumed.line,
                column: self.resumed.column + place.column - self.end.column,
            }
        } else {
            Place {
                line: self.resumed.line + place.line - self.end.line,
                column: place.column,
            }
        }
    }
}

impl Expanded<'_> {
    /// Whether anything was substituted.
    pub(crate) fn any(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// The first template of the file: line and column.
    pub(crate) fn first(&self) -> Option<(usize, usize)> {
        let first = self.replaced.first()?;
        Some((first.open.line, first.open.column))
    }

    /// From a place in `text` to the place in the file; inside a value: that of its `${{`.
    pub(crate) fn written(&self, line: usize, column: usize) -> Written {
        let place = Place { line, column };
        let begun = self
            .replaced
            .partition_point(|replaced| replaced.start <= place);
        let (place, substituted) = match self.replaced[..begun].last() {
            None => (place, false),
            Some(last) if place < last.end => (last.open, true),
            Some(last) => (last.after(place), false),
        };
        Written {
            line: place.line,
            column: place.column,
            substituted,
        }
    }

    /// Whether a substituted value lies within `start..end` or overlaps it: a quoted scalar's own
    /// places lie outside the template in it. Line and column of `text`, from 1.
    pub(crate) fn touches(&self, start: (usize, usize), end: (usize, usize)) -> bool {
        let place = |(line, column)| Place { line, column };
        let over = self
            .replaced
            .partition_point(|replaced| replaced.end <= place(start));
        self.replaced
            .get(over)
            .is_some_and(|next| next.start < place(end))
    }
}

/// All faults at once; where one stands, decK's mock value is put (`env`: the variable's own name,
/// toInt and toFloat: 42, toBool: false), so that the rest of the file can still be checked.
/// A `${{` without its `}}` stays as it is.
pub(crate) fn expand<'t>(
    text: &'t str,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Expanded<'t>, Vec<TemplateFault>) {
    let mut output = String::new();
    let mut cuts = Vec::new();
    let mut evaluator = Evaluator::new(env);
    let mut lexer = Lexer::new(text);
    let mut lines = Lines::new(text);
    let (mut copied, mut from) = (0, 0);
    while let Some(found) = text[from..].find(OPEN) {
        let open = from + found;
        if lines.is_comment(open) {
            from = open + OPEN.len();
            continue;
        }
        let action = lexer.action(open);
        from = action.end;
        let faulty = action.fault.is_some();
        evaluator.faults.extend(action.fault);
        if !action.closed {
            continue;
        }
        let before = &text[copied..open];
        output.push_str(if action.trims_before {
            before.trim_end_matches(BLANKS)
        } else {
            before
        });
        let start = output.len();
        output.push_str(&if faulty {
            evaluate::mock(&action.tokens)
        } else {
            evaluator.value(&action.tokens)
        });
        cuts.push(Cut {
            start,
            end: output.len(),
            open,
            resumed: action.end,
        });
        copied = action.end;
    }
    let faults = located(text, evaluator.faults);
    if cuts.is_empty() {
        let text = Cow::Borrowed(text);
        let replaced = Vec::new();
        return (Expanded { text, replaced }, faults);
    }
    output.push_str(&text[copied..]);
    let replaced = replaced(text, &output, &cuts);
    let text = Cow::Owned(output);
    (Expanded { text, replaced }, faults)
}

fn located(text: &str, mut faults: Vec<Fault>) -> Vec<TemplateFault> {
    faults.sort_by_key(|fault| fault.at);
    let mut walk = Walk::new(text);
    let located = faults.into_iter().map(|fault| {
        let place = walk.reach(fault.at);
        TemplateFault {
            line: place.line,
            column: place.column,
            message: fault.message,
            unset: fault.unset,
        }
    });
    located.collect()
}

fn replaced(text: &str, output: &str, cuts: &[Cut]) -> Vec<Replaced> {
    let mut file = Walk::new(text);
    let mut expanded = Walk::new(output);
    let replaced = cuts.iter().map(|cut| Replaced {
        start: expanded.reach(cut.start),
        end: expanded.reach(cut.end),
        open: file.reach(cut.open),
        resumed: file.reach(cut.resumed),
    });
    replaced.collect()
}

/// Which lines are comments; asked at rising places, and looks at each line once.
struct Lines<'t> {
    text: &'t str,
    asked: usize,
    start: usize,
    comment: Option<bool>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            asked: 0,
            start: 0,
            comment: None,
        }
    }

    /// Whether the first character of this place's line is a `#`, but for blanks.
    fn is_comment(&mut self, open: usize) -> bool {
        if let Some(found) = self.text[self.asked..open].rfind(['\n', '\r']) {
            self.start = self.asked + found + 1;
            self.comment = None;
        }
        self.asked = open;
        let indentation = |c: char| c.is_whitespace() || c == place::BYTE_ORDER_MARK;
        *self.comment.get_or_insert_with(|| {
            self.text[self.start..open]
                .trim_start_matches(indentation)
                .starts_with('#')
        })
    }
}
