//! `tests/documents`: files in Kong's and decK's styles, each with what it means.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    slice,
};

use portolan_config::{Options, Report, Resolve, check, diagnostic::Severity, load, read};
use serde_json::Value;

struct Case {
    name: String,
    path: PathBuf,
    expected: Value,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".expected.json") else {
            continue;
        };
        let candidates = [
            format!("{name}.yaml"),
            format!("{name}.json"),
            name.to_owned(),
        ];
        let path = candidates
            .iter()
            .map(|file| folder.join(file))
            .find(|path| path.exists())
            .unwrap_or_else(|| panic!("{name} has no document"));
        let expected = fs::read_to_string(folder.join(&file)).unwrap();
        cases.push(Case {
            name: name.to_owned(),
            path,
            expected: serde_json::from_str(&expected).unwrap(),
        });
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    cases
}

fn env(case: &Case) -> HashMap<String, String> {
    let variables = case.expected["env"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    variables
        .into_iter()
        .map(|(name, value)| (name, value.as_str().unwrap().to_owned()))
        .collect()
}

fn report(case: &Case) -> Report {
    let env = env(case);
    check(
        &read(slice::from_ref(&case.path)).unwrap(),
        &Options {
            env: &|name| env.get(name).cloned(),
            secrets: true,
            for_kong: false,
            resolve: Resolve::Whole,
        },
    )
}

fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

/// What `actual` lacks of `expected`, each with its path.
fn lacks(actual: &Value, expected: &Value, path: &str, found: &mut Vec<String>) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (key, expected) in expected {
                let path = format!("{path}.{key}");
                match actual.get(key) {
                    None if expected.is_null() => {}
                    None => found.push(format!("{path} is missing")),
                    Some(actual) => lacks(actual, expected, &path, found),
                }
            }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            if actual.len() != expected.len() {
                found.push(format!(
                    "{path}: {} items, not {}",
                    actual.len(),
                    expected.len()
                ));
            }
            for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                lacks(actual, expected, &format!("{path}[{index}]"), found);
            }
        }
        (Value::Number(actual), Value::Number(expected)) => {
            if actual.as_f64() != expected.as_f64() {
                found.push(format!("{path}: {actual}, not {expected}"));
            }
        }
        (actual, expected) => {
            if actual != expected {
                found.push(format!("{path}: {actual}, not {expected}"));
            }
        }
    }
}

#[test]
fn documents_mean_what_they_mean_to_kong() {
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    for case in &cases {
        let report = report(case);
        let mut found: Vec<String> = report
            .found
            .iter()
            .filter(|one| one.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        if let Some(resolved) = &report.resolved {
            let expected = &case.expected["entities"];
            lacks(resolved, expected, "", &mut found);
            for list in resolved.as_object().unwrap().keys() {
                if expected.get(list).is_none() {
                    found.push(format!("{list} is not expected"));
                }
            }
        }
        for warning in texts(&case.expected["warnings"]) {
            let told = report
                .found
                .iter()
                .any(|one| one.severity == Severity::Warning && one.to_string().contains(warning));
            if !told {
                found.push(format!("no warning of {warning}"));
            }
        }
        wrong.extend(found.iter().map(|found| format!("{}: {found}", case.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the table refuses keeps a file from being served, by name; everything else is served.
#[test]
fn what_is_not_served_is_refused_by_name() {
    let mut wrong = Vec::new();
    for case in cases() {
        let env = env(&case);
        let refused = match load(&read(slice::from_ref(&case.path)).unwrap(), &|name| {
            env.get(name).cloned()
        }) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        };
        let expected = texts(&case.expected["refused"]);
        if expected.is_empty() && !refused.is_empty() {
            wrong.push(format!("{}: refused: {}", case.name, refused.join("; ")));
        }
        for text in expected {
            if !refused.iter().any(|told| told.contains(text)) {
                wrong.push(format!("{}: not refused: {text}; {refused:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
