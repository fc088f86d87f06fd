use super::*;

fn names(texts: &[&str]) -> Vec<Name> {
    texts
        .iter()
        .map(|&text| Name {
            text: text.to_owned(),
            headers: spellings(text),
        })
        .collect()
}

fn config(places: &str) -> KeyAuth {
    KeyAuth {
        key_names: Vec::new(),
        in_header: places.contains("header"),
        in_query: places.contains("query"),
        in_body: places.contains("body"),
        hide_credentials: false,
        anonymous: None,
        run_on_preflight: true,
        realm: None,
    }
}

struct Shown<'t> {
    places: &'t str,
    names: &'t [&'t str],
    headers: &'t [(&'t str, &'t str)],
    query: &'t str,
    /// A form.
    body: &'t str,
}

const NOTHING: Shown<'_> = Shown {
    places: "header query body",
    names: &["apikey"],
    headers: &[],
    query: "",
    body: "",
};

/// `name: key`, or what is wrong.
fn found(shown: &Shown<'_>) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in shown.headers {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let names = names(shown.names);
    let body = Bytes::copy_from_slice(shown.body.as_bytes());
    let sent = Sent {
        headers: &headers,
        query: shown.query,
        body: Some((Encoding::Form, body)),
    };
    match keys::presented(&config(shown.places), &names, &sent) {
        Presented::Nothing => "nothing".to_owned(),
        Presented::Several(name) => format!("several of {}", name.text),
        Presented::Key(name, key) => {
            format!("{}: {}", name.text, str::from_utf8(&key).unwrap())
        }
    }
}

/// `kong-core.md` 5.1: per name header, then query, then body; the first that is found wins.
#[test]
fn a_key_is_looked_for_in_kongs_order() {
    for (shown, expected) in [
        (NOTHING, "nothing"),
        (
            Shown {
                headers: &[("ApiKey", "H")],
                query: "apikey=Q",
                body: "apikey=B",
                ..NOTHING
            },
            "apikey: H",
        ),
        (
            Shown {
                query: "x=1&apikey=Q%20",
                body: "apikey=B",
                ..NOTHING
            },
            "apikey: Q ",
        ),
        (
            Shown {
                body: "apikey=B",
                ..NOTHING
            },
            "apikey: B",
        ),
        // The first name is looked for everywhere before the second.
        (
            Shown {
                names: &["one", "two"],
                headers: &[("two", "H")],
                body: "one=B",
                ..NOTHING
            },
            "one: B",
        ),
        (
            Shown {
                places: "query",
                headers: &[("apikey", "H")],
                query: "apikey=Q",
                body: "apikey=B",
                ..NOTHING
            },
            "apikey: Q",
        ),
        (
            Shown {
                places: "header",
                query: "apikey=Q",
                body: "apikey=B",
                ..NOTHING
            },
            "nothing",
        ),
        // An empty one is found all the same.
        (
            Shown {
                headers: &[("apikey", "")],
                query: "apikey=Q",
                ..NOTHING
            },
            "apikey: ",
        ),
        // Without a value it is none.
        (
            Shown {
                query: "apikey",
                body: "apikey=B",
                ..NOTHING
            },
            "apikey: B",
        ),
        (
            Shown {
                headers: &[("apikey", "H"), ("apikey", "H")],
                ..NOTHING
            },
            "several of apikey",
        ),
        (
            Shown {
                query: "apikey=Q&apikey=Q",
                headers: &[],
                ..NOTHING
            },
            "several of apikey",
        ),
        // No scheme is parsed.
        (
            Shown {
                names: &["authorization"],
                headers: &[("Authorization", "Bearer FAKE")],
                ..NOTHING
            },
            "authorization: Bearer FAKE",
        ),
        // `_` finds `-` where nothing has the very name.
        (
            Shown {
                names: &["x_key"],
                headers: &[("X-Key", "H")],
                ..NOTHING
            },
            "x_key: H",
        ),
        (
            Shown {
                names: &["x_key"],
                headers: &[("x-key", "hyphen"), ("x_key", "underscore")],
                ..NOTHING
            },
            "x_key: underscore",
        ),
        // Parameters have their letter case, headers do not.
        (
            Shown {
                query: "ApiKey=Q",
                ..NOTHING
            },
            "nothing",
        ),
    ] {
        let (headers, query) = (shown.headers, shown.query);
        assert_eq!(found(&shown), expected, "{headers:?} {query}");
    }
}

#[test]
fn only_the_found_name_goes_out_of_a_head() {
    for (uri, left) in [
        ("/a%2Fb?apikey=FAKE", "/a%2Fb"),
        ("/a?x=%zz+1&apikey=FAKE&y", "/a?x=%zz+1&y"),
        ("/a?%61pikey=FAKE&apikeys=1", "/a?apikeys=1"),
        ("/a?x=1", "/a?x=1"),
        ("/a", "/a"),
        (
            "http://gateway.test:8000/a?apikey=FAKE",
            "http://gateway.test:8000/a",
        ),
    ] {
        let request = http::Request::builder()
            .uri(uri)
            .header("apikey", "FAKE")
            .header("apikey", "FAKE again")
            .header("other", "stays");
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        keys::hide_in_head(&mut head, &names(&["apikey"])[0]);
        assert_eq!(head.uri.to_string(), left);
        assert_eq!(head.headers.len(), 1);
        assert_eq!(head.headers["other"], "stays");
    }
}

/// `kong-core.md` 5.1, and a quoted string of RFC 9110.
#[test]
fn a_challenge_names_the_realm() {
    for (realm, text) in [
        (None, "Key"),
        (Some("service"), "Key realm=\"service\""),
        (Some("a \"b\" \\"), "Key realm=\"a \\\"b\\\" \\\\\""),
    ] {
        assert_eq!(challenge(realm).unwrap(), text);
    }
    assert!(challenge(Some("a\r\nb: c")).is_err());
}
