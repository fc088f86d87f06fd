//! What Kong refuses of a head that hyper took, and one form for what comes in several: from here on a request has a path
//! and query for its URI and its host in `Host`, whichever version and target form it came in.

#[cfg(test)]
mod tests;

use http::{HeaderMap, HeaderValue, Method, Uri, Version, header, request::Parts};

use crate::{bounds::Bounds, error::Kind};

/// Where the client says it is, with its port; none: an HTTP/1.0 client that says nothing. Of a head that is [`fit`].
pub(crate) fn host(head: &Parts) -> Option<&str> {
    head.headers.get(header::HOST)?.to_str().ok()
}

/// The error is what the client is told.
pub(crate) fn fit(head: &mut Parts, bounds: &Bounds) -> Result<(), Kind> {
    let target = head.uri.path_and_query();
    let length = target.map_or(0, |target| target.as_str().len());
    if length > bounds.uri_bytes {
        return Err(Kind::UriTooLong);
    }
    if head.headers.len() > bounds.headers {
        // Over HTTP/1.1 hyper has refused it.
        return Err(Kind::HeadTooLarge);
    }
    // CONNECT is not served, whatever it names.
    if head.method != Method::CONNECT && !(settle_host(head) && settle_target(&mut head.uri)) {
        return Err(Kind::Malformed);
    }
    if !is_chunked_at_most(&head.headers) {
        return Err(Kind::NotImplemented);
    }
    let announced = || {
        let length = head.headers.get(header::CONTENT_LENGTH)?;
        length.to_str().ok()?.parse::<u64>().ok()
    };
    if let Some(bound) = bounds.body_bytes
        && announced().is_some_and(|length| length > bound as u64)
    {
        return Err(Kind::BodyTooLarge);
    }
    Ok(())
}

/// Puts the host that the request is for into `Host`; false: it names none, or more than one.
fn settle_host(head: &mut Parts) -> bool {
    let mut lines = head.headers.get_all(header::HOST).iter();
    let (line, other) = (lines.next(), lines.next());
    if other.is_some() || line.is_some_and(|line| !is_host(line.as_bytes())) {
        return false;
    }
    let http2 = head.version == Version::HTTP_2;
    let Some(authority) = head.uri.authority() else {
        return line.is_some() || head.version == Version::HTTP_10;
    };
    // A host alone is no target of these methods.
    if head.uri.scheme().is_none() {
        return false;
    }
    // Over HTTP/1 the target outranks the header (RFC 9112, 3.2.2), which is there all the same; over HTTP/2 they may not
    // differ (RFC 9113, 8.3.1).
    let consistent = match line {
        Some(line) if http2 => authority
            .as_str()
            .as_bytes()
            .eq_ignore_ascii_case(line.as_bytes()),
        Some(_) => true,
        None => http2 || head.version == Version::HTTP_10,
    };
    if !consistent || !is_host(authority.as_str().as_bytes()) {
        return false;
    }
    let Ok(host) = HeaderValue::from_str(authority.as_str()) else {
        return false;
    };
    head.headers.insert(header::HOST, host);
    true
}

/// Leaves of the target its path and query; false: it has no path, and `*` is none in nginx either.
fn settle_target(uri: &mut Uri) -> bool {
    let path = uri.path().starts_with('/');
    let Some(target) = uri.path_and_query().filter(|_| path) else {
        return false;
    };
    let settled = match target.as_str() {
        text if text.starts_with('/') && uri.authority().is_none() => return true,
        // In `http://host` and `http://host#fragment` nothing stands for it.
        "/" => Uri::default(),
        text if text.starts_with('/') => Uri::from(target.clone()),
        query => match format!("/{query}").parse::<Uri>() {
            Ok(settled) => settled,
            Err(_) => return false,
        },
    };
    *uri = settled;
    true
}

/// Any other coding would stay in the body while its name stays behind (RFC 9112, 6.1).
fn is_chunked_at_most(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let chunked = |coding: &HeaderValue| {
        coding
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"chunked")
    };
    codings.next().is_none_or(chunked) && codings.next().is_none()
}

/// A name or an address, and perhaps a port (RFC 3986, 3.2.2 and 3.2.3).
fn is_host(host: &[u8]) -> bool {
    let (name, rest) = match host {
        [b'[', bracketed @ ..] => {
            let Some(end) = memchr::memchr(b']', bracketed) else {
                return false;
            };
            let (address, rest) = bracketed.split_at(end);
            let address = str::from_utf8(address).unwrap_or_default();
            (address.parse::<std::net::Ipv6Addr>().is_ok(), &rest[1..])
        }
        _ => {
            let end = memchr::memchr(b':', host).unwrap_or(host.len());
            let (name, rest) = host.split_at(end);
            (
                !name.is_empty() && name.iter().all(|byte| is_name(*byte)),
                rest,
            )
        }
    };
    let port = match rest {
        [] => true,
        [b':', port @ ..] => port.len() <= 5 && port.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    name && port
}

/// Unreserved, part of an escape, or a sub-delimiter.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}
