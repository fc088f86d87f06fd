//! What a client's socket shares with its watch: the reading side, and of TLS the writing side with it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_rustls::server::TlsStream;

/// Read ahead at a time: a client's end, or the head of its next request.
const PIECE: usize = 4096;

/// A connection that is ready for HTTP.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(super) enum Half {
    Plain(OwnedReadHalf),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(super) struct Side {
    pub(super) half: Half,
    /// Read before hyper asked.
    pub(super) ahead: Bytes,
    /// The client closed, or is gone.
    pub(super) ended: bool,
    /// Our end was closed in order.
    pub(super) shut: bool,
    /// The last answer refuses what the client may still be sending.
    pub(super) refused: bool,
}

impl Stream {
    pub(super) fn split(self) -> (Half, Option<OwnedWriteHalf>) {
        match self {
            Self::Plain(stream) => {
                let (read, write) = stream.into_split();
                (Half::Plain(read), Some(write))
            }
            Self::Tls(stream) => (Half::Tls(stream), None),
        }
    }
}

impl Side {
    pub(super) fn new(half: Half) -> Self {
        Self {
            half,
            ahead: Bytes::new(),
            ended: false,
            shut: false,
            refused: false,
        }
    }

    pub(super) fn socket(&self) -> SockRef<'_> {
        match &self.half {
            Half::Plain(half) => SockRef::from(half.as_ref()),
            Half::Tls(stream) => SockRef::from(stream.get_ref().0),
        }
    }

    /// What was read ahead, then what comes; nothing once the client has ended.
    pub(super) fn poll_given(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let taken = self.ahead.len().min(buf.remaining());
            buf.put_slice(&self.ahead[..taken]);
            self.ahead.advance(taken);
            return Poll::Ready(Ok(()));
        }
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(self.poll_read(cx, buf))?;
        self.ended = buf.filled().len() == before;
        Poll::Ready(Ok(()))
    }

    /// Reads one more piece ahead, or the end.
    pub(super) fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut piece = [0; PIECE];
        let mut buf = ReadBuf::new(&mut piece);
        let read = ready!(self.poll_read(cx, &mut buf));
        self.ended = read.is_err() || buf.filled().is_empty();
        let mut ahead = BytesMut::from(&self.ahead[..]);
        ahead.extend_from_slice(buf.filled());
        self.ahead = ahead.freeze();
        Poll::Ready(())
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.half {
            Half::Plain(half) => Pin::new(half).poll_read(cx, buf),
            Half::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }

    /// What comes, as it is on the wire: TLS that nobody reads any more needs no opening.
    pub(super) fn poll_wire(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.half {
            Half::Plain(half) => Pin::new(half).poll_read(cx, buf),
            Half::Tls(stream) => Pin::new(stream.get_mut().0).poll_read(cx, buf),
        }
    }

    /// Closes our end of a TLS connection, with its `close_notify`. A plain one's is closed with its write half.
    pub(super) fn poll_shut(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Half::Tls(stream) = &mut self.half
            && !self.shut
        {
            ready!(Pin::new(stream).poll_shutdown(cx))?;
        }
        self.shut = true;
        Poll::Ready(Ok(()))
    }
}
