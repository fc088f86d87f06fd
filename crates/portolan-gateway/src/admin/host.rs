//! Whom the admin listener answers. A web page can have its own name resolve to this machine and then ask as if it were
//! of the same origin (DNS rebinding); the name still stands in `Host`. An address, or `localhost`, cannot be such a name.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::{Request, header};

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
    let local = host.to_str().is_ok_and(is_local);
    if local && named.is_none_or(|named| is_local(named.as_str())) {
        Ok(())
    } else {
        Err(Untrusted::Foreign)
    }
}

/// Whatever the port; nothing but a port may follow.
fn is_local(authority: &str) -> bool {
    let (local, rest) = if let Some(bracketed) = authority.strip_prefix('[') {
        let Some((address, rest)) = bracketed.split_once(']') else {
            return false;
        };
        (address.parse::<Ipv6Addr>().is_ok(), rest)
    } else {
        let (host, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let local = host.eq_ignore_ascii_case("localhost") || host.parse::<Ipv4Addr>().is_ok();
        (local, rest)
    };
    local && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
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
            "[2001:db8::7]:65535",
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
            "127.0.0.1:",
            "127.0.0.1:8001:8001",
            "127.0.0.1:65536",
            "127.0.0.1:+80",
            "127.0.0.1:80/",
            "localhost:rebound.example",
            "localhost rebound.example",
            "[127.0.0.1]",
            "[localhost]",
            "[::1",
            "[::1]rebound.example",
            "[::1]:80@rebound.example",
            "::1",
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
