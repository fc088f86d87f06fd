use super::{check_host, parse, parse_service};

fn parts(text: &str) -> (bool, String, u16, String) {
    let url = parse(text).unwrap();
    (
        url.origin.tls,
        url.origin.host.to_string(),
        url.origin.port,
        url.path,
    )
}

#[test]
fn scheme_gives_the_port_and_an_empty_path_is_a_slash() {
    let expected = |tls: bool, host: &str, port: u16, path: &str| {
        (tls, host.to_owned(), port, path.to_owned())
    };
    assert_eq!(
        parts("https://api.example.com"),
        expected(true, "api.example.com", 443, "/")
    );
    assert_eq!(
        parts("http://API.Example.com/v1/chat"),
        expected(false, "api.example.com", 80, "/v1/chat")
    );
    assert_eq!(
        parts("http://10.0.0.1:11434/api/"),
        expected(false, "10.0.0.1", 11434, "/api/")
    );
    assert_eq!(
        parts("HTTPS://[::1]:8443/x"),
        expected(true, "::1", 8443, "/x")
    );
}

#[test]
fn what_is_no_upstream_url_is_told() {
    for (text, told) in [
        ("api.example.com/v1", "missing scheme in url"),
        ("ftp://example.com", "another scheme is not served"),
        ("https:///v1", "missing host in url"),
        ("https://:443/v1", "missing host in url"),
        ("https://user:fake@example.com", "credentials in a URL"),
        (
            "https://example.com/v1?x=1",
            "a query in a URL is not served yet",
        ),
        ("https://example.com/#x", "a fragment in a URL"),
        ("https://example.com/a b", "' ' in a URL"),
        ("https://exam ple.com/", "' ' is not allowed in a host"),
        (
            "https://example.com:0/",
            "what follows the host's ':' is no port of 1 to 65535",
        ),
        (
            "https://example.com:70000/",
            "what follows the host's ':' is no port of 1 to 65535",
        ),
        ("https://[::1/", "'[' without ']'"),
    ] {
        let message = parse(text).unwrap_err();
        assert!(message.starts_with(told), "{text}: {message}");
    }
}

/// Kong's `url` shorthand.
#[test]
fn a_service_url_infers_its_scheme_and_drops_user_and_query() {
    for (text, tls, port) in [
        ("https://example.com", true, 443),
        ("http://example.com", false, 80),
        ("example.com:443/x", true, 443),
        ("example.com:8080", false, 8080),
        ("https://me:fake@example.com/x?y=1", true, 443),
    ] {
        let origin = parse_service(text).unwrap().origin;
        assert_eq!(
            (&*origin.host, origin.tls, origin.port),
            ("example.com", tls, port),
            "{text}"
        );
    }
}

#[test]
fn a_host_alone_has_no_port() {
    assert_eq!(check_host("example.com"), Ok(()));
    assert_eq!(
        check_host("example.com:80"),
        Err("must not have a port, found 'example.com:80'".to_owned())
    );
}
