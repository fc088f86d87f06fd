//! The only place that knows which headers are hop-by-hop, which are credentials, and which are Kong's.

mod service;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

pub(crate) use service::{Forwarding, Wanted, to_client_plain, to_service, wants_trailers};

/// `Server`, and what follows the protocol version in `Via`.
pub(crate) const PRODUCT: HeaderValue =
    HeaderValue::from_static(concat!("portolan/", env!("CARGO_PKG_VERSION")));
const VIA: &str = concat!("1.1 portolan/", env!("CARGO_PKG_VERSION"));

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-kong-request-id");
pub(crate) const LLM_MODEL: HeaderName = HeaderName::from_static("x-kong-llm-model");
pub(crate) const UPSTREAM_LATENCY: HeaderName = HeaderName::from_static("x-kong-upstream-latency");
pub(crate) const PROXY_LATENCY: HeaderName = HeaderName::from_static("x-kong-proxy-latency");
pub(crate) const RESPONSE_LATENCY: HeaderName = HeaderName::from_static("x-kong-response-latency");
pub(crate) const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// Request fields that the target's format has no word for.
pub(crate) const DROPPED: HeaderName = HeaderName::from_static("x-portolan-dropped");

/// Of one connection, not of the message.
static HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Where clients of one provider or another put their key. Where the target has credentials of its own, the client's
/// were meant for the gateway.
static CREDENTIALS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
    header::COOKIE,
];

/// Of the client's request, made anew for every attempt.
static REMADE: [HeaderName; 5] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::ACCEPT_ENCODING,
    header::EXPECT,
];

/// Of a provider's answer, made anew or about its own connections.
static NOT_RELAYED: [HeaderName; 3] = [
    header::CONTENT_LENGTH,
    // Another way to the provider, past the gateway.
    header::ALT_SVC,
    // The provider's session, not the client's.
    header::SET_COOKIE,
];

/// Of an answer's very bytes.
static OF_THE_BYTES: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::ETAG,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
];

/// What of the client's headers goes on to a provider. `own_credentials`: the target brings its own.
pub(crate) fn to_upstream(client: &HeaderMap, own_credentials: bool) -> HeaderMap {
    let named = connection_named(client);
    let mut headers = HeaderMap::with_capacity(client.keys_len() + 4);
    for (name, value) in client {
        let stays = HOP_BY_HOP.contains(name)
            || REMADE.contains(name)
            || (own_credentials && CREDENTIALS.contains(name))
            || named.contains(name)
            || *name == REQUEST_ID
            || is_identity(name)
            || is_of_the_way(name);
        if !stays {
            headers.append(name, value.clone());
        }
    }
    headers
}

/// Who the client is, as authentication tells a service.
fn is_identity(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("x-consumer-")
        || name.starts_with("x-credential-")
        || matches!(name, "x-anonymous-consumer" | "x-authenticated-groups")
}

/// Where the client is, and which proxies it came by.
fn is_of_the_way(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("x-forwarded-") || matches!(name, "x-real-ip" | "forwarded" | "via")
}

/// Of what a client says after its body: who and where it is was told before, by us. To CGI `_` is the same as `-`.
pub(crate) fn trailers_to_service(trailers: &mut HeaderMap) {
    let ours = |name: &&HeaderName| {
        let meant = name.as_str().replace('_', "-").parse::<HeaderName>();
        meant.is_ok_and(|name| is_identity(&name) || is_of_the_way(&name) || name == REQUEST_ID)
    };
    let ours: Vec<_> = trailers.keys().filter(ours).cloned().collect();
    for name in ours {
        trailers.remove(name);
    }
}

/// Strips a provider's answer down to what is the client's.
pub(crate) fn to_client(headers: &mut HeaderMap) {
    for name in connection_named(headers) {
        headers.remove(name);
    }
    for name in HOP_BY_HOP.iter().chain(&NOT_RELAYED) {
        headers.remove(name);
    }
}

/// Makes headers those of a body that was written anew.
pub(crate) fn rewritten(headers: &mut HeaderMap, content_type: &'static str) {
    for name in &OF_THE_BYTES {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
}

/// Headers that a message's own `Connection` declares to be of its connection.
fn connection_named(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut named = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        let Ok(value) = value.to_str() else { continue };
        for token in value.split(',').map(str::trim) {
            let of_hops = ["keep-alive", "close", "upgrade"];
            if of_hops.iter().any(|own| token.eq_ignore_ascii_case(own)) {
                continue;
            }
            named.extend(token.parse::<HeaderName>());
        }
    }
    named
}

/// Marks an answer that an upstream had a part in; latencies in milliseconds.
pub(crate) fn proxied(headers: &mut HeaderMap, upstream: u64, proxy: u64) {
    append(headers, header::VIA, VIA);
    headers.entry(header::SERVER).or_insert(PRODUCT);
    headers.insert(UPSTREAM_LATENCY, HeaderValue::from(upstream));
    headers.insert(PROXY_LATENCY, HeaderValue::from(proxy));
}

/// Marks an answer of the gateway's own; the latency in milliseconds.
pub(crate) fn answered(headers: &mut HeaderMap, latency: u64) {
    headers.insert(header::SERVER, PRODUCT);
    headers.insert(RESPONSE_LATENCY, HeaderValue::from(latency));
}

/// Puts `own` at the end of a list, on one line.
fn append(headers: &mut HeaderMap, name: HeaderName, own: &'static str) {
    let value = if headers.contains_key(&name) {
        joined(headers, &name, own.as_bytes())
    } else {
        Some(HeaderValue::from_static(own))
    };
    if let Some(value) = value {
        headers.insert(name, value);
    }
}

fn joined(headers: &HeaderMap, name: &HeaderName, last: &[u8]) -> Option<HeaderValue> {
    let values = headers.get_all(name);
    let length: usize = values.iter().map(|value| value.len() + 2).sum();
    let mut joined = Vec::with_capacity(length + last.len());
    for value in values {
        joined.extend_from_slice(value.as_bytes());
        joined.extend_from_slice(b", ");
    }
    joined.extend_from_slice(last);
    HeaderValue::from_maybe_shared(Bytes::from(joined)).ok()
}

#[cfg(test)]
mod tests;
