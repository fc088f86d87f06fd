//! Regexes that can be matched without ever going back, as those of routes mostly are: texts, and runs of characters
//! that what follows cannot begin with. They are walked as they stand, in place of a program of the regex crate, which
//! takes long to compile and much memory to run.

#[cfg(test)]
mod tests;

use std::ops::Range;

use regex_syntax::hir::{self, Hir, HirKind, Look, Repetition};

#[derive(Debug)]
pub(super) struct Steps {
    steps: Box<[Step]>,
    /// Of all steps, one behind the other.
    text: Box<[u8]>,
    /// By number; none for the whole match, and for a group without a name.
    names: Box<[Option<Box<str>>]>,
}

#[derive(Debug)]
enum Step {
    /// Of so many bytes.
    Text(usize),
    /// As many characters as there are of the set, up to a bound.
    Run {
        set: Set,
        min: usize,
        max: usize,
    },
    Open(usize),
    Close(usize),
    End,
}

/// Of bytes. A character that is not ASCII has all its bytes in it, or none.
#[derive(Debug, Clone, Copy, Default)]
struct Set {
    ascii: u128,
    others: bool,
}

impl Steps {
    /// None: it is of another kind.
    pub(super) fn of(hir: &Hir) -> Option<Self> {
        let HirKind::Concat(parts) = hir.kind() else {
            return None;
        };
        let (start, parts) = parts.split_first()?;
        if !matches!(start.kind(), HirKind::Look(Look::Start)) {
            return None;
        }
        let mut reader = Reader {
            names: vec![None],
            ..Reader::default()
        };
        for part in parts {
            reader.read(part)?;
        }
        let steps = Self {
            steps: reader.steps.into(),
            text: reader.text.into(),
            names: reader.names.into(),
        };
        steps.never_go_back().then_some(steps)
    }

    /// Whether no run takes what the steps behind it could begin with.
    fn never_go_back(&self) -> bool {
        let mut behind = Set::default();
        let mut text = &*self.text;
        for step in self.steps.iter().rev() {
            match step {
                Step::Text(length) => {
                    let (before, last) = text.split_at(text.len() - length);
                    text = before;
                    behind = Set::of_first(last);
                }
                Step::Run { set, min, max } => {
                    if min != max && set.meets(behind) {
                        return false;
                    }
                    behind = if *min > 0 { *set } else { set.with(behind) };
                }
                Step::End => behind = Set::default(),
                Step::Open(_) | Step::Close(_) => {}
            }
        }
        true
    }

    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.names.iter().map(Option::as_deref)
    }

    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.walk(text, |_, _| {}).map(|end| 0..end)
    }

    pub(super) fn captures(&self, text: &str) -> Option<Box<[Option<Range<usize>>]>> {
        let mut groups: Box<[_]> = vec![None; self.names.len()].into();
        let end = self.walk(text, |step, at| match step {
            Step::Open(number) => groups[*number] = Some(at..at),
            Step::Close(number) => {
                if let Some(group) = &mut groups[*number] {
                    group.end = at;
                }
            }
            Step::Text(_) | Step::Run { .. } | Step::End => {}
        })?;
        groups[0] = Some(0..end);
        Some(groups)
    }

    /// Where the match ends; `at` is told where each step begins.
    fn walk(&self, text: &str, mut at: impl FnMut(&Step, usize)) -> Option<usize> {
        let mut rest = text.as_bytes();
        let mut texts = &*self.text;
        for step in &self.steps {
            at(step, text.len() - rest.len());
            match step {
                Step::Text(length) => {
                    let (first, later) = texts.split_at(*length);
                    texts = later;
                    rest = rest.strip_prefix(first)?;
                }
                Step::Run { set, min, max } => {
                    let most = rest.len().min(*max);
                    let run = rest[..most].iter().position(|byte| !set.has(*byte));
                    let (run, behind) = rest.split_at(run.unwrap_or(most));
                    if run.len() < *min {
                        return None;
                    }
                    rest = behind;
                }
                Step::End if !rest.is_empty() => return None,
                Step::End | Step::Open(_) | Step::Close(_) => {}
            }
        }
        Some(text.len() - rest.len())
    }
}

/// Reads a regex from left to right.
#[derive(Debug, Default)]
struct Reader {
    steps: Vec<Step>,
    text: Vec<u8>,
    names: Vec<Option<Box<str>>>,
}

impl Reader {
    fn read(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                self.text.extend_from_slice(&literal.0);
                match self.steps.last_mut() {
                    Some(Step::Text(length)) => *length += literal.0.len(),
                    _ => self.steps.push(Step::Text(literal.0.len())),
                }
            }
            HirKind::Class(class) => self.steps.push(run(Set::of(class)?, 1, Some(1))?),
            HirKind::Repetition(repetition) => self.steps.push(repeated(repetition)?),
            HirKind::Look(Look::End) => self.steps.push(Step::End),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.read(part)?;
                }
            }
            HirKind::Capture(capture) => {
                let number = capture.index as usize;
                self.names.resize(self.names.len().max(number + 1), None);
                self.names[number].clone_from(&capture.name);
                self.steps.push(Step::Open(number));
                self.read(&capture.sub)?;
                self.steps.push(Step::Close(number));
            }
            HirKind::Look(_) | HirKind::Alternation(_) => return None,
        }
        Some(())
    }
}

fn repeated(repetition: &Repetition) -> Option<Step> {
    let set = match repetition.sub.kind() {
        HirKind::Class(class) => Set::of(class)?,
        HirKind::Literal(literal) if literal.0.len() == 1 => Set::of_first(&literal.0),
        _ => return None,
    };
    let step = run(set, repetition.min, repetition.max)?;
    repetition.greedy.then_some(step)
}

/// None: characters of several bytes would have to be counted.
fn run(set: Set, min: u32, max: Option<u32>) -> Option<Step> {
    let counts = min > 1 || max.is_some();
    (!(counts && set.others)).then_some(Step::Run {
        set,
        min: min as usize,
        max: max.map_or(usize::MAX, |max| max as usize),
    })
}

impl Set {
    /// None: it has some characters beyond ASCII and not others.
    fn of(class: &hir::Class) -> Option<Self> {
        let hir::Class::Unicode(class) = class else {
            return None;
        };
        let mut set = Self::default();
        for range in class.ranges() {
            let (start, end) = (u32::from(range.start()), u32::from(range.end()));
            for character in start..=end.min(0x7F) {
                set.ascii |= 1 << character;
            }
            if end > 0x7F {
                if start > 0x80 || end != u32::from(char::MAX) {
                    return None;
                }
                set.others = true;
            }
        }
        Some(set)
    }

    fn of_first(text: &[u8]) -> Self {
        let mut set = Self::default();
        match text.first() {
            Some(byte) if byte.is_ascii() => set.ascii = 1 << byte,
            Some(_) => set.others = true,
            None => {}
        }
        set
    }

    fn has(self, byte: u8) -> bool {
        if byte.is_ascii() {
            self.ascii >> byte & 1 == 1
        } else {
            self.others
        }
    }

    fn meets(self, other: Self) -> bool {
        self.ascii & other.ascii != 0 || (self.others && other.others)
    }

    fn with(self, other: Self) -> Self {
        Self {
            ascii: self.ascii | other.ascii,
            others: self.others || other.others,
        }
    }
}
