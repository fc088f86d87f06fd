//! The literal texts without which a regex cannot match: who looks for them first need not ask it.

use regex_syntax::hir::{Hir, HirKind, Look};

#[derive(Debug, Default)]
pub(super) struct Texts {
    /// At the beginning of each match, and of the path.
    pub(super) prefix: String,
    /// Somewhere behind it.
    pub(super) inner: Box<[Box<str>]>,
}

/// Reads a regex from left to right.
#[derive(Debug, Default)]
struct Reader {
    /// Text that stands without a gap up to where the reader is.
    run: Vec<u8>,
    /// Nothing but text so far.
    at_start: bool,
    texts: Texts,
    inner: Vec<Box<str>>,
}

impl Texts {
    pub(super) fn of(hir: &Hir) -> Self {
        let mut reader = Reader {
            at_start: begins_at_start(hir),
            ..Reader::default()
        };
        reader.read(hir);
        reader.end_run();
        reader.texts.inner = reader.inner.into();
        reader.texts
    }
}

/// Not so where `^` belongs to one alternative of several.
fn begins_at_start(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(Look::Start) => true,
        HirKind::Concat(parts) => parts.first().is_some_and(begins_at_start),
        _ => false,
    }
}

impl Reader {
    fn read(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Literal(literal) => self.run.extend_from_slice(&literal.0),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.read(part)),
            HirKind::Capture(capture) => self.read(&capture.sub),
            // Takes no text.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Repetition(repetition) if repetition.min > 0 => {
                self.end_run();
                self.read(&repetition.sub);
                self.end_run();
            }
            HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Class(_) => self.end_run(),
        }
    }

    fn end_run(&mut self) {
        let run = String::from_utf8(std::mem::take(&mut self.run)).unwrap_or_default();
        if std::mem::take(&mut self.at_start) {
            self.texts.prefix = run;
        } else if !run.is_empty() {
            self.inner.push(run.into_boxed_str());
        }
    }
}
