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

/// The operator's clients are not the provider's business.
#[test]
fn who_the_client_is_stays_behind() {
    let client = map(&[
        ("x-consumer-id", "1"),
        ("x-consumer-username", "ada"),
        ("x-consumer-groups", "staff"),
        ("x-credential-identifier", "2"),
        ("x-anonymous-consumer", "true"),
        ("x-authenticated-groups", "staff"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("via", "1.1 edge"),
        ("kong-request-id", "3"),
        ("x-correlation-id", "4"),
    ]);
    let kept = ["kong-request-id", "x-correlation-id"];
    assert_eq!(names(&to_upstream(&client, false)), kept);
}

/// `kong-core.md` 3.5: appended to what the upstream says, on however many lines.
#[test]
fn via_is_one_list() {
    let mut headers = HeaderMap::new();
    headers.append("via", HeaderValue::from_static("1.0 far"));
    headers.append("via", HeaderValue::from_static("2 near"));
    proxied(&mut headers, 0, 0);
    let list = format!(
        "1.0 far, 2 near, 1.1 portolan/{}",
        env!("CARGO_PKG_VERSION")
    );
    let via: Vec<_> = headers.get_all("via").iter().collect();
    assert_eq!(via, [list.as_str()]);
    let server = format!("portolan/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers["server"], server.as_str());
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
