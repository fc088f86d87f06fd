//! Faults as they are collected: a path costs nothing until something is wrong with it.

use std::fmt;

use crate::{
    diagnostic::{Diagnostic, Severity},
    document::Position,
    secrecy::hides_key,
    secret::SecretRef,
};

/// Where in the document, in Kong's spelling; a list on the stack, from the innermost step outwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl Path<'_> {
    pub(crate) const ROOT: Path<'static> = Path {
        parent: None,
        step: Step::Root,
    };

    pub(crate) fn key<'c>(&'c self, key: &'c str) -> Path<'c> {
        Path {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    /// The innermost key: what a message calls the field.
    pub(crate) fn name(&self) -> &str {
        match (self.step, self.parent) {
            (Step::Key(key), _) => key,
            (Step::Index(_), Some(parent)) => parent.name(),
            (_, _) => "",
        }
    }

    pub(crate) fn index(&self, index: usize) -> Path<'_> {
        Path {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else {
            return Ok(());
        };
        parent.fmt(out)?;
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => {
                let key = if hides_key(key) { "…" } else { key };
                if parent.parent.is_none() {
                    out.write_str(key)
                } else {
                    write!(out, ".{key}")
                }
            }
            Step::Index(index) => write!(out, "[{index}]"),
        }
    }
}

/// Everything found so far.
#[derive(Debug)]
pub(crate) struct Faults {
    /// Names of the files, by `Position::file`.
    files: Vec<String>,
    found: Vec<Diagnostic>,
    errors: usize,
    references: Vec<(SecretRef, Position, String)>,
    /// A client's say in where a credential goes is an error, not a warning.
    strict: bool,
    /// Some template was at fault, and mock values stand in the trees.
    pub(crate) mocked: bool,
}

impl Faults {
    pub(crate) fn new(files: Vec<String>) -> Self {
        Self {
            files,
            found: Vec::new(),
            errors: 0,
            references: Vec::new(),
            strict: false,
            mocked: false,
        }
    }

    pub(crate) fn be_strict(&mut self) {
        self.strict = true;
    }

    pub(crate) fn risk(&mut self, at: Position, path: impl fmt::Display, message: &str) {
        if self.strict {
            self.error(at, path, message);
        } else {
            self.warn(at, path, message);
        }
    }

    pub(crate) fn error(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        message: impl Into<String>,
    ) {
        self.errors += 1;
        self.tell(Severity::Error, at, path, message.into());
    }

    pub(crate) fn warn(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        message: impl Into<String>,
    ) {
        self.tell(Severity::Warning, at, path, message.into());
    }

    /// Sound, and nothing serves it.
    pub(crate) fn not_served(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        message: impl Into<String>,
    ) {
        self.tell(Severity::NotServed, at, path, message.into());
    }

    /// A reference of the file, to be resolved when all of it is known.
    pub(crate) fn reference(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        reference: SecretRef,
    ) {
        self.references.push((reference, at, path.to_string()));
    }

    pub(crate) fn take_references(&mut self) -> Vec<(SecretRef, Position, String)> {
        std::mem::take(&mut self.references)
    }

    fn tell(&mut self, severity: Severity, at: Position, path: impl fmt::Display, message: String) {
        let file = self.files.get(usize::from(at.file)).cloned();
        self.found.push(Diagnostic {
            severity,
            file: file.unwrap_or_default(),
            line: at.line as usize,
            column: at.column as usize,
            path: path.to_string(),
            message,
        });
    }

    pub(crate) fn any_error(&self) -> bool {
        self.errors > 0
    }

    pub(crate) fn any_not_served(&self) -> bool {
        self.found
            .iter()
            .any(|one| one.severity == Severity::NotServed)
    }

    pub(crate) fn error_count(&self) -> usize {
        self.errors
    }

    /// In the files' order; what an alias, a default or a partial repeats, once.
    pub(crate) fn into_found(self) -> Vec<Diagnostic> {
        let order: std::collections::HashMap<&str, usize> = self
            .files
            .iter()
            .enumerate()
            .map(|(index, name)| (name.as_str(), index))
            .collect();
        let mut found = self.found;
        found.sort_by_key(|one| (order.get(one.file.as_str()).copied(), one.line, one.column));
        let mut told = std::collections::HashSet::new();
        found.retain(|one| {
            let last = one.path.rsplit('.').next().unwrap_or_default().to_owned();
            told.insert((
                one.file.clone(),
                one.line,
                one.column,
                one.message.clone(),
                last,
            ))
        });
        found
    }
}
