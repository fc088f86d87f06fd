//! Whom the admin listener answers. A web page can have its own name resolve to this machine and then ask as if it were
//! of the same origin (DNS rebinding); the name still stands in `Host`. An address, or `localhost`, cannot be such a name.

use std::net::IpAddr;

use http::{HeaderValue, Request, header, uri::Authority};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Untrusted {
    /// There is no `Host`, or more than one.
    Unclear,
    Foreign,
}

pub(super) fn check<B>(request: &Request<B>) -> Result<(), Untrusted> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Untrusted::Unclear);
    };
    // A target in absolute form names a host of its own, which outranks the header's.
    let named = request.uri().authority();
    if is_local(host) && named.is_none_or(is_local_authority) {
        Ok(())
    } else {
        Err(Untrusted::Foreign)
    }
}

fn is_local(host: &HeaderValue) -> bool {
    Authority::try_from(host.as_bytes()).is_ok_and(|host| is_local_authority(&host))
}

/// Whatever the port.
fn is_local_authority(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(target: &str, hosts: &[&str]) -> Result<(), Untrusted> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        check(&request.body(()).unwrap())
    }

    #[test]
    fn addresses_and_localhost_are_answered() {
        for host in [
            "localhost",
            "LocalHost:8001",
            "127.0.0.1",
            "127.0.0.1:8001",
            "[::1]:8001",
            "[::1]",
            "192.0.2.7:8001",
        ] {
            assert_eq!(checked("/status", &[host]), Ok(()), "{host}");
        }
    }

    #[test]
    fn names_are_not() {
        for host in [
            "rebound.example",
            "rebound.example:8001",
            "localhost.rebound.example",
            "127.0.0.1.rebound.example",
            "user@127.0.0.1",
            "127.1",
            "",
        ] {
            let refused = Err(Untrusted::Foreign);
            assert_eq!(checked("/status", &[host]), refused, "{host}");
        }
        let absolute = "http://rebound.example/status";
        assert_eq!(checked(absolute, &["localhost"]), Err(Untrusted::Foreign));
    }

    #[test]
    fn there_is_one_host() {
        assert_eq!(checked("/status", &[]), Err(Untrusted::Unclear));
        let twice = ["localhost", "localhost"];
        assert_eq!(checked("/status", &twice), Err(Untrusted::Unclear));
    }
}
