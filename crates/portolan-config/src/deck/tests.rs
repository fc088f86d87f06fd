mod places;

use std::borrow::Cow;

use super::{TemplateFault, Written, expand};

fn env<'v>(variables: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
    move |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

fn templated(text: &str, variables: &[(&str, &str)]) -> (String, Vec<TemplateFault>) {
    let (expanded, faults) = expand(text, &env(variables));
    (expanded.text.into_owned(), faults)
}

#[track_caller]
fn assert_renders(text: &str, variables: &[(&str, &str)], expected: &str) {
    let (found, faults) = templated(text, variables);
    assert!(faults.is_empty(), "{text}: {faults:?}");
    assert_eq!(found, expected, "{text}");
}

#[track_caller]
fn the_fault(text: &str, variables: &[(&str, &str)]) -> (String, TemplateFault) {
    let (found, mut faults) = templated(text, variables);
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    (found, faults.remove(0))
}

#[test]
fn a_text_without_templates_is_borrowed() {
    let text = "a: 1\n  # ${{ env \"DECK_X\" }} ${{ if\nb: ${X}\n";
    let (expanded, faults) = expand(text, &env(&[]));
    assert!(matches!(expanded.text, Cow::Borrowed(same) if same == text));
    assert!(faults.is_empty() && !expanded.any());
    let same = Written {
        line: 3,
        column: 4,
        substituted: false,
    };
    assert_eq!(expanded.written(3, 4), same);
    assert!(!expanded.touches((1, 1), (3, 9)));
}

/// The examples of decK's documentation and of its own tests.
#[test]
fn decks_examples_render() {
    for (text, variable, value, expected) in [
        (
            "    token: ${{ env \"DECK_HCV_TOKEN\" }}\n",
            "DECK_HCV_TOKEN",
            "fake-token",
            "    token: fake-token\n",
        ),
        (
            "Hello, ${{ env \"DECK_MY_VARIABLE\" }}!\n  # Also, ${{ env \"DECK_NOT_SET\" }}!",
            "DECK_MY_VARIABLE",
            "my_value",
            "Hello, my_value!\n  # Also, ${{ env \"DECK_NOT_SET\" }}!",
        ),
        (
            "enabled: ${{ env \"DECK_MOCKBIN_ENABLED\" | toBool }}",
            "DECK_MOCKBIN_ENABLED",
            "true",
            "enabled: true",
        ),
        (
            "write_timeout: ${{ env \"DECK_WRITE_TIMEOUT\" | toInt }}",
            "DECK_WRITE_TIMEOUT",
            "1337",
            "write_timeout: 1337",
        ),
        (
            "foo: ${{ env \"DECK_FOO_FLOAT\" | toFloat }}",
            "DECK_FOO_FLOAT",
            "1337",
            "foo: 1337",
        ),
    ] {
        assert_renders(text, &[(variable, value)], expected);
    }
}

#[test]
fn gos_template_syntax_is_read() {
    for (text, expected) in [
        ("a: ${{env \"DECK_X\"}}", "a: v"),
        ("'${{ env `DECK_X` }}'", "'v'"),
        ("{\"a\": \"${{ env \"DECK_X\" }}\"}", "{\"a\": \"v\"}"),
        ("${{ (env \"DECK_X\") }}", "v"),
        ("${{ env (\"DECK_X\") }}", "v"),
        ("${{ \"DECK_X\" | env }}", "v"),
        ("${{ (\"DECK_X\"|env) | indent 2 }}", "v"),
        (
            "${{ env \"\\x44\\105CK\\u005f\\U00000058\" }}${{ \"\\t\\\"\\xc3\\xa9\" }}",
            "v\t\"\u{e9}",
        ),
        ("${{\r\n  env\t\"DECK_X\"\n}}!", "v!"),
        ("a${{/* no ${{ here */}}b", "ab"),
        ("${{ \"${{ }}\" }} ${{ 5 }} ${{-3}}", "${{ }} 5 -3"),
        ("${{ \"1\" | toBool }} ${{ toInt \"+07\" }}", "true 7"),
        ("a: 1 # ${{ env \"DECK_X\" }}", "a: 1 # v"),
        (
            "a: ${{ env \"DECK_X\" }} # ${{ env \"DECK_X\" }}",
            "a: v # v",
        ),
    ] {
        assert_renders(text, &[("DECK_X", "v")], expected);
    }
}

