//! Findings for machines: one JSON object.

use portolan_config::diagnostic::{Diagnostic, Severity};
use serde_json::{Value, json};

pub(super) fn report(files: &[String], found: &[Diagnostic]) -> String {
    let count = |severity| found.iter().filter(|one| one.severity == severity).count();
    let findings: Vec<Value> = found.iter().map(finding).collect();
    let whole = json!({
        "files": files,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "not_served": count(Severity::NotServed),
        "findings": findings,
    });
    format!("{whole:#}")
}

fn finding(one: &Diagnostic) -> Value {
    let severity = match one.severity {
        Severity::Error => "error",
        Severity::NotServed => "not_served",
        Severity::Warning => "warning",
    };
    let placed = one.line > 0;
    json!({
        "severity": severity,
        "file": one.file,
        "line": placed.then_some(one.line),
        "column": placed.then_some(one.column),
        "path": one.path,
        "message": one.message,
    })
}
