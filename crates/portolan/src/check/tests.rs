use portolan_config::{
    Report, Source,
    diagnostic::{Diagnostic, Severity},
};

use super::{
    json,
    text::{self, Look},
};

const TEXT: &str = "_format_version: \"3.0\"\nservices:\n- name: a\n  hots: example.com\n";

fn finding(severity: Severity, line: usize) -> Diagnostic {
    Diagnostic {
        severity,
        file: "kong.yaml".to_owned(),
        line,
        column: if line > 0 { 3 } else { 0 },
        path: if line > 0 { "services[0].hots" } else { "" }.to_owned(),
        message: "wrong\u{1b}[2J".to_owned(),
    }
}

fn findings(found: &[Diagnostic], excerpts: bool, colour: bool) -> String {
    let source = Source {
        name: "kong.yaml".to_owned(),
        text: TEXT.to_owned(),
    };
    text::findings(&[source], found, Look { excerpts, colour })
}

fn summary(found: &[Severity]) -> String {
    let found = found.iter().map(|&severity| finding(severity, 4));
    let report = Report {
        found: found.collect(),
        config: None,
        resolved: None,
    };
    text::summary("kong.yaml", &report)
}

#[test]
fn a_line_a_finding() {
    let found = [
        finding(Severity::Error, 0),
        finding(Severity::NotServed, 4),
        finding(Severity::Warning, 4),
    ];
    assert_eq!(
        findings(&found, false, false),
        concat!(
            "kong.yaml: error: wrong\u{fffd}[2J\n",
            "kong.yaml:4:3: not served yet: services[0].hots: wrong\u{fffd}[2J\n",
            "kong.yaml:4:3: warning: services[0].hots: wrong\u{fffd}[2J\n",
        )
    );
}

#[test]
fn a_block_a_finding() {
    let found = [finding(Severity::Error, 0), finding(Severity::Error, 4)];
    assert_eq!(
        findings(&found, true, false),
        concat!(
            "error: wrong\u{fffd}[2J\n",
            "  --> kong.yaml\n",
            "\n",
            "error: services[0].hots: wrong\u{fffd}[2J\n",
            "  --> kong.yaml:4:3\n",
            "   |\n",
            " 4 |   hots: example.com\n",
            "   |   ^^^^\n",
            "\n",
        )
    );
}

/// ECMA-48: 1 is bold, 31 red, 0 ends both.
#[test]
fn colour_is_for_terminals() {
    let told = findings(&[finding(Severity::Error, 4)], false, true);
    assert!(
        told.contains("\u{1b}[1m\u{1b}[31merror\u{1b}[0m: "),
        "{told:?}"
    );
    let told = findings(&[finding(Severity::Error, 4)], true, false);
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn the_summary_counts() {
    use Severity::{Error, NotServed, Warning};
    for (found, expected) in [
        (
            vec![Error, Warning, Error, NotServed, NotServed, NotServed],
            "kong.yaml: 2 errors, 1 warning, 3 not served yet",
        ),
        (vec![Error], "kong.yaml: 1 error"),
        (
            vec![NotServed, NotServed, NotServed],
            "kong.yaml: sound, but `portolan start` would refuse it: 3 things are not served yet",
        ),
        (
            vec![NotServed, Warning, Warning],
            "kong.yaml: sound, but `portolan start` would refuse it: 1 thing is not served yet; 2 warnings",
        ),
    ] {
        assert_eq!(summary(&found), expected);
    }
}

#[test]
fn for_machines_what_has_no_place_is_null() {
    let found = [finding(Severity::Error, 0), finding(Severity::NotServed, 4)];
    let told = json::report(&["kong.yaml".to_owned()], &found);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        told,
        serde_json::json!({
            "files": ["kong.yaml"],
            "errors": 1,
            "warnings": 0,
            "not_served": 1,
            "findings": [
                {"severity": "error", "file": "kong.yaml", "line": null, "column": null,
                 "path": "", "message": "wrong\u{1b}[2J"},
                {"severity": "not_served", "file": "kong.yaml", "line": 4, "column": 3,
                 "path": "services[0].hots", "message": "wrong\u{1b}[2J"},
            ],
        })
    );
}
