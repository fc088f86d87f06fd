//! Faults as they are collected: a path costs nothing until something is wrong with it.

use std::fmt;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    document::Position,
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
            Step::Key(key) if parent.parent.is_none() => out.write_str(key),
            Step::Key(key) => write!(out, ".{key}"),
            Step::Index(index) => write!(out, "[{index}]"),
        }
    }
}

/// Everything found so far in one file.
#[derive(Debug)]
pub(crate) struct Faults {
    file: String,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Faults {
    pub(crate) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) fn error(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        message: impl Into<String>,
    ) {
        let found = self.diagnostic(at, path, message.into());
        self.errors.push(found);
    }

    pub(crate) fn warn(
        &mut self,
        at: Position,
        path: impl fmt::Display,
        message: impl Into<String>,
    ) {
        let found = self.diagnostic(at, path, message.into());
        self.warnings.push(found);
    }

    fn diagnostic(&self, at: Position, path: impl fmt::Display, message: String) -> Diagnostic {
        Diagnostic {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            path: path.to_string(),
            message,
        }
    }

    pub(crate) fn any_error(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn error_count(&self) -> usize {
        self.errors.len()
    }

    pub(crate) fn into_errors(self) -> Diagnostics {
        Diagnostics::new(self.errors)
    }

    pub(crate) fn into_warnings(self) -> Vec<Diagnostic> {
        self.warnings
    }
}
