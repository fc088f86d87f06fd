//! What strangers may use of the gateway, as it can be typed.

use std::time::Duration;

use clap::{Args, value_parser};
use portolan_gateway::Bounds;

/// In seconds. Any longer is a slip, and the clock may not reach its end.
const YEAR: u64 = 365 * 24 * 60 * 60;

#[derive(Debug, Args)]
#[command(next_help_heading = "Bounds")]
pub(crate) struct Typed {
    /// Of a request's head
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = Bounds::default().header_bytes as u64,
        value_parser = value_parser!(u64).range(1..),
        env = "PORTOLAN_MAX_HEADER_BYTES"
    )]
    max_header_bytes: u64,

    /// Header lines of a request
    #[arg(
        long,
        value_name = "N",
        default_value_t = Bounds::default().headers as u64,
        value_parser = value_parser!(u64).range(1..=10_000),
        env = "PORTOLAN_MAX_HEADERS"
    )]
    max_headers: u64,

    /// Of a request's path and query
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = Bounds::default().uri_bytes as u64,
        value_parser = value_parser!(u64).range(1..),
        env = "PORTOLAN_MAX_URI_BYTES"
    )]
    max_uri_bytes: u64,

    /// Of a request's body; 0: no bound
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 0,
        env = "PORTOLAN_MAX_BODY_BYTES"
    )]
    max_body_bytes: u64,

    /// For a request's head to come
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Bounds::default().header_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=YEAR),
        env = "PORTOLAN_HEADER_TIMEOUT"
    )]
    header_timeout: u64,

    /// Between two pieces of a request's body
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Bounds::default().body_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=YEAR),
        env = "PORTOLAN_BODY_TIMEOUT"
    )]
    body_timeout: u64,

    /// Between two requests of a connection
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Bounds::default().idle_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=YEAR),
        env = "PORTOLAN_IDLE_TIMEOUT"
    )]
    idle_timeout: u64,

    /// For a client to read on
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Bounds::default().send_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=YEAR),
        env = "PORTOLAN_SEND_TIMEOUT"
    )]
    send_timeout: u64,

    /// For a TLS handshake, and for a PROXY header
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = Bounds::default().handshake_timeout.as_secs(),
        value_parser = value_parser!(u64).range(1..=YEAR),
        env = "PORTOLAN_HANDSHAKE_TIMEOUT"
    )]
    handshake_timeout: u64,

    /// Connections of all workers; what comes beyond is closed at once
    #[arg(
        long,
        value_name = "N",
        default_value_t = Bounds::default().connections as u64,
        value_parser = value_parser!(u64).range(1..),
        env = "PORTOLAN_MAX_CONNECTIONS"
    )]
    max_connections: u64,

    /// Requests at a time on one HTTP/2 connection
    #[arg(
        long,
        value_name = "N",
        default_value_t = Bounds::default().streams,
        value_parser = value_parser!(u32).range(1..),
        env = "PORTOLAN_MAX_STREAMS"
    )]
    max_streams: u32,

    /// Bodies held in memory, of all workers; what comes beyond is answered 503
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = Bounds::default().held_bytes as u64,
        value_parser = value_parser!(u64).range(1..),
        env = "PORTOLAN_MAX_HELD_BYTES"
    )]
    max_held_bytes: u64,
}

impl Typed {
    pub(crate) fn bounds(&self) -> Bounds {
        let size = |typed: u64| usize::try_from(typed).unwrap_or(usize::MAX);
        Bounds {
            header_bytes: size(self.max_header_bytes),
            headers: size(self.max_headers),
            uri_bytes: size(self.max_uri_bytes),
            body_bytes: (self.max_body_bytes > 0).then(|| size(self.max_body_bytes)),
            header_timeout: Duration::from_secs(self.header_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            idle_timeout: Duration::from_secs(self.idle_timeout),
            send_timeout: Duration::from_secs(self.send_timeout),
            handshake_timeout: Duration::from_secs(self.handshake_timeout),
            connections: size(self.max_connections),
            streams: self.max_streams,
            held_bytes: size(self.max_held_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        typed: Typed,
    }

    fn bounds(line: &[&str]) -> Result<Bounds, clap::Error> {
        let line = [&["portolan"][..], line].concat();
        Line::try_parse_from(line).map(|line| line.typed.bounds())
    }

    #[test]
    fn what_is_not_typed_is_the_gateways_default() {
        assert_eq!(bounds(&[]).unwrap(), Bounds::default());
    }

    #[test]
    fn a_bound_can_be_typed() {
        let typed = ["--max-body-bytes", "100", "--idle-timeout", "5"];
        let expected = Bounds {
            body_bytes: Some(100),
            idle_timeout: Duration::from_secs(5),
            ..Bounds::default()
        };
        assert_eq!(bounds(&typed).unwrap(), expected);
        assert!(bounds(&["--max-headers", "0"]).is_err());
        assert!(bounds(&["--header-timeout", "0"]).is_err());
        // No clock counts so far.
        for timeout in ["header", "body", "idle", "send", "handshake"] {
            let name = format!("--{timeout}-timeout");
            assert!(bounds(&[&name, "18446744073709551615"]).is_err(), "{name}");
        }
    }
}
