//! A keep-alive connection of the load generator: one request at a time, every answer read to its end.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::http1::Head;

/// Bounds an answer that never ends.
const TIMEOUT: Duration = Duration::from_secs(30);
const READ: usize = 16 << 10;

pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Whether it may be asked once more.
    pub(super) stays: bool,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) took: Duration,
    /// The longest time in which nothing came, from the request on.
    pub(super) longest_gap: Duration,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(READ),
            stays: true,
        })
    }

    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        tokio::time::timeout(TIMEOUT, self.exchange(request))
            .await
            .context("no whole answer in time")?
    }

    /// Asks for a stream and returns once its first bytes are here; the rest is left to come.
    pub(super) async fn begin(&mut self, request: &[u8]) -> Result<()> {
        let begun = async {
            self.stream.write_all(request).await?;
            let head = self.head(&mut Gaps::begin()).await?;
            ensure!(head.status == 200, "status {}", head.status);
            while self.received.len() <= head.length {
                self.fill().await?;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(TIMEOUT, begun)
            .await
            .context("no answer begun in time")?
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        let mut gaps = Gaps::begin();
        self.stream.write_all(request).await?;
        let mut head = self.head(&mut gaps).await?;
        self.received.drain(..head.length);
        let mut body = Vec::new();
        while !head.framing.feed(&mut self.received, &mut body)? {
            self.fill().await?;
            gaps.mark();
        }
        ensure!(self.received.is_empty(), "bytes after the answer");
        self.stays = head.stays;
        Ok(Answer {
            status: head.status,
            body,
            took: gaps.begun.elapsed(),
            longest_gap: gaps.longest,
        })
    }

    async fn head(&mut self, gaps: &mut Gaps) -> Result<Head> {
        loop {
            if let Some(head) = Head::read(&self.received)? {
                return Ok(head);
            }
            self.fill().await?;
            gaps.mark();
        }
    }

    async fn fill(&mut self) -> Result<()> {
        self.received.reserve(READ);
        let read = self.stream.read_buf(&mut self.received).await?;
        ensure!(read > 0, "closed before the answer was whole");
        Ok(())
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
}
