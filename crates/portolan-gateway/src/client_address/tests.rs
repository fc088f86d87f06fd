use http::HeaderValue;

use super::*;
use crate::listen::Tally;

const PROXY: &str = "10.0.0.1:4711";

fn trusting(header: &str, recursive: bool) -> Trusted {
    Trusted {
        ranges: vec![
            Trusted::range("10.0.0.0/8").unwrap(),
            Trusted::range("2001:db8::1").unwrap(),
        ],
        header: header.parse().unwrap(),
        recursive,
    }
}

fn connection(peer: &str, client: &str) -> Connection {
    Connection {
        peer: peer.parse().unwrap(),
        client: client.parse().unwrap(),
        local: SocketAddr::from(([127, 0, 0, 1], 8000)),
        tls: None,
        tally: Tally::next(),
    }
}

fn map(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

/// nginx's `ngx_http_realip_module`, and `kong-core.md` 3.6.
#[test]
fn the_address_is_the_last_that_a_trusted_peer_says() {
    let one = trusting("X-Real-IP", false);
    let list = trusting("X-Forwarded-For", false);
    let deep = trusting("X-Forwarded-For", true);
    for (trusted, peer, lines, client) in [
        // Nobody is trusted by default, and no stranger ever.
        (
            &Trusted::default(),
            PROXY,
            &[("x-real-ip", "192.0.2.1")][..],
            "10.0.0.1",
        ),
        (
            &one,
            "198.51.100.1:1",
            &[("x-real-ip", "192.0.2.1")][..],
            "198.51.100.1",
        ),
        (&one, PROXY, &[("x-real-ip", "192.0.2.1")][..], "192.0.2.1"),
        (
            &one,
            "[2001:db8::1]:1",
            &[("x-real-ip", "192.0.2.1")][..],
            "192.0.2.1",
        ),
        // A socket for both families.
        (
            &one,
            "[::ffff:10.0.0.1]:1",
            &[("x-real-ip", "192.0.2.1")][..],
            "192.0.2.1",
        ),
        (
            &one,
            PROXY,
            &[("x-real-ip", "192.0.2.1:80")][..],
            "192.0.2.1",
        ),
        (
            &one,
            PROXY,
            &[("x-real-ip", "[2001:db8::2]:80")][..],
            "2001:db8::2",
        ),
        (
            &one,
            PROXY,
            &[("x-real-ip", "[2001:db8::2]")][..],
            "2001:db8::2",
        ),
        (
            &one,
            PROXY,
            &[("x-real-ip", "2001:db8::2")][..],
            "2001:db8::2",
        ),
        // Another header is no word of it.
        (
            &one,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1")][..],
            "10.0.0.1",
        ),
        (&one, PROXY, &[("x-real-ip", "unknown")][..], "10.0.0.1"),
        (&one, PROXY, &[("x-real-ip", "")][..], "10.0.0.1"),
        (
            &list,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1, 192.0.2.2")][..],
            "192.0.2.2",
        ),
        (
            &list,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1,10.9.9.9 , ")][..],
            "10.9.9.9",
        ),
        (
            &deep,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1,10.9.9.9")][..],
            "192.0.2.1",
        ),
        (
            &deep,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1, 192.0.2.2, 10.9.9.9")][..],
            "192.0.2.2",
        ),
        // All are trusted: the first.
        (
            &deep,
            PROXY,
            &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")][..],
            "10.0.0.3",
        ),
        // What is before a word that is no address cannot be believed.
        (
            &deep,
            PROXY,
            &[("x-forwarded-for", "192.0.2.1, oops, 10.0.0.2")][..],
            "10.0.0.2",
        ),
        (
            &deep,
            PROXY,
            &[
                ("x-forwarded-for", "192.0.2.1"),
                ("x-forwarded-for", "10.0.0.2"),
            ][..],
            "192.0.2.1",
        ),
    ] {
        let found = resolve(&connection(peer, peer), &map(lines), trusted);
        assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
    }
}

/// What a client writes before it hides nobody.
#[test]
fn the_last_address_counts_whatever_stands_before_it() {
    for recursive in [false, true] {
        let trusted = trusting("X-Forwarded-For", recursive);
        let mut headers = HeaderMap::new();
        let line = HeaderValue::from_bytes(b"\xff, 192.0.2.1").unwrap();
        headers.append("x-forwarded-for", line);
        let found = resolve(&connection(PROXY, PROXY), &headers, &trusted);
        assert_eq!(found, IpAddr::from([192, 0, 2, 1]), "{recursive}");
    }
}

/// Whom the PROXY protocol names is the client, whatever a header says, where that is how it is to be named.
#[test]
fn the_proxy_protocol_may_be_all_that_names_the_client() {
    let headers = map(&[("x-real-ip", "192.0.2.9")]);
    for (named_by, client) in [("proxy_protocol", "192.0.2.1"), ("X-Real-IP", "192.0.2.9")] {
        let trusted = trusting(named_by, false);
        let found = resolve(&connection(PROXY, "192.0.2.1:999"), &headers, &trusted);
        assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{named_by}");
    }
}

/// Of any peer while no proxy is named, and then of those alone.
#[test]
fn a_proxy_header_is_believed_of_trusted_peers() {
    let stranger = "198.51.100.1".parse().unwrap();
    assert!(Trusted::default().believes(stranger));
    let trusted = trusting("X-Real-IP", false);
    assert!(!trusted.believes(stranger));
    assert!(trusted.believes(PROXY.parse::<SocketAddr>().unwrap().ip()));
}

#[test]
fn what_is_typed_is_a_range_or_an_address() {
    for (typed, range) in [
        ("10.0.0.0/8", "10.0.0.0/8"),
        (" 192.0.2.1 ", "192.0.2.1/32"),
        ("::/0", "::/0"),
        ("2001:db8::1", "2001:db8::1/128"),
    ] {
        assert_eq!(Trusted::range(typed).unwrap().to_string(), range);
    }
    for typed in ["", "unix:", "10.0.0.0/33", "example.com"] {
        assert!(Trusted::range(typed).is_err(), "{typed}");
    }
    let named: RealIpHeader = "CF-Connecting-IP".parse().unwrap();
    let name = HeaderName::from_static("cf-connecting-ip");
    assert_eq!(named, RealIpHeader::Header(name));
    assert!("a b".parse::<RealIpHeader>().is_err());
}

/// nginx's `$host`: the request line's before the header's.
#[test]
fn the_host_is_bare_and_in_lower_case() {
    for (uri, header, expected) in [
        ("/", Some("Example.COM:8000"), Some("example.com")),
        ("/", Some("[::1]:8000"), Some("[::1]")),
        ("/", Some("[::1]"), Some("[::1]")),
        ("http://One.test:81/x", Some("two.test"), Some("one.test")),
        ("/", Some(""), None),
        ("/", None, None),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(header::HOST, HeaderValue::from_static(header));
        }
        let uri: Uri = uri.parse().unwrap();
        assert_eq!(
            host(&uri, &headers).as_deref(),
            expected,
            "{uri} {header:?}"
        );
    }
}
