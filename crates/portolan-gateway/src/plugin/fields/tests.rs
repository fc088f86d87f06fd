use http::HeaderValue;

use super::*;

fn encoding(content_type: &'static str) -> Option<Encoding> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Encoding::of(&headers)
}

fn multipart(boundary: &str) -> Encoding {
    Encoding::Multipart {
        boundary: boundary.to_owned(),
    }
}

fn text(text: &str) -> Found<'_> {
    Found::Text(Cow::Borrowed(text.as_bytes()))
}

fn without(encoding: &Encoding, body: &str, name: &str) -> Option<String> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let left = encoding.without(&body, name)?;
    Some(String::from_utf8(left.to_vec()).unwrap())
}

#[test]
fn three_types_have_fields() {
    for (content_type, expected) in [
        ("application/json", Some(Encoding::Json)),
        ("Application/JSON; charset=utf-8", Some(Encoding::Json)),
        ("application/x-www-form-urlencoded", Some(Encoding::Form)),
        ("multipart/form-data; boundary=xyz", Some(multipart("xyz"))),
        (
            r#"multipart/form-data; charset="a;b"; BOUNDARY="x y\"z""#,
            Some(multipart("x y\"z")),
        ),
        ("multipart/form-data", None),
        ("text/plain", None),
        ("application/jsonl", None),
    ] {
        assert_eq!(encoding(content_type), expected, "{content_type}");
    }
    assert_eq!(Encoding::of(&HeaderMap::new()), None);
}

#[test]
fn a_form_has_a_field_once() {
    for (body, found) in [
        ("a=1&apikey=FAKE+key%21", text("FAKE key!")),
        ("apikey=", text("")),
        ("apikey", Found::Nothing),
        ("Apikey=FAKE", Found::Nothing),
        ("apikey=FAKE&a=1&apikey=FAKE", Found::Several),
        ("apikey&apikey=FAKE", Found::Several),
    ] {
        assert_eq!(
            Encoding::Form.find(body.as_bytes(), "apikey"),
            found,
            "{body}"
        );
    }
    assert_eq!(
        without(&Encoding::Form, "a=%41&apikey=FAKE&b=+", "apikey").as_deref(),
        Some("a=%41&b=+")
    );
    assert_eq!(without(&Encoding::Form, "a=1", "apikey"), None);
}

#[test]
fn an_object_has_a_field_at_its_top() {
    for (body, found) in [
        (r#"{"apikey":"FAKE","a":1}"#, text("FAKE")),
        (
            r#" { "a" : [1.0] , "api\u006bey" : "F\u0041KE" } "#,
            text("FAKE"),
        ),
        (r#"{"apikey":""}"#, text("")),
        (r#"{"apikey":null}"#, Found::Nothing),
        (r#"{"apikey":1}"#, Found::Nothing),
        (r#"{"apikey":["FAKE"]}"#, Found::Several),
        (r#"{"apikey":{"a":"FAKE"}}"#, Found::Several),
        (r#"{"apikey":"FAKE","apikey":"FAKE"}"#, Found::Several),
        (r#"{"a":{"apikey":"FAKE"}}"#, Found::Nothing),
        (r#"["apikey"]"#, Found::Nothing),
        (r#"{"apikey":"FAKE""#, Found::Nothing),
        ("", Found::Nothing),
    ] {
        assert_eq!(
            Encoding::Json.find(body.as_bytes(), "apikey"),
            found,
            "{body}"
        );
    }
}

#[test]
fn a_field_of_an_object_goes_and_every_other_byte_stays() {
    for (body, left) in [
        (
            r#"{ "model":"m", "apikey":"FAKE", "t":1.0e5 , "\u0061":" \" "}"#,
            Some(r#"{ "model":"m", "t":1.0e5 , "\u0061":" \" "}"#),
        ),
        (r#"{"apikey":"FAKE","a":1}"#, Some(r#"{"a":1}"#)),
        (
            r#"{"a":1,"apikey":"FAKE","b":2,"api\u006bey":"FAKE"}"#,
            Some(r#"{"a":1,"b":2}"#),
        ),
        (r#"{"apikey":"FAKE"}"#, Some("{}")),
        (r#"{"apikey":1,"apikey":2}"#, Some("{}")),
        (r#"{"apikey":1 , "apikey":2, "a":3 }"#, Some(r#"{"a":3 }"#)),
        (r#"{"a":1 , "apikey":2,"apikey":3 }"#, Some(r#"{"a":1 }"#)),
        (
            r#"{"apikey":1,"a":2,"apikey":3,"b":4}"#,
            Some(r#"{"a":2,"b":4}"#),
        ),
        (r#"{"a":{"apikey":"FAKE"}}"#, None),
        ("[1]", None),
    ] {
        assert_eq!(
            without(&Encoding::Json, body, "apikey").as_deref(),
            left,
            "{body}"
        );
    }
}

/// A stranger's body may be long: what is kept of it does not grow with the number of its members.
#[test]
fn other_members_are_not_kept() {
    let body = format!("{{{}\"apikey\":\"FAKE\"}}", r#""":1,"#.repeat(10_000));
    let named = json::Named::read(body.as_bytes(), "apikey").unwrap();
    assert_eq!(named.cuts.len(), 1);
    let none = json::Named::read(body.as_bytes(), "other").unwrap();
    assert_eq!(none, json::Named::default());
    assert_eq!(none.cuts.capacity(), 0);
}

const FORM: &str = "preamble\r\n\
    --xyz\r\n\
    Content-Disposition: form-data; name=\"a\"\r\n\r\n\
    one\r\n--xyzzy\r\ntwo\r\n\
    --xyz  \r\n\
    content-disposition: form-data; filename=\"name=a;b\"; name=apikey\r\n\
    Content-Type: text/plain\r\n\r\n\
    FAKE\r\n\
    --xyz\r\n\
    Content-Disposition: form-data; name=\"empty\"\r\n\r\n\
    \r\n\
    --xyz--\r\nepilogue";

#[test]
fn a_multipart_form_has_named_parts() {
    let encoding = multipart("xyz");
    let body = FORM.as_bytes();
    assert_eq!(encoding.find(body, "a"), text("one\r\n--xyzzy\r\ntwo"));
    assert_eq!(encoding.find(body, "apikey"), text("FAKE"));
    assert_eq!(encoding.find(body, "empty"), text(""));
    assert_eq!(encoding.find(body, "b"), Found::Nothing);
    for broken in [
        "",
        "--xyz",
        "--xyz\r\n",
        "--xyz\r\n--xyz--",
        "--xyz\r\nContent-Disposition: form-data; name=apikey\r\n--xyz--",
        "x--xyz\r\nContent-Disposition: form-data; name=apikey\r\n\r\nFAKE\r\n--xyz--",
    ] {
        let found = encoding.find(broken.as_bytes(), "apikey");
        assert_eq!(found, Found::Nothing, "{broken}");
    }
}

#[test]
fn a_part_goes_with_its_boundary() {
    let encoding = multipart("xyz");
    let left = without(&encoding, FORM, "apikey").unwrap();
    let (before, after) = FORM.split_once("--xyz  \r\n").unwrap();
    let (_, after) = after.split_once("FAKE\r\n").unwrap();
    assert_eq!(left, format!("{before}{after}"));
    assert_eq!(without(&encoding, FORM, "b"), None);
}
