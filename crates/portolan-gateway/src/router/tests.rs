use std::sync::Arc;

use http::{HeaderMap, Method};
use portolan_config::{
    compiled::{PathPattern, Protocols, Route},
    pattern::Pattern,
};

use super::{Asked, Matched, Router, path::normalise};

fn route(name: &str, methods: &[&str], paths: &[&str]) -> (Arc<Route>, Arc<String>) {
    let route = Route {
        id: name.to_owned(),
        name: Some(name.to_owned()),
        protocols: Protocols {
            http: true,
            https: true,
        },
        methods: methods.iter().map(ToString::to_string).collect(),
        hosts: Vec::new(),
        headers: Vec::new(),
        paths: paths
            .iter()
            .map(|path| match path.strip_prefix('~') {
                Some(regex) => PathPattern::Regex(Pattern::parse(regex).unwrap()),
                None => PathPattern::Prefix((*path).to_owned()),
            })
            .collect(),
        snis: Vec::new(),
        regex_priority: 0,
        https_redirect_status: 426,
        strip_path: true,
        preserve_host: false,
        request_buffering: true,
        service: None,
        plugins: Vec::new(),
    };
    (Arc::new(route), Arc::new(name.to_owned()))
}

fn matched(router: &Router<String>, method: &str, path: &str) -> Option<Matched<String>> {
    router.find(&Asked {
        method: &method.parse::<Method>().unwrap(),
        path: &normalise(path)?,
        host: None,
        headers: &HeaderMap::new(),
        port: 8000,
        tls: false,
        sni: None,
    })
}

fn find(router: &Router<String>, method: &str, path: &str) -> Option<String> {
    matched(router, method, path).map(|matched| matched.route.to_string())
}

/// `kong-core.md` 2.4: a regular expression outranks a prefix even when the prefix route constrains more fields;
/// then the number of fields, then the prefix's length.
#[test]
fn kong_precedence() {
    let router = Router::new([
        route("short", &[], &["/a"]),
        route("long", &[], &["/a/b"]),
        route("post", &["POST"], &["/a"]),
        route("regex", &[], &["~/a/b/c$"]),
    ]);
    assert_eq!(find(&router, "POST", "/a/b/c").as_deref(), Some("regex"));
    assert_eq!(find(&router, "POST", "/a/b").as_deref(), Some("post"));
    assert_eq!(find(&router, "GET", "/a/b/d").as_deref(), Some("long"));
    assert_eq!(find(&router, "GET", "/ab").as_deref(), Some("short"));
    assert_eq!(find(&router, "GET", "/b"), None);
}

#[test]
fn of_equals_the_first_in_the_file_wins() {
    let router = Router::new([route("one", &[], &["/a"]), route("two", &[], &["/a"])]);
    assert_eq!(find(&router, "GET", "/a").as_deref(), Some("one"));
}

#[test]
fn captures_by_name_and_number_are_decoded_once() {
    let router = Router::new([route("r", &[], &["~/(?<model>[^#?/]+)/chat/completions$"])]);
    let matched = matched(&router, "POST", "/org%2Fgpt%204o%2541/chat/completions").unwrap();
    let captures = matched.captures.unwrap();
    assert_eq!(captures.get("model").unwrap(), "org/gpt 4o%41");
    assert_eq!(captures.get("1").unwrap(), "org/gpt 4o%41");
    assert_eq!(captures.get("other"), None);
    assert_eq!(captures.get("2"), None);
}

/// `kong-core.md` 2.2.
#[test]
fn paths_are_normalised_before_matching() {
    for (raw, normal) in [
        ("/a/b", "/a/b"),
        ("/a//b", "/a/b"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/%2e%2e/b", "/b"),
        ("/a/..", "/"),
        ("/a/b/.", "/a/b/"),
        ("/a/", "/a/"),
        ("/../../a", "/a"),
        ("/%41%7e%20", "/A~ "),
        ("/a%2fb%3f", "/a%2Fb%3F"),
        ("/%zz%4", "/%zz%4"),
        ("/", "/"),
    ] {
        assert_eq!(normalise(raw).as_deref(), Some(normal), "{raw}");
    }
    assert_eq!(normalise("/%ff"), None);
}
