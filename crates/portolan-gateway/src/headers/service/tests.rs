use super::*;

const ID: &str = "5f6f2b7c0f2f1d0a9d3c5e1b7a8f9e01";
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn map(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

/// As `name: value`, sorted.
fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort_unstable();
    lines
}

fn plain(uri: &Uri) -> Came<'_> {
    Came {
        id: ID,
        version: Version::HTTP_11,
        uri,
        client: "192.0.2.1".parse().unwrap(),
        peer: "192.0.2.1".parse().unwrap(),
        tls: false,
        port: 8000,
        trusted: false,
    }
}

fn to(prefix: Option<&str>) -> Forwarding<'_> {
    Forwarding {
        host: HeaderValue::from_static("service.test:81"),
        prefix,
        websocket: false,
    }
}

fn forwarded(
    client: &[(&'static str, &'static str)],
    came: &Came<'_>,
    to: &Forwarding<'_>,
) -> HeaderMap {
    let mut headers = map(client);
    forward(&mut headers, came, to);
    headers
}

/// `kong-core.md` 3.6, for a client that says nothing of the kind.
#[test]
fn a_service_is_told_how_the_request_came() {
    let uri = Uri::from_static("/api/x%20y?q=1");
    let client = [
        ("host", "Gateway.TEST:8000"),
        ("accept", "*/*"),
        ("content-length", "5"),
        ("proxy-authorization", "Basic FAKE"),
    ];
    let via = format!("via: 1.1 portolan/{VERSION}");
    assert_eq!(
        lines(&forwarded(&client, &plain(&uri), &to(Some("/api")))),
        [
            "accept: */*",
            "connection: keep-alive",
            "content-length: 5",
            "host: service.test:81",
            "proxy-authorization: Basic FAKE",
            via.as_str(),
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-host: gateway.test",
            "x-forwarded-path: /api/x%20y",
            "x-forwarded-port: 8000",
            "x-forwarded-prefix: /api",
            "x-forwarded-proto: http",
            "x-kong-request-id: 5f6f2b7c0f2f1d0a9d3c5e1b7a8f9e01",
            "x-real-ip: 192.0.2.1",
        ]
    );
}

const SAID: [(&str, &str); 10] = [
    ("host", "gateway.test"),
    ("via", "1.0 far"),
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-for", "203.0.113.8, 203.0.113.9"),
    ("x-forwarded-host", "public.test:444"),
    ("x-forwarded-path", "/public"),
    ("x-forwarded-port", "444"),
    ("x-forwarded-prefix", "/edge"),
    ("x-forwarded-proto", "wss"),
    ("x-real-ip", "203.0.113.7"),
];

/// `kong-core.md` 3.6: what the client says counts where its peer is trusted; its list of addresses goes on in any case.
#[test]
fn only_a_trusted_peer_is_believed() {
    let uri = Uri::from_static("/x");
    let list = "203.0.113.7, 203.0.113.8, 203.0.113.9, 2001:db8:1:2:3:4:5:6";
    let came = |trusted: bool| Came {
        trusted,
        peer: "2001:db8:1:2:3:4:5:6".parse().unwrap(),
        client: "203.0.113.9".parse().unwrap(),
        tls: true,
        port: 8443,
        version: Version::HTTP_2,
        ..plain(&uri)
    };
    for (trusted, expected) in [
        (true, ["public.test:444", "/public", "444", "/edge", "wss"]),
        (false, ["gateway.test", "/x", "8443", "", "https"]),
    ] {
        let headers = forwarded(&SAID, &came(trusted), &to(None));
        let told = ["host", "path", "port", "prefix", "proto"].map(|name| {
            let value = headers.get(format!("x-forwarded-{name}"));
            value.map_or("", |value| value.to_str().unwrap())
        });
        assert_eq!(told, expected, "{trusted}");
        assert_eq!(headers["x-forwarded-for"], list);
        assert_eq!(headers.get_all("x-forwarded-for").iter().count(), 1);
        assert_eq!(headers["x-real-ip"], "203.0.113.9");
        let via = format!("1.0 far, 2 portolan/{VERSION}");
        assert_eq!(headers["via"], via.as_str());
    }
}

