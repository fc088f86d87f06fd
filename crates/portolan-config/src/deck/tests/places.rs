//! The way back from the expanded text to the file.

use proptest::{collection::vec, option, prelude::*};

use super::env;
use crate::deck::{Expanded, Written, expand};

/// Line and column of the expanded text.
type At = (usize, usize);
/// Line and column of the file, and whether the environment says what stands there.
type Back = (usize, usize, bool);

#[track_caller]
fn assert_written(expanded: &Expanded<'_>, cases: &[(At, Back)]) {
    for &((line, column), (file_line, file_column, substituted)) in cases {
        let expected = Written {
            line: file_line,
            column: file_column,
            substituted,
        };
        assert_eq!(expanded.written(line, column), expected, "{line}:{column}");
    }
}

#[test]
fn columns_after_replacements_in_one_line() {
    let text = "a: [${{ env \"DECK_A\" }}, ${{ env \"DECK_B\" }}, z]\nb: 1";
    let variables = [("DECK_A", "1"), ("DECK_B", "l\u{e9}nger")];
    let variables = env(&variables);
    let (expanded, _) = expand(text, &variables);
    assert_eq!(expanded.text, "a: [1, l\u{e9}nger, z]\nb: 1");
    assert_written(
        &expanded,
        &[
            ((1, 4), (1, 4, false)),
            ((1, 5), (1, 5, true)),
            ((1, 6), (1, 24, false)),
            ((1, 8), (1, 26, true)),
            ((1, 13), (1, 26, true)),
            ((1, 14), (1, 45, false)),
            ((1, 16), (1, 47, false)),
            ((2, 1), (2, 1, false)),
            ((2, 4), (2, 4, false)),
        ],
    );
}

#[test]
fn line_breaks_in_a_value_shift_what_follows() {
    let key = [("DECK_KEY", "1\n2\n3")];
    let key = env(&key);
    let (expanded, _) = expand("a: ${{ env \"DECK_KEY\" }} # x\nb: 1\n", &key);
    assert_eq!(expanded.text, "a: 1\n2\n3 # x\nb: 1\n");
    assert_written(
        &expanded,
        &[
            ((1, 1), (1, 1, false)),
            ((2, 1), (1, 4, true)),
            ((3, 1), (1, 4, true)),
            ((3, 2), (1, 25, false)),
            ((3, 3), (1, 26, false)),
            ((4, 1), (2, 1, false)),
            ((4, 4), (2, 4, false)),
            ((5, 1), (3, 1, false)),
        ],
    );
    let (expanded, _) = expand("k: |\n  ${{ indent 2 (env \"DECK_KEY\") }}\nn: 1", &key);
    assert_eq!(expanded.text, "k: |\n  1\n  2\n  3\nn: 1");
    assert_written(
        &expanded,
        &[
            ((2, 2), (2, 2, false)),
            ((2, 3), (2, 3, true)),
            ((4, 3), (2, 3, true)),
            ((5, 1), (3, 1, false)),
        ],
    );
}

/// A value from a file with CR LF may end in a CR of its own.
#[test]
fn every_kind_of_line_break_counts_once() {
    for (text, value, expanded_line) in [
        ("a: ${{ env \"DECK_X\" }}\r\nb: 1\r\n", "v", 2),
        ("a: ${{ env \"DECK_X\" }}\r\nb: 1\r\n", "v\r\nw", 3),
        ("a: ${{ env \"DECK_X\" }}\r\nb: 1\r\n", "v\r", 3),
        ("a: ${{ env \"DECK_X\" }}\nb: 1\n", "v\r", 2),
        ("a: ${{ env \"DECK_X\" }}\rb: 1\n", "v", 2),
    ] {
        let (expanded, _) = expand(text, &|_: &str| Some(value.to_owned()));
        assert_written(&expanded, &[((expanded_line, 4), (2, 4, false))]);
    }
}

