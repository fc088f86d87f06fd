//! Splices by hand.

use super::*;

const NAMES: &[&str] = &["a", "b", "c"];

fn spliced(document: &'static str, edits: &[Edit]) -> String {
    let document = Bytes::from_static(document.as_bytes());
    let members = Members::read(&document, NAMES).unwrap();
    String::from_utf8(splice(&document, &members, NAMES, edits).concat()).unwrap()
}

fn set(known: usize, json: &str) -> Edit {
    Edit::Set {
        known,
        json: json.as_bytes().to_vec(),
    }
}

fn remove(known: usize) -> Edit {
    Edit::Remove { known }
}

#[test]
fn a_value_changes_in_place() {
    assert_eq!(
        spliced(r#" {"x": 1, "a" : "old" , "y":2} "#, &[set(0, r#""new""#)]),
        r#" {"x": 1, "a" : "new" , "y":2} "#
    );
    assert_eq!(spliced(r#"{"a":null}"#, &[set(0, "[1]")]), r#"{"a":[1]}"#);
    assert_eq!(
        spliced(r#"{"\u0061":1,"b":2}"#, &[set(0, "3")]),
        r#"{"\u0061":3,"b":2}"#
    );
}

#[test]
fn a_new_member_comes_last() {
    assert_eq!(spliced(r#"{"x":1}"#, &[set(0, "2")]), r#"{"x":1,"a":2}"#);
    assert_eq!(
        spliced("{}", &[set(0, "2"), set(2, "3")]),
        r#"{"a":2,"c":3}"#
    );
    assert_eq!(spliced("{ }", &[set(1, "true")]), r#"{ "b":true}"#);
}

#[test]
fn a_member_goes_with_its_comma() {
    assert_eq!(
        spliced(r#"{"a":1,"b":2,"c":3}"#, &[remove(0)]),
        r#"{"b":2,"c":3}"#
    );
    assert_eq!(
        spliced(r#"{"a":1,"b":2,"c":3}"#, &[remove(1)]),
        r#"{"a":1,"c":3}"#
    );
    assert_eq!(
        spliced(r#"{"a":1,"b":2,"c":3}"#, &[remove(2)]),
        r#"{"a":1,"b":2}"#
    );
    assert_eq!(
        spliced(r#"{"a":1,"b":2,"c":3}"#, &[remove(0), remove(1)]),
        r#"{"c":3}"#
    );
    assert_eq!(
        spliced(r#"{"a":1,"b":2,"c":3}"#, &[remove(0), remove(2)]),
        r#"{"b":2}"#
    );
    assert_eq!(spliced(r#"{"a":1}"#, &[remove(0)]), "{}");
    assert_eq!(spliced(r#"{"x":1}"#, &[remove(0)]), r#"{"x":1}"#);
}

#[test]
fn when_every_member_goes_no_comma_stays() {
    assert_eq!(spliced(r#"{"a":1,"b":2}"#, &[remove(0), remove(1)]), "{}");
    assert_eq!(
        spliced(r#"{"a":1,"b":2}"#, &[remove(0), remove(1), set(2, "3")]),
        r#"{"c":3}"#
    );
}

fn within(known: usize, pieces: &[(std::ops::Range<usize>, &str)]) -> Edit {
    let pieces = pieces.iter().map(|(at, json)| Piece {
        at: at.clone(),
        json: json.as_bytes().to_vec(),
    });
    Edit::Within {
        known,
        pieces: pieces.collect(),
    }
}

#[test]
fn pieces_change_within_a_value() {
    let document = r#"{"x": 1, "a" : [ {"t":"old"} , 2.0 ],"b":3}"#;
    let old = document.find(r#""old""#).unwrap();
    let open = document.find('[').unwrap();
    let close = document.find(']').unwrap();
    let edit = within(
        0,
        &[
            (open + 1..open + 1, "0,"),
            (old..old + 5, r#""new""#),
            (close..close, ",4"),
        ],
    );
    assert_eq!(
        spliced(document, &[set(1, "5"), edit]),
        r#"{"x": 1, "a" : [0, {"t":"new"} , 2.0 ,4],"b":5}"#
    );
}

/// The value they were in is gone.
#[test]
fn pieces_of_a_member_that_goes_go_with_it() {
    let document = r#"{"a":[1],"b":2}"#;
    let edit = || within(0, &[(6..7, "9")]);
    assert_eq!(spliced(document, &[edit()]), r#"{"a":[9],"b":2}"#);
    assert_eq!(spliced(document, &[edit(), remove(0)]), r#"{"b":2}"#);
    assert_eq!(
        spliced(document, &[edit(), set(0, "7")]),
        r#"{"a":7,"b":2}"#
    );
    assert_eq!(spliced(document, &[within(2, &[(6..7, "9")])]), document);
}

#[test]
fn the_prompt_is_neither_copied_nor_written_anew() {
    let document = Bytes::from_static(br#"{"a":1,"prompt":"long"}"#);
    let members = Members::read(&document, NAMES).unwrap();
    let slices = splice(&document, &members, NAMES, &[set(0, "2")]);
    let last = slices.last().unwrap();
    assert_eq!(last, &document[6..]);
    assert_eq!(last.as_ptr(), document[6..].as_ptr());
}
