//! What a route's fields ask for: `kong-core.md` 2.1 and 2.3.

use super::check;

/// 2.1: split at the first colon, where a decimal number follows; the port of the header wins over the listener's.
#[test]
fn ports_of_hosts() {
    check(&[
        (&["r hosts=a.example"], "GET / host=a.example", Some("r")),
        (&["r hosts=a.example"], "GET / host=a.example:81", Some("r")),
        (
            &["r hosts=a.example"],
            "GET / host=a.example:99999",
            Some("r"),
        ),
        (&["r hosts=a.example"], "GET / host=a.example:", None),
        (&["r hosts=a.example"], "GET / host=a.example:x", None),
        (&["r hosts=a.example"], "GET / host=a.example:80:81", None),
        (
            &["r hosts=a.example:81"],
            "GET / host=a.example:81",
            Some("r"),
        ),
        (
            &["r hosts=a.example:81"],
            "GET / host=a.example:0081",
            Some("r"),
        ),
        (&["r hosts=a.example:81"], "GET / host=a.example", None),
        (&["r hosts=a.example:81"], "GET / host=a.example:82", None),
        (
            &["r hosts=a.example:8000"],
            "GET / host=a.example",
            Some("r"),
        ),
        (&["r hosts=a.example:8000"], "GET / host=a.example:81", None),
        (
            &["r hosts=a.example:8000"],
            "GET / host=a.example:99999",
            None,
        ),
        (&["r hosts=[::1]:80"], "GET / host=[::1]:80", Some("r")),
    ]);
}

/// 2.3, row `hosts`.
#[test]
fn hosts() {
    let suffix: &[&str] = &["r hosts=*.a.example"];
    let prefix: &[&str] = &["r hosts=a.*"];
    check(&[
        (&["r hosts=A.example"], "GET / host=A.example", Some("r")),
        (&["r hosts=A.example"], "GET / host=a.example", None),
        (&["r hosts=a.example"], "GET / host=A.example", None),
        (
            &["r hosts=b.example,a.example"],
            "GET / host=a.example",
            Some("r"),
        ),
        (&["r hosts=a.example"], "GET /", None),
        (suffix, "GET / host=x.a.example", Some("r")),
        (suffix, "GET / host=x.y.a.example:81", Some("r")),
        (suffix, "GET / host=a.example", None),
        (suffix, "GET / host=xa.example", None),
        (suffix, "GET / host=x.a.example.org", None),
        (prefix, "GET / host=a.example", Some("r")),
        (prefix, "GET / host=a.b.example", Some("r")),
        (prefix, "GET / host=a", None),
        (prefix, "GET / host=x.a.example", None),
        (
            &["r hosts=*.a.example:81"],
            "GET / host=x.a.example:81",
            Some("r"),
        ),
        (&["r hosts=*.a.example:81"], "GET / host=x.a.example", None),
        (&["r hosts=a.*:81"], "GET / host=a.example:81", Some("r")),
    ]);
}

/// 2.3, row `methods`.
#[test]
fn methods() {
    check(&[
        (&["r methods=POST,GET"], "GET /", Some("r")),
        (&["r methods=POST"], "GET /", None),
        (&["r methods=POST"], "post /", None),
        (&["r methods=PURGE"], "PURGE /", Some("r")),
    ]);
}

/// 2.3, row `headers`.
#[test]
fn headers() {
    let one: &[&str] = &["r x-a:one"];
    let regex: &[&str] = &["r x-a:~*o[mn]e"];
    let two: &[&str] = &["r x-a:one x-b:two"];
    check(&[
        (one, "GET / x-a:one", Some("r")),
        (one, "GET / x-a:ONE", Some("r")),
        (&["r x-a:One"], "GET / x-a:one", Some("r")),
        (one, "GET / x-a:two", None),
        (one, "GET /", None),
        (&["r x-a:one|two"], "GET / x-a:two", Some("r")),
        (two, "GET / x-a:one x-b:two", Some("r")),
        (two, "GET / x-a:one", None),
        (one, "GET / x-a:two x-a:one", Some("r")),
        (one, "GET / x-a:one,two", None),
        (one, "GET / x_a:one", Some("r")),
        (one, "GET / x_a:one x-a:two", Some("r")),
        (regex, "GET / x-a:someone", Some("r")),
        (regex, "GET / x-a:ONE", Some("r")),
        (regex, "GET / x-a:on", None),
        (&["r x-a:one|~*^t"], "GET / x-a:two", Some("r")),
        // Lower-cased, `\D` is `\d`.
        (&[r"r x-a:~*^\D$"], "GET / x-a:1", Some("r")),
        (&[r"r x-a:~*^\D$"], "GET / x-a:a", None),
    ]);
}

/// 2.3, below the table: a header that routes ask for and that is no UTF-8 fits no route at all.
#[test]
fn headers_that_are_no_text() {
    let routes: &[&str] = &["header x-a:one", "any paths=/"];
    check(&[
        (routes, "GET / x-a:two", Some("any")),
        (routes, r"GET / x-a:\xff", None),
        (routes, r"GET / x_a:\xff", None),
        (routes, r"GET / x-b:\xff", Some("any")),
    ]);
}

/// 2.3, row `snis`.
#[test]
fn snis() {
    check(&[
        (&["r snis=a.example"], "GET / sni=a.example", Some("r")),
        (&["r snis=a.example"], "GET / sni=b.example", None),
        (&["r snis=a.example"], "GET / sni=", None),
        (&["r snis=a.example"], "GET /", Some("r")),
        (&["r snis=*.a.example"], "GET / sni=x.a.example", Some("r")),
        (&["r snis=*.a.example"], "GET / sni=a.example", None),
        (&["r snis=a.*"], "GET / sni=a.example", Some("r")),
    ]);
}

/// 2.3, row `paths (prefix)`.
#[test]
fn prefixes() {
    check(&[
        (&["r paths=/foo"], "GET /foo", Some("r")),
        (&["r paths=/foo"], "GET /foobar", Some("r")),
        (&["r paths=/foo"], "GET /foo/bar", Some("r")),
        (&["r paths=/foo"], "GET /fo", None),
        (&["r paths=/foo"], "GET /Foo", None),
        (&["r paths=/foo/"], "GET /foo", None),
        (&["r paths=/b,/foo"], "GET /foo", Some("r")),
        (&["r paths=/foo"], "GET /bar/foo", None),
    ]);
}

/// 2.3: within a field any value, all fields that are there; none that is empty.
#[test]
fn fields_together() {
    let all: &[&str] = &["r methods=GET hosts=a.example x-a:one paths=/a,~/b"];
    check(&[
        (all, "GET /a host=a.example x-a:one", Some("r")),
        (all, "GET /b host=a.example x-a:one", Some("r")),
        (all, "PUT /a host=a.example x-a:one", None),
        (all, "GET /a host=b.example x-a:one", None),
        (all, "GET /a host=a.example x-a:two", None),
        (all, "GET /c host=a.example x-a:one", None),
        (&[], "GET /", None),
    ]);
}