#[test]
fn templates_that_span_or_trim_lines_keep_places_right() {
    let x = [("DECK_X", "v")];
    let x = env(&x);
    let (expanded, _) = expand("a: ${{\n  env \"DECK_X\"\n}}, b\nc", &x);
    assert_eq!(expanded.text, "a: v, b\nc");
    let cases = [
        ((1, 4), (1, 4, true)),
        ((1, 5), (3, 3, false)),
        ((2, 1), (4, 1, false)),
    ];
    assert_written(&expanded, &cases);

    let (expanded, _) = expand("a:\n  ${{- env \"DECK_X\" -}}\n  b", &x);
    assert_eq!(expanded.text, "a:vb");
    let cases = [
        ((1, 2), (1, 2, false)),
        ((1, 3), (2, 3, true)),
        ((1, 4), (3, 3, false)),
    ];
    assert_written(&expanded, &cases);

    let (expanded, _) = expand("\u{feff}a: ${{ env \"DECK_X\" }} b", &x);
    let cases = [((1, 4), (1, 4, true)), ((1, 6), (1, 24, false))];
    assert_written(&expanded, &cases);
}

#[test]
fn a_scalar_with_a_template_inside_is_known() {
    let x = [("DECK_X", "v")];
    let x = env(&x);
    let (expanded, _) = expand("a: \"x ${{ env \"DECK_X\" }} y\"\nb: 1", &x);
    assert_eq!(expanded.text, "a: \"x v y\"\nb: 1");
    for (from, to, expected) in [
        ((1, 4), (1, 11), true),
        ((1, 7), (1, 8), true),
        ((1, 1), (1, 2), false),
        ((1, 4), (1, 7), false),
        ((1, 8), (1, 11), false),
        ((2, 1), (2, 5), false),
    ] {
        assert_eq!(expanded.touches(from, to), expected, "{from:?} {to:?}");
    }
}

const PLAIN: [&str; 12] = [
    "",
    "a",
    "key: ",
    "\u{e9}\u{1f980}",
    " ",
    "\n",
    "\r\n",
    "\r",
    "}}",
    "{ ",
    "'\"",
    "$ ",
];
const VALUES: [&str; 10] = [
    "",
    "v",
    "two words",
    "a\nb",
    "a\r\nb\r\n",
    "end\r",
    "\nstart",
    "\u{e9}",
    "# x",
    "${{ env \"DECK_0\" }}",
];

/// Line and column of a byte, counted anew from the start of the text.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for (at, c) in text[..offset].char_indices() {
        let within_break = c == '\r' && text[at + 1..].starts_with('\n');
        if matches!(c, '\n' | '\r') && !within_break {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    (line, column)
}

proptest! {
    #[test]
    fn every_character_leads_back_to_itself(
        parts in vec(
            (
                prop::sample::select(PLAIN.to_vec()),
                option::of(prop::sample::select(VALUES.to_vec())),
            ),
            0..24,
        ),
    ) {
        let (mut file, mut output) = (String::new(), String::new());
        let mut expected = Vec::new();
        for (index, (plain, value)) in parts.iter().enumerate() {
            for (at, _) in plain.char_indices() {
                expected.push((output.len() + at, file.len() + at, false));
            }
            file.push_str(plain);
            output.push_str(plain);
            if let Some(value) = value {
                for (at, _) in value.char_indices() {
                    expected.push((output.len() + at, file.len(), true));
                }
                file.push_str(&format!("${{{{ env \"DECK_{index}\" }}}}"));
                output.push_str(value);
            }
        }
        let variables = |name: &str| {
            let index: usize = name.strip_prefix("DECK_")?.parse().ok()?;
            parts.get(index)?.1.map(str::to_owned)
        };
        let (expanded, faults) = expand(&file, &variables);
        prop_assert!(faults.is_empty(), "{faults:?}");
        prop_assert_eq!(&*expanded.text, &output);
        for (at, file_at, substituted) in expected {
            let (line, column) = place(&output, at);
            let (file_line, file_column) = place(&file, file_at);
            let written = Written { line: file_line, column: file_column, substituted };
            prop_assert_eq!(expanded.written(line, column), written);
        }
    }
}
