use portolan_config::compiled::plugin::CorsOrigin;

use super::*;

fn config(origins: &[&str]) -> Cors {
    let origin = |origin: &&str| CorsOrigin::parse(origin).unwrap();
    Cors {
        origins: origins.iter().map(origin).collect(),
        methods: vec!["GET".to_owned(), "POST".to_owned()],
        headers: Vec::new(),
        exposed_headers: Vec::new(),
        max_age: None,
        credentials: false,
        private_network: false,
        preflight_continue: false,
        allow_origin_absent: true,
    }
}

fn asked(headers: &[(&'static str, &'static str)]) -> HeaderMap {
    headers
        .iter()
        .map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

/// What becomes of an upstream's answer that has these headers.
fn edited(config: &Cors, origin: Option<&'static str>, answer: &mut HeaderMap) {
    let asked = match origin {
        Some(origin) => asked(&[("origin", origin)]),
        None => HeaderMap::new(),
    };
    let mut edits = Vec::new();
    Step::new(config).unwrap().edit(&asked, &mut edits);
    for edit in &edits {
        edit.apply(answer);
    }
}

fn allow_origin(config: &Cors, origin: Option<&'static str>) -> (Option<String>, Option<String>) {
    let mut answer = HeaderMap::new();
    edited(config, origin, &mut answer);
    let text = |name: HeaderName| {
        let value = answer.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    (text(ACCESS_CONTROL_ALLOW_ORIGIN), text(VARY))
}

/// `kong-core.md` 5.5, the paragraph on `Access-Control-Allow-Origin`.
#[test]
fn origins_decide_which_origin_is_allowed() {
    let a = Some("https://a.test");
    for (origins, origin, allowed, varies) in [
        (&[] as &[&str], a, Some("*"), false),
        (&["*"], a, Some("*"), false),
        (&["*"], None, Some("*"), false),
        // One plain origin is told to everybody.
        (&["https://b.test"], a, Some("https://b.test"), true),
        (&["https://b.test"], None, Some("https://b.test"), true),
        (&["https://a.test", "https://b.test"], a, a, true),
        (&["https://a.test:443", "https://b.test"], a, a, true),
        (
            &["https://a.test", "https://b.test"],
            Some("https://a.test:443"),
            a,
            true,
        ),
        (&["https://b.test", "https://c.test"], a, None, true),
        (&["https://a.test", "https://b.test"], None, None, true),
        (&["http://a.test", "https://b.test"], a, None, true),
        // Without a scheme it is no origin.
        (&["a.test", "b.test"], a, None, true),
        // Regexes have to match all of it: of the host where they have no colon.
        (&["(.*\\.)?a\\.test"], a, a, true),
        (
            &["(.*\\.)?a\\.test"],
            Some("https://x.a.test:8443"),
            Some("https://x.a.test:8443"),
            true,
        ),
        (
            &["(.*\\.)?a\\.test"],
            Some("https://a.test.evil"),
            None,
            true,
        ),
        (
            &["(.*\\.)?a\\.test"],
            Some("https://not-a.test"),
            None,
            true,
        ),
        (&["https://(a|b)\\.test"], a, a, true),
        (&["https://(a|b)\\.test"], Some("http://a.test"), None, true),
        (&["https://a\\.tes"], a, None, true),
        // In a longer list it lets everybody in.
        (&["https://b.test", "*"], a, Some("*"), true),
        (&["https://b.test", "*"], None, None, true),
    ] {
        let expected = (
            allowed.map(str::to_owned),
            varies.then(|| "Origin".to_owned()),
        );
        let found = allow_origin(&config(origins), origin);
        assert_eq!(found, expected, "{origins:?} {origin:?}");
    }
}

#[test]
fn with_credentials_any_origin_is_told_by_name() {
    let mut cors = config(&["*"]);
    cors.credentials = true;
    let mut answer = HeaderMap::new();
    edited(&cors, Some("https://a.test"), &mut answer);
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.test");
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    assert_eq!(answer[VARY], "Origin");

    // Nobody to name: no credentials either.
    let mut answer = HeaderMap::new();
    edited(&cors, None, &mut answer);
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(answer.get(ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    assert_eq!(answer[VARY], "Origin");

    let mut cors = config(&["https://b.test"]);
    cors.credentials = true;
    let mut answer = HeaderMap::new();
    edited(&cors, Some("https://a.test"), &mut answer);
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://b.test");
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
}

#[test]
fn an_upstreams_own_headers_give_way_and_its_vary_stays() {
    let mut cors = config(&["https://b.test", "https://c.test"]);
    cors.exposed_headers = vec!["X-One".to_owned(), "X-Two".to_owned()];
    let mut answer = asked(&[
        ("access-control-allow-origin", "*"),
        ("vary", "Accept-Encoding"),
        ("access-control-expose-headers", "X-Other"),
    ]);
    edited(&cors, Some("https://a.test"), &mut answer);
    assert_eq!(answer.get(ACCESS_CONTROL_ALLOW_ORIGIN), None);
    let vary: Vec<&HeaderValue> = answer.get_all(VARY).iter().collect();
    assert_eq!(vary, ["Accept-Encoding", "Origin"]);
    assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "X-One,X-Two");
}

#[test]
fn without_an_origin_nothing_is_added_where_the_file_says_so() {
    let mut cors = config(&["*"]);
    cors.allow_origin_absent = false;
    assert_eq!(allow_origin(&cors, None), (None, None));
    let (origin, _) = allow_origin(&cors, Some("https://a.test"));
    assert_eq!(origin.as_deref(), Some("*"));
}

#[test]
fn a_preflight_is_told_what_it_may() {
    let preflight = asked(&[
        ("origin", "https://a.test"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-a, x-b"),
        ("access-control-request-private-network", "true"),
    ]);
    let expected = asked(&[
        ("access-control-allow-origin", "*"),
        ("access-control-allow-headers", "x-a, x-b"),
        ("access-control-allow-methods", "GET,POST"),
    ]);
    let plain = Step::new(&config(&[])).unwrap();
    assert_eq!(plain.preflight(&preflight), expected);

    let mut cors = config(&["https://a.test", "https://b.test"]);
    cors.headers = vec!["X-Own".to_owned(), "X-Too".to_owned()];
    cors.max_age = Some("600".to_owned());
    cors.private_network = true;
    cors.credentials = true;
    let expected = asked(&[
        ("access-control-allow-origin", "https://a.test"),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "X-Own,X-Too"),
        ("access-control-allow-methods", "GET,POST"),
        ("access-control-max-age", "600"),
        ("access-control-allow-private-network", "true"),
    ]);
    let full = Step::new(&cors).unwrap();
    assert_eq!(full.preflight(&preflight), expected);

    // Nobody asked for the private network, nor for headers.
    let preflight = asked(&[
        ("origin", "https://a.test"),
        ("access-control-request-method", "POST"),
    ]);
    let headers = full.preflight(&preflight);
    assert_eq!(headers.get(ALLOW_PRIVATE_NETWORK), None);
    assert_eq!(
        plain
            .preflight(&preflight)
            .get(ACCESS_CONTROL_ALLOW_HEADERS),
        None
    );
}

#[test]
fn a_preflight_is_options_with_an_origin_and_a_method() {
    for (method, headers, expected) in [
        (
            "OPTIONS",
            &[
                ("origin", "null"),
                ("access-control-request-method", "POST"),
            ][..],
            true,
        ),
        (
            "POST",
            &[
                ("origin", "null"),
                ("access-control-request-method", "POST"),
            ],
            false,
        ),
        ("OPTIONS", &[("origin", "null")], false),
        (
            "OPTIONS",
            &[("access-control-request-method", "POST")],
            false,
        ),
    ] {
        let mut request = http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(is_preflight(&head), expected, "{method} {headers:?}");
    }
}
