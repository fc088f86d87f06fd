//! What is wrong with a file, and where.

use std::{fmt, slice};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be loaded.
    Error,
    /// Sound in a Kong file, and nothing here serves it: `start` refuses the file.
    NotServed,
    /// Loaded, and probably not what was meant.
    Warning,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::NotServed => "not served yet",
            Self::Warning => "warning",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub file: String,
    /// From 1; 0 when there is no place to point at.
    pub line: usize,
    /// In characters, from 1; 0 when there is no place to point at.
    pub column: usize,
    /// As Kong names the field: `routes[0].plugins[0].config.model.provider`. Empty for the whole file.
    pub path: String,
    /// What was found, what is allowed, and the nearest right name where there is one.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        if self.line > 0 {
            write!(out, ":{}:{}", self.line, self.column)?;
        }
        if !self.path.is_empty() {
            write!(out, ": {}", self.path)?;
        }
        write!(out, ": {}", self.message)
    }
}

/// Why files are not loaded: at least one, in the files' order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(pub(crate) Vec<Diagnostic>);

impl Diagnostics {
    pub fn iter(&self) -> slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl<'d> IntoIterator for &'d Diagnostics {
    type Item = &'d Diagnostic;
    type IntoIter = slice::Iter<'d, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One line a fault.
impl fmt::Display for Diagnostics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Diagnostics, Severity};

    fn fault(line: usize, path: &str) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: "kong.yaml".to_owned(),
            line,
            column: line,
            path: path.to_owned(),
            message: "unknown field".to_owned(),
        }
    }

    #[test]
    fn a_line_a_fault_in_the_files_order() {
        let faults = Diagnostics(vec![fault(3, "y"), fault(7, "routes[0].x")]);
        assert_eq!(
            faults.to_string(),
            "kong.yaml:3:3: y: unknown field\nkong.yaml:7:7: routes[0].x: unknown field"
        );
    }

    #[test]
    fn what_has_no_place_names_the_file_alone() {
        assert_eq!(fault(0, "").to_string(), "kong.yaml: unknown field");
    }
}
