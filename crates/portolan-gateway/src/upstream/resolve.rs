//! `--resolve`: a fixed address for one host and port, as curl has it.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use portolan_config::compiled::Origin;

/// curl's `--resolve HOST:PORT:ADDRESS`. The address may carry a port of its own (`HOST:443:127.0.0.1:9443`,
/// `HOST:443:[::1]:9443`), which curl's may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    host: String,
    port: u16,
    address: IpAddr,
    to_port: u16,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{found}` is not HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT ({fault})")]
pub struct InvalidResolve {
    found: String,
    fault: &'static str,
}

impl Resolve {
    /// Where connections to `origin` go, if this entry is about it.
    pub(super) fn address_of(&self, origin: &Origin) -> Option<SocketAddr> {
        (self.port == origin.port && *self.host == *origin.host)
            .then(|| SocketAddr::new(self.address, self.to_port))
    }
}

impl FromStr for Resolve {
    type Err = InvalidResolve;

    fn from_str(text: &str) -> Result<Self, InvalidResolve> {
        let fault = |fault| InvalidResolve {
            found: text.to_owned(),
            fault,
        };
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(to)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(fault("three parts are wanted"));
        };
        if host.is_empty() {
            return Err(fault("the host is empty"));
        }
        let port: u16 = port
            .parse()
            .map_err(|_| fault("the port is not a number of 0 to 65535"))?;
        let (address, to_port) =
            address(to).ok_or_else(|| fault("the address is neither IPv4 nor IPv6"))?;
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
            address,
            to_port: to_port.unwrap_or(port),
        })
    }
}

fn address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some((with_port.ip(), Some(with_port.port())));
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    bare.parse().ok().map(|address| (address, None))
}
