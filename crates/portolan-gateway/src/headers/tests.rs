use http::{HeaderMap, HeaderName, HeaderValue};

use super::{proxied, to_client, to_upstream};

fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect()
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

/// RFC 9110 7.6.1: what `Connection` names goes no further.
#[test]
fn hop_by_hop_headers_stay_behind() {
    let client = map(&[
        ("connection", "keep-alive, X-Mine"),
        ("x-mine", "1"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("host", "gateway"),
        ("accept-encoding", "gzip"),
        ("openai-beta", "assistants=v2"),
    ]);
    assert_eq!(names(&to_upstream(&client, false)), ["openai-beta"]);
}

#[test]
fn the_clients_credentials_go_on_only_where_the_target_has_none() {
    let client = map(&[("authorization", "Bearer FAKE"), ("cookie", "a=b")]);
    assert!(to_upstream(&client, true).is_empty());
    assert_eq!(to_upstream(&client, false).len(), 2);
}

#[test]
fn an_answer_loses_what_is_the_providers_own() {
    let mut headers = map(&[
        ("content-length", "10"),
        ("set-cookie", "a=b"),
        ("alt-svc", "h3=\":443\""),
        ("connection", "close, x-hop"),
        ("x-hop", "1"),
        ("x-ratelimit-remaining-tokens", "5"),
        ("server", "cloudflare"),
        ("via", "1.1 google"),
    ]);
    to_client(&mut headers);
    proxied(&mut headers, 12, 3);
    assert_eq!(
        names(&headers),
        [
            "server",
            "via",
            "x-kong-proxy-latency",
            "x-kong-upstream-latency",
            "x-ratelimit-remaining-tokens",
        ]
    );
    assert_eq!(headers["server"], "cloudflare");
    let via = format!("1.1 google, 1.1 portolan/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers["via"], via.as_str());
}
