//! The PROXY header, versions 1 and 2, by haproxy's specification: where a connection came from before the proxy in
//! front. It is read from the socket to its last byte and no further.

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::{io::AsyncReadExt, net::TcpStream};

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The specification's bound of version 1, its line end with it.
const LINE: usize = 107;
/// Of version 2, after its first 16 bytes: addresses take 216 at most, the rest are extensions that nobody here reads.
const REST: usize = 4096;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Client(SocketAddr),
    /// The proxy speaks for itself, or of nothing that has an address: the connection's own is meant.
    Peer,
}

/// The client that the header names; none: the connection's own peer is it.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut first = [0; SIGNATURE.len()];
    stream.read_exact(&mut first).await?;
    let source = if first == SIGNATURE {
        binary(stream).await?
    } else if first.starts_with(b"PROXY ") {
        line(stream, &first).await?
    } else {
        None
    };
    match source {
        Some(Source::Client(client)) => Ok(Some(client)),
        Some(Source::Peer) => Ok(None),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "not a PROXY header",
        )),
    }
}

async fn line(stream: &mut TcpStream, first: &[u8]) -> io::Result<Option<Source>> {
    let mut line = [0; LINE];
    let mut length = first.len();
    line[..length].copy_from_slice(first);
    while length < LINE {
        // What comes after the line end is not ours to take.
        let seen = stream.peek(&mut line[length..]).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = memchr::memchr(b'\n', &line[length..length + seen]);
        let taken = end.map_or(seen, |end| end + 1);
        stream.read_exact(&mut line[length..length + taken]).await?;
        length += taken;
        if end.is_some() {
            return Ok(parse_line(&line[..length]));
        }
    }
    Ok(None)
}

async fn binary(stream: &mut TcpStream) -> io::Result<Option<Source>> {
    let mut fixed = [0; 4];
    stream.read_exact(&mut fixed).await?;
    let [version_command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > REST {
        return Ok(None);
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    Ok(parse_binary(version_command, family, &rest))
}

/// None: not a line of version 1.
fn parse_line(line: &[u8]) -> Option<Source> {
    let line = str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let words = line.strip_prefix("PROXY ")?;
    if words == "UNKNOWN" || words.starts_with("UNKNOWN ") {
        return Some(Source::Peer);
    }
    let mut words = words.split(' ');
    let family = words.next()?;
    let (source, destination) = (words.next()?, words.next()?);
    let (port, destination_port) = (port(words.next()?)?, port(words.next()?)?);
    if words.next().is_some() {
        return None;
    }
    let address = |text: &str| -> Option<IpAddr> {
        match family {
            "TCP4" => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
            "TCP6" => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            _ => None,
        }
    };
    // The destination says nothing to us, and is held to the grammar all the same.
    let _ = SocketAddr::new(address(destination)?, destination_port);
    Some(Source::Client(SocketAddr::new(address(source)?, port)))
}

fn port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// None: not version 2.
fn parse_binary(version_command: u8, family: u8, rest: &[u8]) -> Option<Source> {
    match version_command {
        0x20 => return Some(Source::Peer),
        0x21 => {}
        _ => return None,
    }
    let at = |from: usize| -> Option<u16> {
        let bytes = rest.get(from..from + 2)?;
        Some(u16::from_be_bytes(bytes.try_into().ok()?))
    };
    match family {
        // IPv4: two addresses, two ports.
        0x11 => {
            let address: [u8; 4] = rest.get(..4)?.try_into().ok()?;
            let port = at(8).filter(|_| rest.len() >= 12)?;
            Some(Source::Client((address, port).into()))
        }
        // IPv6.
        0x21 => {
            let address: [u8; 16] = rest.get(..16)?.try_into().ok()?;
            let port = at(32).filter(|_| rest.len() >= 36)?;
            Some(Source::Client((address, port).into()))
        }
        // Unspecified, datagrams, Unix sockets.
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => Some(Source::Peer),
        _ => None,
    }
}
