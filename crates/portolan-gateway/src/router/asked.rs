//! What routes are told apart by, as a request has it.

use http::{HeaderMap, Method};

use super::fields::Line;

/// What of a request decides its route.
#[derive(Debug)]
pub(crate) struct Asked<'r> {
    pub(crate) method: &'r Method,
    /// Normalised.
    pub(crate) path: &'r str,
    /// As the client says it, its port with it.
    pub(crate) host: Option<&'r str>,
    pub(crate) headers: &'r HeaderMap,
    /// The listener's.
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// In lower case.
    pub(crate) sni: Option<&'r str>,
}

/// The same, taken apart.
#[derive(Debug)]
pub(super) struct Seen<'r> {
    pub(super) method: &'r Method,
    pub(super) path: &'r str,
    /// Empty: the client says none.
    pub(super) host: &'r str,
    /// None: one that no listener can have.
    pub(super) port: Option<u16>,
    pub(super) lines: &'r [Line<'r>],
    /// None: without TLS, so that no name is asked for. Empty: the client says none.
    pub(super) sni: Option<&'r str>,
}

impl<'r> Seen<'r> {
    pub(super) fn new(asked: &Asked<'r>, lines: &'r [Line<'r>]) -> Self {
        let (host, port) = split_port(asked.host.unwrap_or_default());
        Self {
            method: asked.method,
            path: asked.path,
            host,
            port: match port {
                Some(port) => port.parse().ok(),
                None => Some(asked.port),
            },
            lines,
            sni: asked.tls.then(|| asked.sni.unwrap_or_default()),
        }
    }
}

/// At the first colon, where what follows is a decimal number; an address in brackets is therefore left whole.
fn split_port(host: &str) -> (&str, Option<&str>) {
    let Some(colon) = memchr::memchr(b':', host.as_bytes()) else {
        return (host, None);
    };
    let port = &host[colon + 1..];
    if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
        (&host[..colon], Some(port))
    } else {
        (host, None)
    }
}
