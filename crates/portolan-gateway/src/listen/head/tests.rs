use http::Request;

use super::*;

fn head(version: Version, target: &str, hosts: &[&str]) -> Parts {
    let mut request = Request::builder().version(version).uri(target);
    for host in hosts {
        request = request.header(header::HOST, *host);
    }
    request.body(()).unwrap().into_parts().0
}

/// What is left of the head: its host and URI; none: it is malformed.
fn settled(version: Version, target: &str, hosts: &[&str]) -> Option<(Option<String>, String)> {
    let mut head = head(version, target, hosts);
    match fit(&mut head, &Bounds::default()) {
        Ok(()) => Some((host(&head).map(str::to_owned), head.uri.to_string())),
        Err(kind) => {
            assert_eq!(kind, Kind::Malformed, "{target} {hosts:?}");
            None
        }
    }
}

/// RFC 9112, 3.2, and RFC 9113, 8.3.1.
#[test]
fn a_request_is_for_one_host() {
    let (old, one, two) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
    for (version, target, hosts, expected) in [
        (one, "/a?b", &["a.test"][..], Some((Some("a.test"), "/a?b"))),
        (
            one,
            "/",
            &["A.test:8000"][..],
            Some((Some("A.test:8000"), "/")),
        ),
        (one, "/", &[][..], None),
        (old, "/", &[][..], Some((None, "/"))),
        (one, "/", &["a.test", "a.test"][..], None),
        (old, "/", &["a.test", "b.test"][..], None),
        (
            one,
            "http://b.test:81/a?b",
            &["a.test"][..],
            Some((Some("b.test:81"), "/a?b")),
        ),
        (
            one,
            "http://b.test",
            &["a.test"][..],
            Some((Some("b.test"), "/")),
        ),
        (one, "http://b.test/", &[][..], None),
        (one, "http://user@b.test/", &["b.test"][..], None),
        (one, "b.test:80", &["b.test"][..], None),
        (
            two,
            "https://c.test/a",
            &[][..],
            Some((Some("c.test"), "/a")),
        ),
        (
            two,
            "https://c.test/a",
            &["C.test"][..],
            Some((Some("c.test"), "/a")),
        ),
        (two, "https://c.test/a", &["d.test"][..], None),
        (two, "/a", &["c.test"][..], Some((Some("c.test"), "/a"))),
        (two, "/a", &[][..], None),
        // nginx takes no `*`, and reads a host alone as `/`.
        (one, "*", &["a.test"][..], None),
        (
            one,
            "http://b.test?c",
            &["a.test"][..],
            Some((Some("b.test"), "/?c")),
        ),
        (
            one,
            "http://b.test#c",
            &["a.test"][..],
            Some((Some("b.test"), "/")),
        ),
        (
            two,
            "https://c.test?d",
            &[][..],
            Some((Some("c.test"), "/?d")),
        ),
    ] {
        let settled = settled(version, target, hosts);
        let settled = settled
            .as_ref()
            .map(|(host, uri)| (host.as_deref(), uri.as_str()));
        assert_eq!(settled, expected, "{version:?} {target} {hosts:?}");
    }
}

/// RFC 3986, 3.2.2.
#[test]
fn a_host_is_a_name_or_an_address() {
    for host in [
        "a",
        "a.test",
        "under_score.test",
        "192.0.2.1",
        "192.0.2.1:65535",
        "[2001:db8::1]",
        "[::1]:8000",
        "a.test:",
        "%41.test",
    ] {
        assert!(is_host(host.as_bytes()), "{host}");
    }
    for host in [
        "", ":80", "a b", "a/b", "a@b", "a\\b", "a?b", "a:80:80", "a:port", "a:123456", "[::1",
        "[a]", "[::1]a", "::1", "a,b c", "\u{e4}",
    ] {
        assert!(!is_host(host.as_bytes()), "{host}");
    }
}

#[test]
fn what_is_past_a_bound_is_refused_by_its_kind() {
    let bounds = Bounds {
        headers: 3,
        uri_bytes: 4,
        body_bytes: Some(5),
        ..Bounds::default()
    };
    let refused = |change: &dyn Fn(&mut Parts)| {
        let mut head = head(Version::HTTP_11, "/abc", &["a.test"]);
        change(&mut head);
        fit(&mut head, &bounds).err()
    };
    let five = HeaderValue::from(5);
    let six = HeaderValue::from(6);
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(
        refused(&|head| head.uri = Uri::from_static("/a?bc")),
        Some(Kind::UriTooLong)
    );
    assert_eq!(
        refused(&|head| {
            for name in ["x", "y", "z"] {
                head.headers.insert(name, five.clone());
            }
        }),
        Some(Kind::HeadTooLarge)
    );
    let announced = |length: &HeaderValue| {
        refused(&|head| {
            head.headers.insert(header::CONTENT_LENGTH, length.clone());
        })
    };
    assert_eq!(announced(&five), None);
    assert_eq!(announced(&six), Some(Kind::BodyTooLarge));
}

/// RFC 9113, 8.3.1: a path is never missing.
#[test]
fn a_target_without_a_path_is_none() {
    let mut head = head(Version::HTTP_2, "/", &["a.test"]);
    head.uri = Uri::from_parts(http::uri::Parts::default()).unwrap();
    assert_eq!(fit(&mut head, &Bounds::default()), Err(Kind::Malformed));
}

/// nginx: 501 for any coding but `chunked`.
#[test]
fn no_coding_but_chunked_is_taken() {
    for (lines, taken) in [
        (&["chunked"][..], true),
        (&[" Chunked "][..], true),
        (&["gzip, chunked"][..], false),
        (&["chunked, chunked"][..], false),
        (&["gzip", "chunked"][..], false),
        (&["identity"][..], false),
    ] {
        let mut head = head(Version::HTTP_11, "/", &["a.test"]);
        for line in lines {
            let line = HeaderValue::from_static(line);
            head.headers.append(header::TRANSFER_ENCODING, line);
        }
        let fit = fit(&mut head, &Bounds::default());
        let expected = if taken {
            Ok(())
        } else {
            Err(Kind::NotImplemented)
        };
        assert_eq!(fit, expected, "{lines:?}");
    }
}
