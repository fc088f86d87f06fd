//! Who the client is, and how it came, where proxies stand between: nginx's realip, and Kong's `X-Forwarded-*`.
//! Only what a trusted peer says counts; by default none is trusted.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use http::{HeaderMap, HeaderName, Uri, header};
use ipnet::IpNet;

use crate::{headers, listen::Connection, request::Request};

/// The proxies in front of the gateway, and what they are believed.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    /// Kong's `trusted_ips`.
    pub ranges: Vec<IpNet>,
    pub header: RealIpHeader,
    /// Whether an address that is itself trusted gives way to the one before it.
    pub recursive: bool,
}

/// Where a trusted peer names the client: Kong's `real_ip_header`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealIpHeader {
    Header(HeaderName),
    /// None: what the PROXY protocol says, at the beginning of the connection.
    ProxyProtocol,
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no address and no range of addresses, such as 10.0.0.0/8")]
pub struct InvalidTrustedRange(String);

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither a header's name nor proxy_protocol")]
pub struct InvalidRealIpHeader(String);

impl FromStr for RealIpHeader {
    type Err = InvalidRealIpHeader;

    fn from_str(typed: &str) -> Result<Self, InvalidRealIpHeader> {
        match typed {
            "proxy_protocol" => Ok(Self::ProxyProtocol),
            name => name
                .parse()
                .map(Self::Header)
                .map_err(|_| InvalidRealIpHeader(name.to_owned())),
        }
    }
}

impl Default for RealIpHeader {
    fn default() -> Self {
        Self::Header(headers::REAL_IP)
    }
}

impl Trusted {
    /// One of the ranges as it is typed: `10.0.0.0/8`, or an address alone.
    pub fn range(typed: &str) -> Result<IpNet, InvalidTrustedRange> {
        let typed = typed.trim();
        typed
            .parse::<IpNet>()
            .or_else(|_| typed.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| InvalidTrustedRange(typed.to_owned()))
    }

    /// Whether a PROXY header counts: a listener that wants one stands behind a proxy, any where none is named.
    pub(crate) fn believes(&self, peer: IpAddr) -> bool {
        self.ranges.is_empty() || self.covers(peer)
    }

    pub(crate) fn covers(&self, address: IpAddr) -> bool {
        // A client of a socket for both families comes as ::ffff:a.b.c.d.
        let address = address.to_canonical();
        self.ranges.iter().any(|range| range.contains(&address))
    }
}

/// The client's own address. What cannot be read is as if it were not there.
pub(crate) fn resolve(connection: &Connection, headers: &HeaderMap, trusted: &Trusted) -> IpAddr {
    let nearest = connection.client.ip();
    let address = match &trusted.header {
        RealIpHeader::Header(name) if trusted.covers(connection.peer.ip()) => {
            listed(nearest, headers, name, trusted)
        }
        RealIpHeader::Header(_) | RealIpHeader::ProxyProtocol => nearest,
    };
    address.to_canonical()
}

/// Each proxy appends to the list who it was asked by, so that it is read from its end.
fn listed(nearest: IpAddr, headers: &HeaderMap, name: &HeaderName, trusted: &Trusted) -> IpAddr {
    let mut client = nearest;
    let lines = headers.get_all(name).iter().rev();
    let entries = lines
        // Bytes: what is no text in a line takes nothing from what the proxy put at its end.
        .flat_map(|line| line.as_bytes().rsplit(|byte| matches!(*byte, b',' | b' ')))
        .filter(|entry| !entry.is_empty());
    for entry in entries {
        let Some(address) = str::from_utf8(entry).ok().and_then(address) else {
            break;
        };
        client = address;
        if !trusted.recursive || !trusted.covers(client) {
            break;
        }
    }
    client
}

/// With or without a port, of IPv6 with or without brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry
        .strip_prefix('[')
        .and_then(|entry| entry.strip_suffix(']'))
        .unwrap_or(entry);
    match bare.parse() {
        Ok(address) => Some(address),
        Err(_) => entry.parse::<SocketAddr>().ok().map(|address| address.ip()),
    }
}

/// How the client came to the first of the proxies; without trusted ones, to the gateway.
#[derive(Debug)]
pub(crate) struct Forwarded<'r> {
    pub(crate) tls: bool,
    /// As said: with a port where the proxy names one.
    pub(crate) host: Option<Cow<'r, str>>,
}

impl<'r> Forwarded<'r> {
    pub(crate) fn of(request: &'r Request) -> Self {
        let own = &request.head.headers;
        let said = |name: HeaderName| {
            let value = own.get(name).filter(|_| request.trusted)?;
            value.to_str().ok()
        };
        Self {
            tls: match said(headers::FORWARDED_PROTO) {
                Some(scheme) => scheme.trim().eq_ignore_ascii_case("https"),
                None => request.connection.tls.is_some(),
            },
            host: said(headers::FORWARDED_HOST)
                .map(Cow::Borrowed)
                .or_else(|| host(&request.head.uri, own)),
        }
    }
}

/// The host that the client asked for, in lower case and without a port: nginx's `$host`.
pub(crate) fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<Cow<'r, str>> {
    let name = match uri.host() {
        Some(name) => name,
        None => without_port(headers.get(header::HOST)?.to_str().ok()?),
    };
    if name.is_empty() {
        return None;
    }
    Some(if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    })
}

fn without_port(host: &str) -> &str {
    // Of IPv6 the brackets stay.
    let name = host.find(']').map_or(0, |end| end + 1);
    match host[name..].find(':') {
        Some(port) => &host[..name + port],
        None => host,
    }
}

#[cfg(test)]
mod tests;
