//! The only place that knows which headers are hop-by-hop, which are credentials, and which are Kong's.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// `Server`, and what follows the protocol version in `Via`.
pub(crate) const PRODUCT: HeaderValue =
    HeaderValue::from_static(concat!("portolan/", env!("CARGO_PKG_VERSION")));
const VIA: &str = concat!("1.1 portolan/", env!("CARGO_PKG_VERSION"));

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-kong-request-id");
pub(crate) const LLM_MODEL: HeaderName = HeaderName::from_static("x-kong-llm-model");
pub(crate) const UPSTREAM_LATENCY: HeaderName = HeaderName::from_static("x-kong-upstream-latency");
pub(crate) const PROXY_LATENCY: HeaderName = HeaderName::from_static("x-kong-proxy-latency");
pub(crate) const RESPONSE_LATENCY: HeaderName = HeaderName::from_static("x-kong-response-latency");
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
            || *name == REQUEST_ID;
        if !stays {
            headers.append(name, value.clone());
        }
    }
    headers
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
            if token.eq_ignore_ascii_case("keep-alive") || token.eq_ignore_ascii_case("close") {
                continue;
            }
            named.extend(token.parse::<HeaderName>());
        }
    }
    named
}

/// Marks an answer that an upstream had a part in; latencies in milliseconds.
pub(crate) fn proxied(headers: &mut HeaderMap, upstream: u64, proxy: u64) {
    let via = match headers.get(header::VIA).and_then(|via| via.to_str().ok()) {
        Some(via) => HeaderValue::from_str(&format!("{via}, {VIA}")),
        None => Ok(HeaderValue::from_static(VIA)),
    };
    if let Ok(via) = via {
        headers.insert(header::VIA, via);
    }
    if !headers.contains_key(header::SERVER) {
        headers.insert(header::SERVER, PRODUCT);
    }
    headers.insert(UPSTREAM_LATENCY, HeaderValue::from(upstream));
    headers.insert(PROXY_LATENCY, HeaderValue::from(proxy));
}

#[cfg(test)]
mod tests;
