//! A kept connection of the load generator: one request at a time, every answer read to its end.

mod http1;
mod http2;
mod socket;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;

use super::{request::Request, transport::Transport};
use http1::Http1;
use http2::Http2;
pub(super) use socket::Dialer;

/// Bounds an answer that never ends.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) enum Connection {
    Http1(Http1),
    Http2(Http2),
}

/// A request in the form of either version, made once for all the times it is sent.
pub(super) struct Prepared {
    /// Of HTTP/1.1, head and body.
    bytes: String,
    /// Of HTTP/2.
    head: http::Request<()>,
    body: Bytes,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) took: Duration,
    /// The longest time in which nothing came, from the request on.
    pub(super) longest_gap: Duration,
}

impl Prepared {
    pub(super) fn of(request: &Request, transport: Transport) -> Result<Self> {
        Ok(Self {
            bytes: request.http1(),
            head: request.http2(transport)?,
            body: Bytes::from(request.body.clone()),
        })
    }
}

impl Connection {
    pub(super) async fn open(dialer: &Dialer) -> Result<Self> {
        let socket = dialer.dial().await?;
        Ok(if dialer.transport.is_http2() {
            Self::Http2(Http2::begin(socket).await?)
        } else {
            Self::Http1(Http1::begin(socket))
        })
    }

    pub(super) async fn ask(&mut self, asked: &Prepared) -> Result<Answer> {
        let exchange = async {
            match self {
                Self::Http1(connection) => connection.exchange(asked).await,
                Self::Http2(connection) => connection.exchange(asked).await,
            }
        };
        tokio::time::timeout(TIMEOUT, exchange)
            .await
            .context("no whole answer in time")?
    }

    /// Asks for a stream and returns once its first bytes are here; the rest is left to come.
    pub(super) async fn begin(&mut self, asked: &Prepared) -> Result<()> {
        let begun = async {
            match self {
                Self::Http1(connection) => connection.begin_stream(asked).await,
                Self::Http2(_) => bail!("streams are held over HTTP/1.1"),
            }
        };
        tokio::time::timeout(TIMEOUT, begun)
            .await
            .context("no answer begun in time")?
    }

    /// Whether it may be asked once more.
    pub(super) fn stays(&self) -> bool {
        match self {
            Self::Http1(connection) => connection.stays,
            // Its end shows when it is asked.
            Self::Http2(_) => true,
        }
    }
}

struct Gaps {
    begun: Instant,
    last: Instant,
    longest: Duration,
}

impl Gaps {
    fn begin() -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            last: now,
            longest: Duration::ZERO,
        }
    }

    fn mark(&mut self) {
        let now = Instant::now();
        self.longest = self.longest.max(now - self.last);
        self.last = now;
    }

    /// Of an answer that is whole.
    fn answer(self, status: u16, body: Vec<u8>) -> Answer {
        Answer {
            status,
            body,
            took: self.begun.elapsed(),
            longest_gap: self.longest,
        }
    }
}
