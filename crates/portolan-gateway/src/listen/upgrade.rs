//! A client's connection given over to another protocol, after an answer of 101.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::idle::Waiting;

/// The client asks for another protocol; which, is in its `Upgrade` header.
pub(crate) struct Upgrade {
    pending: hyper::upgrade::OnUpgrade,
    waiting: Waiting,
}

/// The connection, from the first byte after the request on.
pub(crate) struct Upgraded {
    io: TokioIo<hyper::upgrade::Upgraded>,
}

impl Upgrade {
    pub(super) fn new(pending: hyper::upgrade::OnUpgrade, waiting: Waiting) -> Self {
        Self { pending, waiting }
    }

    /// To be called before the answer of 101 is handed over, and not unless it is; resolves when it was written.
    /// An error: it never was.
    pub(crate) fn accept(self) -> impl Future<Output = io::Result<Upgraded>> + Send + 'static {
        // Now, and not when it is first polled: hyper may be done with the connection by then.
        self.waiting.upgrade();
        let pending = self.pending;
        async move {
            match pending.await {
                Ok(upgraded) => Ok(Upgraded {
                    io: TokioIo::new(upgraded),
                }),
                Err(error) => Err(io::Error::other(error)),
            }
        }
    }
}

impl std::fmt::Debug for Upgrade {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Upgrade")
    }
}

impl std::fmt::Debug for Upgraded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Upgraded")
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