#[test]
fn trim_markers_take_the_blanks_beside_them() {
    for (text, expected) in [
        ("a: \n\t${{- env \"DECK_X\" -}} \r\n !", "a:v!"),
        ("a ${{- env \"DECK_X\" }} b", "av b"),
        ("a ${{ env \"DECK_X\" -}} b", "a vb"),
        (
            "a ${{ env \"DECK_X\" -}} ${{- env \"DECK_X\" }} b",
            "a vv b",
        ),
        ("a ${{- /* c */ -}} b", "ab"),
    ] {
        assert_renders(text, &[("DECK_X", "v")], expected);
    }
}

#[test]
fn indent_pads_the_lines_after_the_first() {
    let key = [("DECK_KEY", "-\na\r\n\nb")];
    let expected = "k: |\n  -\n  a\r\n  \n  b\n";
    for call in [
        "indent 2 (env \"DECK_KEY\")",
        "env \"DECK_KEY\" | indent 2",
        "env \"DECK_KEY\" | indent 0 | indent 2",
    ] {
        assert_renders(&format!("k: |\n  ${{{{ {call} }}}}\n"), &key, expected);
    }
}

#[test]
fn comment_lines_are_left_alone() {
    for text in [
        "# ${{ env \"DECK_NONE\" }}",
        "a: 1\r\n\t # ${{ ${{ if }}",
        "\u{feff}# ${{",
    ] {
        assert_renders(text, &[], text);
    }
    let (text, x) = ("#${{\r\nb: ${{ env \"DECK_X\" }}", [("DECK_X", "v")]);
    assert_renders(text, &x, "#${{\r\nb: v");
}

/// Expected values are those of Go's strconv.
#[test]
fn conversions_read_and_print_as_go_does() {
    for (function, value, expected) in [
        ("toBool", "1", Some("true")),
        ("toBool", "T", Some("true")),
        ("toBool", "FALSE", Some("false")),
        ("toBool", "f", Some("false")),
        ("toBool", "yes", None),
        ("toBool", "tRUE", None),
        ("toBool", "true\n", None),
        ("toInt", "+007", Some("7")),
        ("toInt", "-0", Some("0")),
        ("toInt", "9223372036854775807", Some("9223372036854775807")),
        ("toInt", "9223372036854775808", None),
        ("toInt", "", None),
        ("toInt", " 5", None),
        ("toInt", "5.0", None),
        ("toInt", "1_000", None),
        ("toInt", "0x10", None),
        ("toFloat", "0.50", Some("0.5")),
        ("toFloat", ".5", Some("0.5")),
        ("toFloat", "1e3", Some("1000")),
        ("toFloat", "123456", Some("123456")),
        ("toFloat", "1000000", Some("1e+06")),
        ("toFloat", "-1048576", Some("-1.048576e+06")),
        ("toFloat", "0.0001", Some("0.0001")),
        ("toFloat", "0.00001", Some("1e-05")),
        ("toFloat", "1e-100", Some("1e-100")),
        ("toFloat", "1_23.50_0_0e+1_2", Some("1.235e+14")),
        ("toFloat", "NaN", Some("NaN")),
        ("toFloat", "-infinity", Some("-Inf")),
        ("toFloat", "inf", Some("+Inf")),
        ("toFloat", "-nan", None),
        ("toFloat", "1e309", None),
        ("toFloat", "123_.5e+12", None),
        ("toFloat", "123._5e+12", None),
        ("toFloat", "1__23.5e+12", None),
        ("toFloat", "_123.5e+12", None),
        ("toFloat", "123.5e+12_", None),
        ("toFloat", "0,5", None),
        ("toFloat", "", None),
    ] {
        let text = format!("${{{{ env \"DECK_N\" | {function} }}}}");
        let variables = [("DECK_N", value)];
        match expected {
            Some(expected) => assert_renders(&text, &variables, expected),
            None => {
                let (found, fault) = the_fault(&text, &variables);
                let mock = if function == "toBool" { "false" } else { "42" };
                assert_eq!(found, mock, "{function} {value:?}");
                assert!(fault.message.contains("'DECK_N'"), "{fault:?}");
                assert!(!fault.unset);
            }
        }
    }
}

