//! Values kept as they were written, and errors that name their place.

use proptest::prelude::*;

use super::*;

object! {
    struct Outer<'a> {
        "items" items: List<Inner<'a>>,
        "flag" flag: bool,
    }

    struct Inner<'a> {
        "text" text: Text<'a>,
        "number" number: Number<'a>,
    }
}

fn error(document: &str) -> String {
    parse::<Outer<'_>>(document.as_bytes())
        .unwrap_err()
        .to_string()
}

fn text(literal: &str) -> Text<'_> {
    parse(literal.as_bytes()).unwrap()
}

#[test]
fn a_member_is_absent_null_or_a_value() {
    let outer: Outer<'_> = parse(br#"{"items":null}"#).unwrap();
    assert!(matches!(outer.items, Field::Null));
    assert!(matches!(outer.flag, Field::Absent));
    let outer: Outer<'_> = parse(br#"{"flag":false}"#).unwrap();
    assert_eq!(outer.flag, Field::Is(false));
}

#[test]
fn unknown_members_are_kept_in_order() {
    let outer: Outer<'_> = parse(br#"{"z": {"a" :1}, "flag":true, "\u0061":1e400}"#).unwrap();
    let extra: Vec<_> = outer
        .extra
        .iter()
        .map(|(name, value)| (name, value.get()))
        .collect();
    assert_eq!(extra, [("z", r#"{"a" :1}"#), ("a", "1e400")]);
}

#[test]
fn a_null_is_handed_on_under_its_name() {
    let mut extra = Extra::default();
    assert_eq!(Field::<bool>::Null.or_keep_null("flag", &mut extra), None);
    assert_eq!(Field::Is(true).or_keep_null("flag", &mut extra), Some(true));
    assert_eq!(Field::<bool>::Absent.or_keep_null("flag", &mut extra), None);
    let kept: Vec<_> = extra
        .iter()
        .map(|(name, value)| (name, value.get()))
        .collect();
    assert_eq!(kept, [("flag", "null")]);
}

#[test]
fn an_error_names_its_place() {
    let wrong = error(r#"{"items":[{"text":"a"},{"text":5}]}"#);
    assert!(
        wrong.starts_with("items[1].text: expected a string"),
        "{wrong}"
    );
    let wrong = error(r#"{"items":[{"number":"1"}]}"#);
    assert!(
        wrong.starts_with("items[0].number: expected a number"),
        "{wrong}"
    );
    let twice = error(r#"{"flag":true,"\u0066lag":true}"#);
    assert!(twice.starts_with("`flag` is given twice"), "{twice}");
    error(r#"{"flag":true} {}"#);
    error("[]");
}

#[test]
fn text_is_its_literal() {
    assert_eq!(text(r#""a\u00e9\n\/""#).literal(), r#""a\u00e9\n\/""#);
    assert_eq!(text(r#""a\u00e9\n\/""#).unescape(), "a\u{e9}\n/");
    assert_eq!(text(r#""\ud83d\ude00""#).unescape(), "\u{1f600}");
    assert!(text(r#""""#).is_empty());
    assert!(text(r#""st\u006fp""#).is("stop"));
    assert!(!text(r#""stops""#).is("stop"));
}

#[test]
fn half_a_surrogate_pair_survives_until_it_is_joined() {
    let (high, low) = (text(r#""a\ud83d""#), text(r#""\ude00b""#));
    assert!(high.unescape().starts_with('a'));
    assert!(high.unescape().contains('\u{fffd}'));
    assert_eq!(Text::concat([&high, &low]).unescape(), "a\u{1f600}b");
}

#[test]
fn a_number_is_what_was_written() {
    for number in ["1.0", "-0", "1e400", "123456789012345678901234567890"] {
        let document = format!(r#"{{"number":{number}}}"#);
        let inner: Inner<'_> = parse(document.as_bytes()).unwrap();
        assert_eq!(inner.number.as_ref().map(Number::as_str), Some(number));
    }
    assert_eq!(Number::from(7).as_u64(), Some(7));
    assert!(Number::parse("01").is_none());
    assert!(Number::parse("NaN").is_none());
}

#[test]
fn members_are_found_where_they_stand() {
    let names = &["model", "stream", "other"];
    let document = br#" { "x":{"model":1} , "mod\u0065l" : "a\"b", "stream": true} "#;
    let members = Members::read(document, names).unwrap();
    assert_eq!(members.value(document, 0), Some(br#""a\"b""#.as_slice()));
    assert_eq!(
        &document[members.get(0).unwrap().start..][..12],
        br#""mod\u0065l""#
    );
    assert_eq!(
        members
            .text(document, names, 0)
            .unwrap()
            .unwrap()
            .unescape(),
        "a\"b"
    );
    assert_eq!(members.flag(document, names, 1), Ok(true));
    assert_eq!(members.flag(document, names, 2), Ok(false));
    assert_eq!(document[members.close], b'}');
    assert!(members.text(document, names, 1).is_err());
    assert!(members.flag(document, names, 0).is_err());
}

#[test]
fn members_of_something_else_are_refused() {
    for document in [
        "",
        "[]",
        "1",
        r#"{"a":1"#,
        r#"{"a":1} x"#,
        r#"{"a":1,}"#,
        r#"{"a":01}"#,
    ] {
        assert!(
            Members::read(document.as_bytes(), &["a"]).is_err(),
            "{document}"
        );
    }
    assert!(Members::read(br#"{"a":1,"\u0061":2}"#, &["a"]).is_err());
    assert!(Members::read(br#"{"b":1,"b":2}"#, &["a"]).is_ok());
}

#[test]
fn a_null_member_is_there_but_has_no_value() {
    let document = br#"{"a":null}"#;
    let members = Members::read(document, &["a"]).unwrap();
    assert!(members.get(0).is_some());
    assert_eq!(members.value(document, 0), None);
    assert_eq!(members.text(document, &["a"], 0), Ok(None));
}

proptest! {
    #[test]
    fn any_string_is_written_as_json(plain in any::<String>()) {
        let mut out = Vec::new();
        push_text(&mut out, &plain);
        let read: String = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(&read, &plain);
        let text = Text::plain(&plain);
        prop_assert_eq!(text.unescape().into_owned(), plain.clone());
    }
}
