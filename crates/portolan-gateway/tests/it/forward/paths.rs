//! The path that a service is asked for: the table of `kong-core.md` 2.6, and what a path goes through.

use serde_json::{Value, json};

use super::{ask, service::echo};
use crate::harness::serve;

struct Row {
    /// The service's; empty: it has none.
    base: &'static str,
    /// The route's; empty: it has none.
    path: &'static str,
    strip: bool,
    asked: &'static str,
    expected: &'static str,
}

const fn row(
    base: &'static str,
    path: &'static str,
    strip: bool,
    asked: &'static str,
    expected: &'static str,
) -> Row {
    Row {
        base,
        path,
        strip,
        asked,
        expected,
    }
}

const ROWS: &[Row] = &[
    // The base ends with a slash, the path is stripped.
    row("", "/api", true, "/api", "/"),
    row("", "/api", true, "/api/", "/"),
    row("", "/api", true, "/api/x", "/x"),
    row("", "/api", true, "/apix", "/x"),
    row("/base/", "/api", true, "/api", "/base"),
    row("/base/", "/api/", true, "/api/", "/base/"),
    row("/base/", "/api", true, "/api/x", "/base/x"),
    row("/base/", "/api", true, "/apix", "/base/x"),
    // It is not.
    row("", "/api", false, "/api/x", "/api/x"),
    row("/base/", "/api", false, "/api", "/base/api"),
    row("/base/", "/", false, "/", "/base/"),
    // The base ends without one, the path is stripped.
    row("/base", "/api", true, "/api", "/base"),
    row("/base", "/api/", true, "/api/", "/base/"),
    row("/base", "/api", true, "/api/x", "/base/x"),
    row("/base", "/api", true, "/apix", "/base/x"),
    row("/base", "/", true, "/", "/base"),
    // It is not.
    row("/base", "/", false, "/", "/base"),
    row("/base", "/api", false, "/api/x", "/base/api/x"),
    // A route without paths has nothing to strip.
    row("", "", true, "/x", "/x"),
    row("/base", "", true, "/x", "/base/x"),
    // Of a regex, what it matched.
    row("", r"~/v\d", true, "/v1/x", "/x"),
    row("", r"~/v\d+/", true, "/v12/x", "/x"),
    row("/base", r"~/v\d$", true, "/v1", "/base"),
    row("", r"~/v\d", false, "/v1/x", "/v1/x"),
    // What is left begins with dots.
    row("/base", "/api", true, "/api../x", "/base/x"),
    // The query goes as it came, an empty one too.
    row("", "/api", true, "/api/x?a=%41&b=c+d", "/x?a=%41&b=c+d"),
    row("", "/api", true, "/api?", "/?"),
    row("/base", "/api", false, "/api?", "/base/api?"),
    // The path goes in its normal form: `kong-core.md` 2.2.
    row("", "/", false, "/a%62/../x//y%20z%2fq", "/x/y%20z%2Fq"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_asked_for_kongs_path() {
    let echo = echo().await;
    let services: Vec<Value> = ROWS
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let some = |path: &str| (!path.is_empty()).then(|| path.to_owned());
            let route = json!({
                "name": format!("r{number}"),
                "hosts": [format!("r{number}.test")],
                "paths": some(row.path).map(|path| [path]),
                "strip_path": row.strip,
            });
            json!({
                "name": format!("s{number}"),
                "host": "127.0.0.1",
                "port": echo.port(),
                "path": some(row.base),
                "routes": [route],
            })
        })
        .collect();
    let served = serve(&json!({ "_format_version": "3.0", "services": services }));
    for (number, row) in ROWS.iter().enumerate() {
        let head = format!("GET {} HTTP/1.1\r\nhost: r{number}.test\r\n\r\n", row.asked);
        let answer = ask(served.address, &head).await;
        assert_eq!(answer.status, 200, "{number}");
        let line = answer.text().lines().next().unwrap();
        assert_eq!(line, format!("GET {} HTTP/1.1", row.expected), "{number}");
    }
    let lines = served.settled();
    assert_eq!(lines[0]["upstream_uri"], "/");
    assert_eq!(lines[25]["upstream_uri"], "/x?a=%41&b=c+d");
}