#[test]
fn no_message_shows_a_value() {
    let variables = [
        ("DECK_S", "fake-secret\nmore"),
        ("DECK_P", "DECK_fake-secret"),
    ];
    for call in [
        "env \"DECK_S\" | toBool",
        "env \"DECK_S\" | toInt",
        "toFloat (indent 2 (env \"DECK_S\"))",
        "env \"DECK_S\" | env",
        "env (env \"DECK_P\")",
        "indent 2 (env (env \"DECK_P\")) | toInt",
        "indent (env \"DECK_S\") \"x\"",
        "env \"DECK_S\" | indent -1",
        "env \"DECK_S\" \"DECK_P\"",
        "env \"DECK_S\" | reverse",
    ] {
        let (_, fault) = the_fault(&format!("${{{{ {call} }}}}"), &variables);
        assert!(!fault.message.contains("fake-secret"), "{fault:?}");
    }
    let (_, fault) = the_fault("${{ env \"DECK_S\" | toInt }}", &variables);
    assert!(fault.message.contains("'DECK_S'"), "{fault:?}");
}

#[test]
fn decks_own_messages() {
    let (found, fault) = the_fault("a: ${{ env \"MY_KEY\" }}", &[("MY_KEY", "v")]);
    let deck = "environment variables in the state file must be prefixed with 'DECK_', \
                found: 'MY_KEY'";
    assert!(fault.message.starts_with(deck), "{fault:?}");
    assert_eq!((fault.line, fault.column, fault.unset), (1, 8, false));
    assert_eq!(found, "a: MY_KEY");

    let (found, fault) = the_fault("\na: ${{ env \"DECK_KEY\" }}", &[]);
    let message = "environment variable 'DECK_KEY' present in state file but not set".to_owned();
    let expected = TemplateFault {
        line: 2,
        column: 8,
        message,
        unset: true,
    };
    assert_eq!(fault, expected);
    assert_eq!(found, "\na: DECK_KEY");
}

/// decK's mocks: `env` its own name, toInt and toFloat 42, toBool false.
#[test]
fn a_mock_stands_where_a_template_failed() {
    for (call, mock) in [
        ("env \"DECK_N\"", "DECK_N"),
        ("env \"DECK_N\" | indent 4", "DECK_N"),
        ("env \"DECK_N\" | toInt", "42"),
        ("env \"DECK_N\" | toFloat", "42"),
        ("toBool (env \"DECK_N\")", "false"),
        ("indent (env \"DECK_W\" | toInt) `a\nb`", "a\n  b"),
        ("env \"DECK_W\" \"DECK_N\" | toInt", "42"),
        ("if env \"DECK_N\"", "DECK_N"),
        ("env \"DECK_N\" | toInteger", "DECK_N"),
        ("end", ""),
    ] {
        let (found, faults) = templated(&format!("[${{{{ {call} }}}}]"), &[("DECK_W", "2")]);
        assert_eq!(found, format!("[{mock}]"), "{call}: {faults:?}");
    }
}

