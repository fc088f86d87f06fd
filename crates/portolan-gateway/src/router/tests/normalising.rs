//! The path that routes are matched against: `kong-core.md` 2.2.

use super::{check, normalise};

#[test]
fn paths_are_normalised() {
    for (raw, normal) in [
        ("/a/b", "/a/b"),
        ("/a//b", "/a/b"),
        ("//", "/"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/%2e%2e/b", "/b"),
        ("/a/..", "/"),
        ("/a/b/.", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/a/", "/a/"),
        ("/../../a", "/a"),
        ("/.well-known/a", "/.well-known/a"),
        ("/a..b/...", "/a..b/..."),
        ("/%41%7e%20", "/A~ "),
        ("/a%2fb%3f", "/a%2Fb%3F"),
        (
            "/%21%2a%27%28%29%3b%3a%40%26%3d%2b%24%2c%25%23%5b%5d",
            "/%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%25%23%5B%5D",
        ),
        ("/%22%3c%7b", "/\"<{"),
        ("/%c3%a9", "/é"),
        ("/%zz%4", "/%zz%4"),
        ("/", "/"),
    ] {
        assert_eq!(normalise(raw).as_deref(), Some(normal), "{raw}");
    }
    assert_eq!(normalise("/%ff"), None);
}

#[test]
fn routes_are_matched_against_it() {
    let a: &[&str] = &["r paths=/a"];
    check(&[
        (a, "GET /%61", Some("r")),
        (a, "GET /b/../a", Some("r")),
        (a, "GET /b/%2E%2e/a", Some("r")),
        (a, "GET //a", Some("r")),
        (a, "GET /a/../b", None),
        (&["r paths=/a/b"], "GET /a%2Fb", None),
        (&["r paths=/a%2Fb"], "GET /a%2fb", Some("r")),
        (&[r"r paths=~/a\sb"], "GET /a%20b", Some("r")),
        (&["r paths=~/a[^/]+$"], "GET /a%2Fb", Some("r")),
        // Not UTF-8: no route.
        (&["r paths=/"], "GET /%ff", None),
    ]);
}
