//! Upstream URLs as a Kong file writes them: absolute, http or https, a host the file fixes.

#[cfg(test)]
mod tests;

use std::{net::Ipv6Addr, sync::Arc};

use crate::compiled::Origin;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) origin: Origin,
    /// Begins with `/`.
    pub(crate) path: String,
}

/// An `upstream_url`, or a provider's origin. Err: what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or("missing scheme in url: begin with http:// or https://")?;
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => {
            return Err("another scheme is not served: begin with http:// or https://".to_owned());
        }
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err("credentials in a URL are not served: put them into `auth`".to_owned());
    }
    if path.contains('?') {
        return Err("a query in a URL is not served yet".to_owned());
    }
    if path.contains('#') {
        return Err("a fragment in a URL reaches no upstream: leave it out".to_owned());
    }
    if let Some(wrong) = path
        .chars()
        .find(|&char| !char.is_ascii_graphic() || char == '\\')
    {
        return Err(format!("{wrong:?} in a URL: percent-encode it"));
    }
    let (host, port) = host_and_port(authority)?;
    let path = if path.is_empty() { "/" } else { path };
    Ok(Url {
        origin: Origin {
            tls,
            host: Arc::from(host.to_ascii_lowercase()),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
        },
        path: path.to_owned(),
    })
}

/// A service's `url`: without a scheme the port tells it; user information and query are dropped, as in Kong.
pub(crate) fn parse_service(text: &str) -> Result<Url, String> {
    let text = &text[..text.find(['?', '#']).unwrap_or(text.len())];
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text.strip_prefix("//").unwrap_or(text)),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let scheme = scheme.unwrap_or(if authority.ends_with(":443") {
        "https"
    } else {
        "http"
    });
    parse(&format!("{scheme}://{authority}{path}"))
}

/// A host alone, as a service's `host`. Err: what is wrong with it.
pub(crate) fn check_host(text: &str) -> Result<(), String> {
    match host_and_port(text)? {
        (_, None) => Ok(()),
        (_, Some(_)) => Err(format!("must not have a port, found '{text}'")),
    }
}

/// What is wrong is told without the text: a password may have slipped in.
fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    if authority.contains('@') {
        return Err("credentials in front of a host are not served".to_owned());
    }
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("'[' without ']' in the host")?;
        host.parse::<Ipv6Addr>()
            .map_err(|_| "no IPv6 address between '[' and ']'".to_owned())?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err("only a port may follow the host's ']'".to_owned()),
        }
    } else {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        if host.is_empty() {
            return Err("missing host in url".to_owned());
        }
        let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '.' | '_');
        if let Some(wrong) = host.chars().find(|&char| !allowed(char)) {
            return Err(format!("{wrong:?} is not allowed in a host"));
        }
        (host, port)
    };
    let port = match port {
        Some(port) => Some(
            port.parse::<u16>()
                .ok()
                .filter(|&port| port > 0)
                .ok_or("what follows the host's ':' is no port of 1 to 65535")?,
        ),
        None => None,
    };
    Ok((host, port))
}