#[test]
fn a_template_that_go_would_refuse_is_told_with_its_place() {
    let steps = format!("a: ${{{{ \"x\"{} }}}}", " | indent 0".repeat(17));
    let padding = "a: ${{ \"\\n\\n\" | indent 1000000000 }}";
    for (text, column, told) in [
        ("a: ${{ env \"DECK_X\"\nb: 1", 4, "has no `}}`"),
        ("a: '${{ env \"DECK_X\" }'", 5, "has no `}}`"),
        ("a: ${{ env \"DECK_X\", b", 4, "has no `}}`"),
        ("a: ${{", 4, "has no `}}`"),
        ("a: ${{ env `DECK_X }}", 12, "not closed"),
        ("a: ${{ env \"DECK_X }}", 12, "not closed"),
        ("a: ${{/* x }}", 7, "not closed"),
        ("a: ${{/* x */ }}", 14, "must follow"),
        ("a: ${{ /* x */}}", 8, "found `/`"),
        ("a: ${{ if true }}", 8, "found `if`"),
        ("a: ${{ .Values.x }}", 8, "found `.Values`"),
        ("a: ${{ $x := 1 }}", 8, "found `$x`"),
        ("a: ${{ upper \"x\" }}", 8, "only the functions env, toBool"),
        ("a: ${{ env 'DECK_X' }}", 12, "double quotes"),
        ("a: ${{ env \\\"DECK_X\\\" }}", 12, "no backslash"),
        ("a: ${{ }}", 4, "empty"),
        ("a: ${{ env }}", 8, "no argument"),
        ("a: ${{ indent 2 }}", 8, "1 argument"),
        ("a: ${{ indent \"x\" 2 }}", 8, "a number and a string"),
        ("a: ${{ env 5 }}", 8, "a number"),
        ("a: ${{ env \"DECK_X\" | }}", 21, "nothing follows"),
        ("a: ${{ | env \"DECK_X\" }}", 8, "missing before"),
        ("a: ${{ (env \"DECK_X\" }}", 8, "no `)`"),
        ("a: ${{ env \"DECK_X\") }}", 20, "no `(`"),
        ("a: ${{ env(\"DECK_X\") }}", 11, "a blank is missing"),
        ("a: ${{ env \"DECK_X\"-}}", 20, "a blank must stand"),
        ("a: ${{ \"a\" \"b\" }}", 12, "only a function"),
        ("a: ${{ \"a\" | \"b\" }}", 14, "only a function"),
        ("a: ${{ \"\\q\" }}", 8, "escape"),
        ("a: ${{ \"\\xff\" }}", 8, "escape"),
        ("a: ${{ indent 010 \"x\" }}", 15, "decimal digits"),
        ("a: ${{ indent -1 \"x\" }}", 8, "a negative number"),
        (padding, 17, "blanks"),
        (steps.as_str(), 14 + 16 * 11, "at most 16"),
    ] {
        let (_, fault) = the_fault(text, &[("DECK_X", "v")]);
        assert_eq!((fault.line, fault.column), (1, column), "{text}: {fault:?}");
        assert!(fault.message.contains(told), "{text}: {fault:?}");
        assert!(!fault.unset);
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = "a: ${{ env \"DECK_A\" }}\nb: [${{ env \"DECK_X\", ${{ env \"DECK_X\" }}]\n\
                c: ${{ env \"C\" }} ${{ range }}\nd: ${{ env \"DECK_X\" }}\n\
                e: ${{ indent (env \"DECK_N\" | toInt) (env \"DECK_E\") }}\nf: ${{";
    let (found, faults) = templated(text, &[("DECK_X", "v")]);
    let places: Vec<_> = faults
        .iter()
        .map(|fault| (fault.line, fault.column))
        .collect();
    let expected = [(1, 8), (2, 5), (3, 8), (3, 23), (5, 16), (5, 39), (6, 4)];
    assert_eq!(places, expected, "{faults:?}");
    let unset: Vec<_> = faults.iter().map(|fault| fault.unset).collect();
    assert_eq!(unset, [true, false, false, false, true, true, false]);
    let text = "a: DECK_A\nb: [${{ env \"DECK_X\", v]\nc: C \nd: v\ne: DECK_E\nf: ${{";
    assert_eq!(found, text);
}

/// A quadratic reading of these would take minutes.
#[test]
fn hostile_texts_are_read_in_one_pass() {
    for part in [
        "${{", "${{/*", "${{ `", "${{ \"", "${{ \"\\", "${{ (", "${{ #", "${{ a\n", "${{ }",
        "# ${{", "${{ ``\n", "${{/**/",
    ] {
        let text = part.repeat(1 << 16);
        let (_, faults) = templated(&text, &[]);
        assert_eq!(faults.is_empty(), part.starts_with('#'), "{part}");
    }
    let nested = format!(
        "${{{{ {}\"x\"{} }}}}",
        "(".repeat(1 << 16),
        ")".repeat(1 << 16)
    );
    let (_, fault) = the_fault(&nested, &[]);
    assert!(fault.message.contains("at most 16"), "{fault:?}");
}
