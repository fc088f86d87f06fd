//! Where the gateway listens, in Kong's words: `0.0.0.0:8443 ssl backlog=4096`, and the sockets of it.

use std::{io, net::SocketAddr, str::FromStr};

use socket2::{Domain, Protocol, Socket, Type};

/// Kong's default.
const BACKLOG: u32 = 16_384;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub address: SocketAddr,
    pub tls: bool,
    /// Every connection begins with a PROXY header, of version 1 or 2.
    pub proxy_protocol: bool,
    /// Connections that wait to be accepted.
    pub backlog: u32,
    /// Whether `[::]` is not for IPv4 too; none: nginx's, which is that it is not.
    pub ipv6_only: Option<bool>,
    /// TCP's: probes of a silent client.
    pub keep_alive: bool,
}

/// No listener is meant by that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidListener(String);

impl From<SocketAddr> for Listener {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            tls: false,
            proxy_protocol: false,
            backlog: BACKLOG,
            ipv6_only: None,
            keep_alive: false,
        }
    }
}

impl FromStr for Listener {
    type Err = InvalidListener;

    fn from_str(typed: &str) -> Result<Self, InvalidListener> {
        let mut words = typed.split_whitespace();
        let address = words.next().unwrap_or_default();
        if address == "off" {
            let reason = "`off`: there is nothing to serve without a listener";
            return Err(InvalidListener(reason.to_owned()));
        }
        let parsed: SocketAddr = address.parse().map_err(|_| {
            InvalidListener(format!(
                "{address:?} is not ADDRESS:PORT, as in 0.0.0.0:8000 or [::]:8000"
            ))
        })?;
        let mut listener = Self::from(parsed);
        for flag in words {
            listener.set(flag)?;
        }
        if listener.ipv6_only.is_some() && !parsed.is_ipv6() {
            let reason = format!("ipv6only: {address} is no IPv6 address");
            return Err(InvalidListener(reason));
        }
        Ok(listener)
    }
}

impl Listener {
    /// By one of Kong's flags.
    fn set(&mut self, flag: &str) -> Result<(), InvalidListener> {
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        match (name, value) {
            ("ssl", None) => self.tls = true,
            ("proxy_protocol", None) => self.proxy_protocol = true,
            // Always so: HTTP/2 is spoken on every listener, and each worker has a socket of its own.
            ("http2" | "bind" | "reuseport", None) => {}
            ("backlog", Some(value)) => {
                self.backlog = value
                    .parse::<u32>()
                    .ok()
                    .filter(|backlog| (1..=i32::MAX.cast_unsigned()).contains(backlog))
                    .ok_or_else(|| {
                        InvalidListener(format!("{flag}: a positive number is wanted"))
                    })?;
            }
            ("ipv6only", Some(value)) => self.ipv6_only = Some(switch(flag, value)?),
            ("so_keepalive", Some(value)) => self.keep_alive = switch(flag, value)?,
            ("deferred", None) => {
                let reason = "the flag `deferred` is not served: leave it out";
                return Err(InvalidListener(reason.to_owned()));
            }
            _ => {
                return Err(InvalidListener(format!(
                    "unknown flag {flag:?}: ssl, http2, proxy_protocol, reuseport, bind, backlog=N, ipv6only=on|off and so_keepalive=on|off are known"
                )));
            }
        }
        Ok(())
    }

    /// A socket that several workers may share the address with; `alone`: one that nobody shares it with.
    pub(crate) fn bind(
        &self,
        address: SocketAddr,
        alone: bool,
    ) -> io::Result<std::net::TcpListener> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(!alone)?;
        socket.set_nonblocking(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(self.ipv6_only.unwrap_or(true))?;
        }
        if self.keep_alive {
            // What is accepted inherits it.
            socket.set_keepalive(true)?;
        }
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(self.backlog).unwrap_or(i32::MAX))?;
        Ok(socket.into())
    }
}

fn switch(flag: &str, value: &str) -> Result<bool, InvalidListener> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(InvalidListener(format!("{flag}: on or off is wanted"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(typed: &str) -> Result<Listener, String> {
        typed
            .parse()
            .map_err(|error: InvalidListener| error.to_string())
    }

    /// Kong's own default among them.
    #[test]
    fn kongs_syntax_is_read() {
        let plain = Listener::from(SocketAddr::from(([0, 0, 0, 0], 8000)));
        assert_eq!(plain.backlog, 16_384);
        assert_eq!(parsed("0.0.0.0:8000"), Ok(plain.clone()));
        assert_eq!(
            parsed("0.0.0.0:8000 reuseport backlog=16384"),
            Ok(plain.clone())
        );
        let tls = Listener {
            address: SocketAddr::from(([0, 0, 0, 0], 8443)),
            tls: true,
            backlog: 4096,
            ..plain.clone()
        };
        assert_eq!(
            parsed(" 0.0.0.0:8443 http2 ssl  reuseport backlog=4096"),
            Ok(tls)
        );
        let all = Listener {
            address: "[::1]:9000".parse().unwrap(),
            proxy_protocol: true,
            ipv6_only: Some(false),
            keep_alive: true,
            ..plain
        };
        assert_eq!(
            parsed("[::1]:9000 proxy_protocol bind ipv6only=off so_keepalive=on"),
            Ok(all)
        );
    }

    #[test]
    fn what_is_not_served_is_named() {
        for (typed, named) in [
            ("off", "off"),
            ("", "ADDRESS:PORT"),
            ("8000", "\"8000\""),
            ("localhost:8000", "\"localhost:8000\""),
            ("0.0.0.0:65536", "\"0.0.0.0:65536\""),
            ("0.0.0.0:8000 deferred", "deferred"),
            ("0.0.0.0:8000 quic", "quic"),
            ("0.0.0.0:8000 ssl=on", "ssl=on"),
            ("0.0.0.0:8000 backlog=0", "backlog=0"),
            ("0.0.0.0:8000 backlog", "backlog"),
            ("0.0.0.0:8000 so_keepalive=30m::10", "so_keepalive=30m::10"),
            ("[::]:8000 ipv6only=yes", "ipv6only=yes"),
            ("0.0.0.0:8000 ipv6only=on", "ipv6only"),
        ] {
            let reason = parsed(typed).unwrap_err();
            assert!(reason.contains(named), "{typed}: {reason}");
        }
    }

    #[test]
    fn sockets_share_an_address_unless_one_is_alone() {
        let listener = Listener::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        let first = listener.bind(listener.address, false).unwrap();
        let address = first.local_addr().unwrap();
        assert!(listener.bind(address, false).is_ok());
        let taken = listener.bind(address, true).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
