use super::{Node, Position};
use crate::deck;

fn parse(text: &str) -> Result<Node, super::build::SyntaxError> {
    let (expanded, _) = deck::expand(text, &|_| None);
    super::parse(&expanded, 0)
}

fn at(line: u32, column: u32) -> Position {
    Position {
        file: 0,
        line,
        column,
    }
}

fn root(text: &str) -> Node {
    parse(text).unwrap()
}

fn fault(text: &str) -> (u32, u32, String) {
    let error = parse(text).unwrap_err();
    (error.at.line, error.at.column, error.message)
}

#[test]
fn every_key_and_value_knows_its_place() {
    let root = root("a: 1\nb:\n  - x\n  - {k: v}\n");
    let b = &root.as_mapping().unwrap()[1];
    assert_eq!((b.key.as_str(), b.at), ("b", at(2, 1)));
    let items = b.value.as_sequence().unwrap();
    assert_eq!(items[0].at, at(3, 5));
    let k = &items[1].as_mapping().unwrap()[0];
    assert_eq!(k.at, at(4, 6));
    assert_eq!(k.value.at, at(4, 9));
}

#[test]
fn columns_count_characters() {
    let root = root("é: {ü: 1}\n");
    let inner = &root.entries()[0].value.entries()[0];
    assert_eq!(inner.at, at(1, 5));
}

/// The spellings of YAML 1.1 that Kong's loader knows.
#[test]
fn plain_yaml_1_1_booleans_are_booleans() {
    for (text, expected) in [
        ("true", true),
        ("True", true),
        ("TRUE", true),
        ("yes", true),
        ("Yes", true),
        ("YES", true),
        ("on", true),
        ("On", true),
        ("ON", true),
        ("false", false),
        ("no", false),
        ("No", false),
        ("off", false),
        ("OFF", false),
    ] {
        assert_eq!(root(text).as_bool(), Some(expected), "{text}");
        let quoted = root(&format!("'{text}'"));
        assert_eq!(quoted.as_str(), Some(text));
        assert_eq!(quoted.as_bool(), None);
    }
    assert_eq!(root("y").as_str(), Some("y"));
}

#[test]
fn plain_numbers_are_numbers_and_quoted_ones_strings() {
    assert_eq!(root("5").as_int(), Some(5));
    assert_eq!(root("\"5\"").as_int(), None);
    assert_eq!(root("\"5\"").as_str(), Some("5"));
    assert_eq!(root("5").as_str(), None);
    assert_eq!(root("-7").as_int(), Some(-7));
    assert_eq!(root("0x1F").as_int(), Some(31));
    assert_eq!(root("010").as_int(), Some(8));
    assert_eq!(root("5.0").as_int(), Some(5));
    assert_eq!(root("5.5").as_int(), None);
    assert_eq!(root("5.5").as_number(), Some(5.5));
    assert_eq!(root("1e3").as_number(), Some(1000.0));
    for text in ["3.0.1", "inf", "nan", ".", "1e", "0xzz", "1_000", "gpt-4"] {
        assert_eq!(root(text).as_str(), Some(text));
    }
}

#[test]
fn a_json_number_stays_as_written() {
    for (text, json) in [
        ("0.70", "0.70"),
        ("1e-1", "1e-1"),
        ("5", "5"),
        (".5", "0.5"),
        ("+0.5", "0.5"),
        ("0x10", "16"),
    ] {
        let root = root(text);
        assert_eq!(root.scalar().unwrap().json_number().as_deref(), Some(json));
    }
}

#[test]
fn nulls() {
    let root = root("a: ~\nb: null\nc:\nd: ''\n");
    for key in ["a", "b", "c"] {
        assert!(root.get(key).unwrap().is_null(), "{key}");
        assert!(root.given(key).is_none());
    }
    assert_eq!(root.given("d").unwrap().as_str(), Some(""));
}

#[test]
fn json_is_read_with_tabs_escapes_and_surrogates() {
    let root = root("{\n\t\"a\": [1, true, null],\n\t\"b\": \"x\\/\\u00e9\\ud83d\\ude00\"\n}\n");
    let items = root.get("a").unwrap().items();
    assert_eq!(items[0].as_int(), Some(1));
    assert_eq!(items[1].as_bool(), Some(true));
    assert!(items[2].is_null());
    assert_eq!(root.get("b").unwrap().as_str(), Some("x/é😀"));
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    let root = root(concat!(
        "base: &base {a: 1, b: 2}\n",
        "more: &more {b: 3, c: 4}\n",
        "one: {<<: *base, b: 9}\n",
        "two: {<<: [*base, *more]}\n",
        "same: *base\n",
    ));
    let ints = |key: &str| -> Vec<(String, Option<i64>)> {
        let entries = root.get(key).unwrap().entries().iter();
        entries
            .map(|entry| (entry.key.clone(), entry.value.as_int()))
            .collect()
    };
    let pair = |key: &str, value| (key.to_owned(), Some(value));
    assert_eq!(ints("one"), [pair("b", 9), pair("a", 1)]);
    assert_eq!(ints("two"), [pair("a", 1), pair("b", 2), pair("c", 4)]);
    assert_eq!(ints("same"), [pair("a", 1), pair("b", 2)]);
}

#[test]
fn a_duplicate_key_is_refused_at_its_place() {
    assert_eq!(
        fault("a: 1\nb: 2\na: 3\n"),
        (3, 1, "the key 'a' stands twice, first in line 1".to_owned())
    );
}

#[test]
fn what_is_no_document_is_refused() {
    assert_eq!(fault("").0, 1);
    assert_eq!(fault("# nothing\n").0, 1);
    assert_eq!(
        fault("a: 1\n---\nb: 2\n").2,
        "a second document: a Kong file holds one"
    );
    assert_eq!(
        fault("a: [1, 2\nb: 3\n").2.split(':').next(),
        Some("this is neither YAML nor JSON")
    );
    assert_eq!(fault("a: !vault x\n").0, 1);
    assert_eq!(fault("a: {[x]: 1}\n").0, 1);
    assert_eq!(fault("a: {<<: 5}\n").0, 1);
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(&nested(128)).is_ok());
    assert_eq!(fault(&nested(129)).2, "nested deeper than 128 levels");
    let through_alias = format!(
        "- &a {}\n- {}*a{}\n",
        nested(100),
        "[".repeat(40),
        "]".repeat(40)
    );
    assert_eq!(fault(&through_alias).2, "nested deeper than 128 levels");
}

#[test]
fn a_file_of_too_many_values_is_refused() {
    let text = format!("[{}]", "1,".repeat(1_000_001));
    let (_, _, message) = fault(&text);
    assert!(
        message.contains("the file holds more than 1,000,000"),
        "{message}"
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = format!("*a{}", level - 1);
        let aliases = vec![alias; 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let (_, _, message) = fault(&text);
    assert!(message.contains("1,000,000"), "{message}");
}

/// Ten mappings, each merged twice into the next under two keys.
#[test]
fn a_merge_key_bomb_is_refused() {
    let mut text = "a0: &a0 {k: [x, x, x, x, x, x, x, x]}\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!(
            "a{level}: &a{level} {{l{level}: {{<<: *a{below}}}, r{level}: {{<<: *a{below}}}}}\n"
        ));
    }
    let (_, _, message) = fault(&text);
    assert!(message.contains("1,000,000"), "{message}");
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    assert_eq!(fault("a: &a [*a]\n").2, "an alias inside its own anchor");
}
