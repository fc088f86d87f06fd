//! What goes to a service and what comes back from one: Kong's rules for plain proxying.

use std::{io::Write, mem, net::IpAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version, header};

use super::{
    FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO, REAL_IP, REQUEST_ID, append, connection_named,
    is_identity, joined,
};
use crate::{client_address, request::Request};

const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PATH: HeaderName = HeaderName::from_static("x-forwarded-path");
const FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// Of the client's connection, or made anew.
static OF_THE_REQUESTS_HOP: [HeaderName; 7] = [
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Of the service's connection.
static OF_THE_ANSWERS_HOP: [HeaderName; 4] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TRANSFER_ENCODING,
];

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Forwarding<'f> {
    pub(crate) host: HeaderValue,
    /// What was stripped off the path.
    pub(crate) prefix: Option<&'f str>,
    pub(crate) websocket: bool,
}

/// What an error's form depends on, kept of headers that went on to a service.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) accept: Option<HeaderValue>,
    pub(crate) content_type: Option<HeaderValue>,
}

impl Wanted {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            accept: headers.get(header::ACCEPT).cloned(),
            content_type: headers.get(header::CONTENT_TYPE).cloned(),
        }
    }
}

/// How a request came.
#[derive(Debug)]
struct Came<'r> {
    id: &'r str,
    version: Version,
    uri: &'r Uri,
    client: IpAddr,
    peer: IpAddr,
    tls: bool,
    port: u16,
    /// The peer is a proxy whose word counts.
    trusted: bool,
}

/// The client's own headers, made those of a service. They are taken: once a request.
pub(crate) fn to_service(request: &mut Request, to: &Forwarding<'_>) -> HeaderMap {
    let mut headers = mem::take(&mut request.head.headers);
    request.wanted = Wanted::of(&headers);
    let connection = &request.connection;
    let came = Came {
        id: &request.id,
        version: request.head.version,
        uri: &request.head.uri,
        client: request.client_ip,
        peer: connection.client.ip().to_canonical(),
        tls: connection.tls.is_some(),
        port: connection.local.port(),
        trusted: request.trusted,
    };
    forward(&mut headers, &came, to);
    headers
}

fn forward(headers: &mut HeaderMap, came: &Came<'_>, to: &Forwarding<'_>) {
    leave_hop(headers, to.websocket);
    if came.version == Version::HTTP_2 {
        one_cookie(headers);
    }
    addresses(headers, came);
    way(headers, came, to.prefix);
    append(headers, header::VIA, via(came.version));
    if let Ok(id) = HeaderValue::from_str(came.id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::HOST, to.host.clone());
}

fn leave_hop(headers: &mut HeaderMap, websocket: bool) {
    let trailers = wants_trailers(headers);
    for name in connection_named(headers) {
        // What the request is about, and who the gateway says that the client is, no client takes off.
        let kept = name == header::CONTENT_LENGTH || name == header::HOST || is_identity(&name);
        if !kept {
            headers.remove(name);
        }
    }
    for name in &OF_THE_REQUESTS_HOP {
        headers.remove(name);
    }
    let connection = if websocket {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        "keep-alive, Upgrade"
    } else {
        "keep-alive"
    };
    headers.insert(header::CONNECTION, HeaderValue::from_static(connection));
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// HTTP/2 may split a cookie header, HTTP/1.1 has one: RFC 9113 8.2.3.
fn one_cookie(headers: &mut HeaderMap) {
    let crumbs = headers.get_all(header::COOKIE).iter();
    let crumbs: Vec<_> = crumbs.map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    let cookie = Bytes::from(crumbs.join(&b"; "[..]));
    set(
        headers,
        header::COOKIE,
        HeaderValue::from_maybe_shared(cookie).ok(),
    );
}

/// Whether who sent these takes trailers.
pub(crate) fn wants_trailers(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::TE).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let name = coding.split(';').next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case("trailers")
        })
}

fn addresses(headers: &mut HeaderMap, came: &Came<'_>) {
    let mut buffer = [0; ADDRESS];
    let Ok(client) = HeaderValue::from_bytes(written(&mut buffer, came.client)) else {
        return;
    };
    let list = if headers.contains_key(FORWARDED_FOR) {
        joined(headers, &FORWARDED_FOR, written(&mut buffer, came.peer))
    } else {
        Some(client.clone())
    };
    set(headers, FORWARDED_FOR, list);
    headers.insert(REAL_IP, client);
}

/// Bytes of the longest address: eight groups of four digits, and seven colons.
const ADDRESS: usize = 39;

fn written(buffer: &mut [u8; ADDRESS], address: IpAddr) -> &[u8] {
    let mut rest = buffer.as_mut_slice();
    // None is longer.
    let _ = write!(rest, "{address}");
    let length = ADDRESS - rest.len();
    &buffer[..length]
}

/// `X-Forwarded-*` but the addresses.
fn way(headers: &mut HeaderMap, came: &Came<'_>, prefix: Option<&str>) {
    let said = |headers: &HeaderMap, name: &HeaderName| came.trusted && headers.contains_key(name);
    if !said(headers, &FORWARDED_PROTO) {
        let scheme = if came.tls { "https" } else { "http" };
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
    }
    if !said(headers, &FORWARDED_HOST) {
        let host = client_address::host(came.uri, headers)
            .and_then(|host| HeaderValue::from_str(&host).ok());
        set(headers, FORWARDED_HOST, host);
    }
    if !said(headers, &FORWARDED_PORT) {
        let mut buffer = itoa::Buffer::new();
        let port = HeaderValue::from_str(buffer.format(came.port)).ok();
        set(headers, FORWARDED_PORT, port);
    }
    if !said(headers, &FORWARDED_PATH) {
        let path = HeaderValue::from_str(came.uri.path()).ok();
        set(headers, FORWARDED_PATH, path);
    }
    if !said(headers, &FORWARDED_PREFIX) {
        let prefix = prefix
            .filter(|prefix| *prefix != "/")
            .and_then(|prefix| HeaderValue::from_bytes(prefix.as_bytes()).ok());
        set(headers, FORWARDED_PREFIX, prefix);
    }
}

/// None: what the client said goes no further either.
fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    match value {
        Some(value) => headers.insert(name, value),
        None => headers.remove(name),
    };
}

fn via(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => concat!("1.0 portolan/", env!("CARGO_PKG_VERSION")),
        Version::HTTP_2 => concat!("2 portolan/", env!("CARGO_PKG_VERSION")),
        _ => super::VIA,
    }
}

/// Strips a service's answer down to what is the client's. `upgraded`: the connection is another protocol's from here.
pub(crate) fn to_client_plain(headers: &mut HeaderMap, te_trailers: bool, upgraded: bool) {
    for name in connection_named(headers) {
        headers.remove(name);
    }
    for name in &OF_THE_ANSWERS_HOP {
        headers.remove(name);
    }
    if upgraded {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    } else {
        headers.remove(header::UPGRADE);
    }
    if !te_trailers {
        headers.remove(header::TRAILER);
    }
    let hidden: Vec<_> = headers
        .keys()
        .filter(|name| is_for_nginx(name))
        .cloned()
        .collect();
    for name in hidden {
        headers.remove(name);
    }
}

/// What a service says to an nginx before it.
fn is_for_nginx(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("x-accel-") || matches!(name, "x-pad" | "status")
}

#[cfg(test)]
mod tests;
