//! A client's socket, plain or TLS, shared between hyper and a watch that notices the client's going.
//! hyper looks no further while bytes that it has not parsed sit in its buffer (a pipelined request), so the watch
//! reads ahead itself; hyper is given those bytes when it asks.

#[cfg(test)]
mod tests;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::tcp::OwnedWriteHalf,
};

use super::{
    idle::Waiting,
    refusal::Refusals,
    side::{Half, Side, Stream},
    watch::ClientWatch,
};
use crate::pieces;

/// What an HTTP/2 client begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) struct ClientSocket {
    side: Arc<Mutex<Side>>,
    /// Of a plain connection: it needs no lock. TLS reads and writes by one object.
    write: Option<OwnedWriteHalf>,
    waiting: Waiting,
    /// Of HTTP/1.1.
    refusals: Option<Refusals>,
    /// An answer that stands for hyper's own: what is still to be written, and hyper's length.
    instead: Option<(Bytes, usize)>,
}

impl ClientSocket {
    pub(super) fn new(stream: Stream, waiting: Waiting) -> Self {
        let (half, write) = stream.split();
        Self {
            side: Arc::new(Mutex::new(Side::new(half))),
            write,
            waiting,
            refusals: None,
            instead: None,
        }
    }

    pub(super) fn watch(&self) -> ClientWatch {
        ClientWatch::new(Arc::clone(&self.side))
    }

    /// Whether the client speaks HTTP/2 without having been asked; what it sent is kept for hyper.
    pub(super) fn poll_preface(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut side = lock(&self.side);
        loop {
            let seen = side.ahead.len().min(PREFACE.len());
            if side.ahead[..seen] != PREFACE[..seen] {
                return Poll::Ready(false);
            }
            if seen == PREFACE.len() {
                return Poll::Ready(true);
            }
            if side.ended {
                return Poll::Ready(false);
            }
            ready!(side.poll_ahead(cx));
        }
    }

    /// HTTP/1.1 is spoken from here on, and hyper's own answers are told as Kong's.
    pub(super) fn refuse_with(&mut self, refusals: Refusals) {
        self.refusals = Some(refusals);
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.write {
            Some(write) => Pin::new(write).poll_write(cx, buf),
            None => match &mut lock(&self.side).half {
                Half::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
                Half::Plain(_) => not_connected(),
            },
        }
    }

    /// Writes what stands for hyper's own answer; none: what hyper writes is not that.
    fn poll_instead(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        let (mut answer, length) = match self.instead.take() {
            Some(begun) => begun,
            None => {
                let answer = self.refusals.as_ref()?.instead(&self.waiting, bufs)?;
                lock(&self.side).refused = true;
                answer
            }
        };
        while !answer.is_empty() {
            match self.poll_bytes(cx, &answer) {
                Poll::Ready(Ok(0)) => {
                    return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(written)) => answer.advance(written),
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => {
                    self.instead = Some((answer, length));
                    return Some(Poll::Pending);
                }
            }
        }
        Some(Poll::Ready(Ok(length)))
    }

    fn note_write(&self, went_on: bool) {
        if self.refusals.is_some() {
            self.waiting.wrote(went_on);
        } else {
            // Over HTTP/2 something is always written: it says nothing of requests.
            self.waiting.moved(went_on);
        }
    }
}

pub(super) fn lock(side: &Mutex<Side>) -> MutexGuard<'_, Side> {
    side.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plain connection's write half is not here: it is never asked for.
fn not_connected<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for ClientSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        ready!(lock(&this.side).poll_given(cx, buf))?;
        if let Some(refusals) = &mut this.refusals
            && buf.filled().len() > before
        {
            this.waiting.read();
            refusals.read(&this.waiting, &buf.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = match this.poll_instead(cx, &[IoSlice::new(buf)]) {
            Some(polled) => polled,
            None => this.poll_bytes(cx, buf),
        };
        this.note_write(polled.is_ready());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let polled = match this.poll_instead(cx, bufs) {
            Some(polled) => polled,
            None => match &mut this.write {
                Some(write) => pieces::poll_write(write, cx, bufs),
                None => match &mut lock(&this.side).half {
                    Half::Tls(stream) => pieces::poll_write(stream, cx, bufs),
                    Half::Plain(_) => not_connected(),
                },
            },
        };
        this.note_write(polled.is_ready());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // A plain socket holds nothing back.
        if this.write.is_none()
            && let Half::Tls(stream) = &mut lock(&this.side).half
        {
            let polled = Pin::new(stream).poll_flush(cx);
            this.waiting.moved(polled.is_ready());
            ready!(polled)?;
        }
        if let Some(refusals) = &mut this.refusals {
            refusals.flushed(&this.waiting);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(write) = &mut this.write {
            ready!(Pin::new(write).poll_shutdown(cx))?;
            lock(&this.side).shut = true;
            return Poll::Ready(Ok(()));
        }
        lock(&this.side).poll_shut(cx)
    }
}
