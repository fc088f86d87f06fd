//! HTTP/1.1, kept alive.

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Answer, Gaps, Prepared, socket::Socket};
use crate::bench::http1::Head;

const READ: usize = 16 << 10;

pub(in crate::bench) struct Http1 {
    socket: Socket,
    received: Vec<u8>,
    pub(super) stays: bool,
}

impl Http1 {
    pub(super) fn begin(socket: Socket) -> Self {
        Self {
            socket,
            received: Vec::with_capacity(READ),
            stays: true,
        }
    }

    pub(super) async fn exchange(&mut self, asked: &Prepared) -> Result<Answer> {
        let mut gaps = Gaps::begin();
        self.send(asked).await?;
        let mut head = self.head(&mut gaps).await?;
        self.received.drain(..head.length);
        let mut body = Vec::new();
        while !head.framing.feed(&mut self.received, &mut body)? {
            self.fill().await?;
            gaps.mark();
        }
        ensure!(self.received.is_empty(), "bytes after the answer");
        self.stays = head.stays;
        Ok(gaps.answer(head.status, body))
    }

    pub(super) async fn begin_stream(&mut self, asked: &Prepared) -> Result<()> {
        self.send(asked).await?;
        let head = self.head(&mut Gaps::begin()).await?;
        ensure!(head.status == 200, "status {}", head.status);
        while self.received.len() <= head.length {
            self.fill().await?;
        }
        Ok(())
    }

    async fn send(&mut self, asked: &Prepared) -> Result<()> {
        self.socket.write_all(asked.bytes.as_bytes()).await?;
        // TLS may hold the last of it.
        self.socket.flush().await?;
        Ok(())
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
        let read = self.socket.read_buf(&mut self.received).await?;
        ensure!(read > 0, "closed before the answer was whole");
        Ok(())
    }
}
