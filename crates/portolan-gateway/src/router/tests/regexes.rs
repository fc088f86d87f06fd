//! Regex paths and what they capture: `kong-core.md` 2.3, below the table, and 2.6.

use super::{check, find};

#[test]
fn regexes() {
    let either: &[&str] = &["r paths=~/a|/b"];
    check(&[
        (&["r paths=~/v1"], "GET /v1", Some("r")),
        // No anchor at the end unless it is written.
        (&["r paths=~/v1"], "GET /v1x/y", Some("r")),
        (&["r paths=~/v1$"], "GET /v1x", None),
        (&["r paths=~/v1"], "GET /a/v1", None),
        // `^` is bound to the first alternative alone.
        (either, "GET /a", Some("r")),
        (either, "GET /x/a", None),
        (either, "GET /x/b/y", Some("r")),
        (&["r paths=~/(?:a|b)$"], "GET /x/b", None),
        (&["r paths=~/(?i)chat"], "GET /CHAT", Some("r")),
        // Unicode is on.
        (&[r"r paths=~/\d$"], "GET /%D9%A3", Some("r")),
        (&["r paths=~/.$"], "GET /%0A", None),
        (&["r paths=~/a(?:/b)?$"], "GET /a", Some("r")),
        (&["r paths=~/a(?:/b)?$"], "GET /a/c", None),
        (&["r paths=~/(?P<x>[^/]+)/c"], "GET /a/c", Some("r")),
    ]);
}

/// Its bytes are what `strip_path` takes off.
#[test]
fn the_length_of_a_match() {
    for (route, path, length) in [
        ("r paths=/foo", "/foobar", Some(3 + 1)),
        ("r paths=/", "/foobar", Some(1)),
        (r"r paths=~/v\d", "/v1/x", Some(3)),
        ("r paths=~/(?<m>[^/]+)/chat", "/gpt/chat/x", Some(9)),
        ("r paths=~/é", "/%C3%A9/x", Some(3)),
        // Not at the start: nothing to take off.
        ("r paths=~/a|/b", "/x/b", Some(0)),
        ("r methods=GET", "/x", None),
    ] {
        let matched = find(&[route], &format!("GET {path}")).unwrap();
        assert_eq!(matched.length, length, "{path} with {route}");
    }
}

#[test]
fn captures() {
    let both = "r paths=~/(?<team>[^/]+)/(?:(?<one>x)|(?<two>y))/([0-9]+)$";
    for (route, path, key, expected) in [
        (both, "/a/y/12", "0", Some("/a/y/12")),
        (both, "/a/y/12", "1", Some("a")),
        (both, "/a/y/12", "team", Some("a")),
        (both, "/a/y/12", "two", Some("y")),
        (both, "/a/y/12", "3", Some("y")),
        (both, "/a/y/12", "4", Some("12")),
        // Took no part.
        (both, "/a/y/12", "one", None),
        (both, "/a/y/12", "2", None),
        (both, "/a/y/12", "5", None),
        (both, "/a/y/12", "other", None),
        // Leftmost first, as in PCRE.
        ("r paths=~/(a|ab)(c|bcd)", "/abcd", "2", Some("bcd")),
        // Reserved characters stay encoded for the match, and are decoded in what it captured; once.
        (
            "r paths=~/(?<model>[^#?/]+)/chat/completions$",
            "/org%2Fgpt%204o%2541/chat/completions",
            "model",
            Some("org/gpt 4o%41"),
        ),
        // Of several regexes the first of the file that matches.
        (
            "r paths=~/(?<a>x)$,~/(?<b>.)$,~/(?<c>.+)$",
            "/y",
            "b",
            Some("y"),
        ),
        ("r paths=~/(?<a>x)$,~/(?<b>.)$,~/(?<c>.+)$", "/y", "c", None),
    ] {
        let matched = find(&[route], &format!("GET {path}")).unwrap();
        let captures = matched.captures.unwrap();
        assert_eq!(captures.get(key).as_deref(), expected, "{key} of {path}");
    }
}

#[test]
fn all_captures() {
    let routes = ["r paths=~/(?<a>x)?(y)(?:/(?<b>[^/]+))?$"];
    let captures = find(&routes, "GET /y/1%2F2").unwrap().captures.unwrap();
    let all: Vec<_> = captures.all().collect();
    assert_eq!(
        all,
        [
            (0, None, "/y/1/2".into()),
            (2, None, "y".into()),
            (3, Some("b"), "1/2".into()),
        ]
    );
}

#[test]
fn without_a_group_that_took_part_there_are_no_captures() {
    for (route, path) in [
        ("r paths=/a", "/a"),
        ("r paths=~/a$", "/a"),
        ("r paths=~/a(b)?$", "/a"),
        ("r methods=GET", "/a"),
    ] {
        let matched = find(&[route], &format!("GET {path}")).unwrap();
        assert!(matched.captures.is_none(), "{path} with {route}");
    }
}
