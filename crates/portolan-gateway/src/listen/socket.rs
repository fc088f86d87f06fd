//! A client's socket, shared between hyper and a watch that notices the client's going.
//! hyper looks no further while bytes that it has not parsed sit in its buffer (a pipelined request), so the watch
//! reads ahead itself; hyper is given those bytes when it asks.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use super::idle::Waiting;
use crate::pieces;

/// Read ahead at most; a client that has sent more unasked is noticed only when a write to it fails.
const AHEAD: usize = 64 * 1024;
/// A read of the watch's: what comes is a client's end, or the head of its next request.
const PIECE: usize = 4096;

pub(super) struct ClientSocket {
    read: Arc<Mutex<ReadSide>>,
    write: OwnedWriteHalf,
    waiting: Waiting,
}

struct ReadSide {
    half: OwnedReadHalf,
    ahead: Bytes,
    ended: bool,
}

/// Tells when the client is gone. Polled by the task that also polls the connection: a socket wakes one task.
#[derive(Clone)]
pub(crate) struct ClientWatch {
    read: Arc<Mutex<ReadSide>>,
}

impl std::fmt::Debug for ClientWatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ClientWatch")
    }
}

impl ClientSocket {
    pub(super) fn new(stream: TcpStream, waiting: Waiting) -> Self {
        let (half, write) = stream.into_split();
        Self {
            read: Arc::new(Mutex::new(ReadSide {
                half,
                ahead: Bytes::new(),
                ended: false,
            })),
            write,
            waiting,
        }
    }

    pub(super) fn watch(&self) -> ClientWatch {
        ClientWatch {
            read: Arc::clone(&self.read),
        }
    }
}

fn lock(side: &Mutex<ReadSide>) -> MutexGuard<'_, ReadSide> {
    side.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientWatch {
    /// Closes the connection by a reset: to a client that reads until the end, a plain one would look whole.
    pub(crate) fn reset(&self) {
        let side = lock(&self.read);
        // Where it cannot be had, the connection is closed all the same.
        let _ = socket2::SockRef::from(side.half.as_ref()).set_linger(Some(Duration::ZERO));
    }

    /// Ready once the client closed or reset the connection; bytes it sends meanwhile are kept for hyper.
    pub(crate) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut side = lock(&self.read);
        while !side.ended {
            if side.ahead.len() >= AHEAD {
                return Poll::Pending;
            }
            let mut piece = [0; PIECE];
            let mut buf = ReadBuf::new(&mut piece);
            let read = ready!(Pin::new(&mut side.half).poll_read(cx, &mut buf));
            side.ended = read.is_err() || buf.filled().is_empty();
            side.keep(buf.filled());
        }
        Poll::Ready(())
    }
}

impl ReadSide {
    fn keep(&mut self, bytes: &[u8]) {
        let mut ahead = BytesMut::from(&self.ahead[..]);
        ahead.extend_from_slice(bytes);
        self.ahead = ahead.freeze();
    }
}

impl AsyncRead for ClientSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut side = lock(&self.read);
        if !side.ahead.is_empty() {
            let taken = side.ahead.len().min(buf.remaining());
            buf.put_slice(&side.ahead[..taken]);
            side.ahead.advance(taken);
            return Poll::Ready(Ok(()));
        }
        if side.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut side.half).poll_read(cx, buf))?;
        side.ended = buf.filled().len() == before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.write).poll_write(cx, buf);
        self.waiting.wrote(polled.is_ready());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = pieces::poll_write(&mut self.write, cx, bufs);
        self.waiting.wrote(polled.is_ready());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.write.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(cx)
    }
}
