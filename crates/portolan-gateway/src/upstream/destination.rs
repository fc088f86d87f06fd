//! Where a request goes, and what must hold of who answers there: the key of its connections.

use http::HeaderValue;
use portolan_config::compiled::Origin;
use rustls::pki_types::ServerName;

use super::Trust;

/// What is equal shares connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    pub(crate) origin: Origin,
    /// How TLS goes to a service. None: as it goes to a provider, with the platform's roots, the origin's host for a
    /// name, and HTTP/2 where it is offered; or there is no TLS.
    pub(crate) tls: Option<ServiceTls>,
}

/// HTTP/1.1 only, as Kong calls services.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ServiceTls {
    /// Sent as SNI, and looked for in the certificate.
    pub(crate) name: ServerName<'static>,
    pub(crate) trust: Trust,
}

/// The host with its port, where that is not the scheme's own. Err: it holds what no header may.
pub(crate) fn host_header(origin: &Origin) -> Result<HeaderValue, String> {
    let default_port = if origin.tls { 443 } else { 80 };
    let (host, port) = (&origin.host, origin.port);
    let text = match (host.contains(':'), port == default_port) {
        (false, true) => host.to_string(),
        (false, false) => format!("{host}:{port}"),
        (true, true) => format!("[{host}]"),
        (true, false) => format!("[{host}]:{port}"),
    };
    HeaderValue::from_str(&text).map_err(|_| format!("{text:?} cannot be a host"))
}

/// Of a `Host` header: its host without a port. None: no certificate can have such a name.
pub(crate) fn server_name(host: &HeaderValue) -> Option<ServerName<'static>> {
    let host = host.to_str().ok()?;
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        },
    };
    ServerName::try_from(name.to_owned()).ok()
}
