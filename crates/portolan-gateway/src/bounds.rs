//! What strangers may use of the gateway, and for how long. Whatever arrives stays within these.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Of a request's head, its request line with it, in bytes.
    pub header_bytes: usize,
    /// Header lines of a request.
    pub headers: usize,
    /// Of a request's path and query, in bytes.
    pub uri_bytes: usize,
    /// Of a request's body, in bytes; none: no bound, Kong's 0.
    pub body_bytes: Option<usize>,
    /// For a request's head from its first byte on, and for the first head of a connection: nginx's
    /// `client_header_timeout`.
    pub header_timeout: Duration,
    /// Between two pieces of a body: nginx's `client_body_timeout`.
    pub body_timeout: Duration,
    /// Between two requests of a connection: nginx's `keepalive_timeout`.
    pub idle_timeout: Duration,
    /// For a client to read on: nginx's `send_timeout`.
    pub send_timeout: Duration,
    /// For a PROXY header and a TLS handshake together.
    pub handshake_timeout: Duration,
    /// Connections of all workers.
    pub connections: usize,
    /// Requests at a time on one HTTP/2 connection.
    pub streams: u32,
    /// Bodies held in memory, of all workers, in bytes.
    pub held_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            header_bytes: 32 * 1024,
            headers: 100,
            uri_bytes: 16 * 1024,
            body_bytes: None,
            header_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            send_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(10),
            connections: 16_384,
            streams: 128,
            held_bytes: 512 * 1024 * 1024,
        }
    }
}