/// `kong-core.md` 3.6: only with `strip_path` and a prefix that is not `/`.
#[test]
fn the_prefix_is_what_was_stripped() {
    let uri = Uri::from_static("/x");
    let client = [("x-forwarded-prefix", "/forged")];
    for (prefix, expected) in [
        (None, None),
        (Some("/"), None),
        (Some("/api"), Some("/api".as_bytes())),
        (Some("/a b/é"), Some("/a b/é".as_bytes())),
        (Some("/a\nb"), None),
    ] {
        let headers = forwarded(&client, &plain(&uri), &to(prefix));
        let told = headers.get("x-forwarded-prefix").map(HeaderValue::as_bytes);
        assert_eq!(told, expected, "{prefix:?}");
    }
}

/// `kong-core.md` 3.6: what is of the client's own connection, and what its `Connection` names.
#[test]
fn a_clients_connection_is_not_the_services() {
    let uri = Uri::from_static("/x");
    let client = [
        ("connection", "close, X-Mine, Upgrade, TE"),
        (
            "connection",
            "x-consumer-id, x-credential-identifier, Content-Length, host",
        ),
        ("x-mine", "1"),
        ("x-consumer-id", "c1"),
        ("x-credential-identifier", "k1"),
        ("content-length", "5"),
        ("host", "gateway.test"),
        ("te", "gzip, Trailers;q=0.5"),
        ("upgrade", "h2c"),
        ("keep-alive", "timeout=5"),
        ("proxy", "http://evil.test"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("expect", "100-continue"),
    ];
    let headers = forwarded(&client, &plain(&uri), &to(None));
    for gone in [
        "x-mine",
        "upgrade",
        "keep-alive",
        "proxy",
        "proxy-connection",
        "transfer-encoding",
        "expect",
    ] {
        assert_eq!(headers.get(gone), None, "{gone}");
    }
    assert_eq!(headers["connection"], "keep-alive");
    assert_eq!(headers["te"], "trailers");
    assert_eq!(headers["content-length"], "5");
    assert_eq!(headers["x-forwarded-host"], "gateway.test");
    // What the gateway says of its clients is not theirs to remove.
    assert_eq!(headers["x-consumer-id"], "c1");
    assert_eq!(headers["x-credential-identifier"], "k1");

    let upgrade = [
        ("connection", "Upgrade"),
        ("upgrade", "WebSocket"),
        ("te", "gzip"),
    ];
    let websocket = Forwarding {
        websocket: true,
        ..to(None)
    };
    let headers = forwarded(&upgrade, &plain(&uri), &websocket);
    assert_eq!(headers["connection"], "keep-alive, Upgrade");
    assert_eq!(headers["upgrade"], "websocket");
    assert_eq!(headers.get("te"), None);
}

/// RFC 9113 8.2.3.
#[test]
fn crumbs_of_a_cookie_are_put_together() {
    let uri = Uri::from_static("/x");
    let client = [("cookie", "a=b"), ("cookie", "c=d"), ("cookie", "e=f")];
    let came = Came {
        version: Version::HTTP_2,
        ..plain(&uri)
    };
    let headers = forwarded(&client, &came, &to(None));
    let cookies: Vec<_> = headers.get_all("cookie").iter().collect();
    assert_eq!(cookies, ["a=b; c=d; e=f"]);
}

/// `kong-core.md` 3.6, the answer's side.
#[test]
fn a_services_connection_is_not_the_clients() {
    let answer = [
        ("connection", "keep-alive, X-Hop"),
        ("x-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("trailer", "X-Sum"),
        ("status", "200 OK"),
        ("x-pad", "avoid browser bug"),
        ("x-accel-buffering", "no"),
        ("x-accel-redirect", "/internal"),
        ("server", "theirs"),
        ("date", "Tue, 01 Jul 2026 00:00:00 GMT"),
        ("set-cookie", "a=b"),
        ("set-cookie", "c=d"),
        ("content-length", "5"),
    ];
    let mut headers = map(&answer);
    to_client_plain(&mut headers, false, false);
    assert_eq!(
        lines(&headers),
        [
            "content-length: 5",
            "date: Tue, 01 Jul 2026 00:00:00 GMT",
            "server: theirs",
            "set-cookie: a=b",
            "set-cookie: c=d",
        ]
    );

    let mut headers = map(&[("trailer", "X-Sum"), ("upgrade", "h2c")]);
    to_client_plain(&mut headers, true, false);
    assert_eq!(lines(&headers), ["trailer: X-Sum"]);

    let mut headers = map(&[
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-accept", "FAKE"),
    ]);
    to_client_plain(&mut headers, false, true);
    let upgraded = [
        "connection: upgrade",
        "sec-websocket-accept: FAKE",
        "upgrade: websocket",
    ];
    assert_eq!(lines(&headers), upgraded);
}
