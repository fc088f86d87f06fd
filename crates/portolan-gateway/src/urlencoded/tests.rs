use super::*;

fn read(text: &str) -> Vec<(String, Option<String>)> {
    let text_of = |bytes: Cow<'_, [u8]>| String::from_utf8(bytes.into_owned()).unwrap();
    pairs(text.as_bytes())
        .map(|pair| (text_of(pair.name()), pair.value().map(text_of)))
        .collect()
}

#[test]
fn names_and_values_are_decoded() {
    for (text, name, value) in [
        ("a=1", "a", Some("1")),
        ("a=", "a", Some("")),
        ("a", "a", None),
        ("a=b=c", "a", Some("b=c")),
        ("a+b=c+d", "a b", Some("c d")),
        ("%61pi%4Bey=%2b%2B", "apiKey", Some("++")),
        ("a=100%", "a", Some("100%")),
        ("a=%zz%4", "a", Some("%zz%4")),
        ("%C3%A4=%e2%82%ac", "ä", Some("€")),
    ] {
        let expected = (name.to_owned(), value.map(str::to_owned));
        assert_eq!(read(text), [expected], "{text}");
    }
}

#[test]
fn what_stays_keeps_its_bytes() {
    for (text, rest) in [
        ("key=K", Some("")),
        ("key", Some("")),
        ("a=1&key=K&b=%zz+%20", Some("a=1&b=%zz+%20")),
        ("key=K&a=1", Some("a=1")),
        ("a=1&key=K", Some("a=1")),
        ("a&&k%65y=1&key=2&b", Some("a&&b")),
        ("Key=K&keys=1", None),
        ("", None),
    ] {
        let found = without(text.as_bytes(), b"key");
        assert_eq!(found.as_deref(), rest.map(str::as_bytes), "{text}");
    }
}
