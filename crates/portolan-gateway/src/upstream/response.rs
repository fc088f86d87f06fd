//! Response bodies. A body read to its end gives its connection back; one dropped before closes the HTTP/1.1
//! connection, or resets the HTTP/2 stream, at once.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper::body::Incoming;

use super::{
    Socket,
    error::{BodyError, describe},
    h1::H1,
    h2::Lease,
    pool::Slot,
};

pub(crate) struct UpstreamBody {
    incoming: Incoming,
    carrier: Carrier,
}

/// What the rest of the body arrives on.
enum Carrier {
    H1 {
        connection: Box<H1>,
        slot: Arc<Slot>,
    },
    H2 {
        _lease: Lease,
    },
    /// Nothing: what comes on it now is no body.
    Switched(Box<Socket>),
    Ended,
}

impl UpstreamBody {
    pub(super) fn h1(incoming: Incoming, connection: Box<H1>, slot: Arc<Slot>) -> Self {
        Self::new(incoming, Carrier::H1 { connection, slot })
    }

    pub(super) fn h2(incoming: Incoming, lease: Lease) -> Self {
        Self::new(incoming, Carrier::H2 { _lease: lease })
    }

    /// Of a 101.
    pub(super) fn switched(incoming: Incoming, socket: Socket) -> Self {
        Self {
            incoming,
            carrier: Carrier::Switched(Box::new(socket)),
        }
    }

    fn new(incoming: Incoming, carrier: Carrier) -> Self {
        let mut body = Self { incoming, carrier };
        if body.incoming.is_end_stream() {
            body.finish();
        }
        body
    }

    /// Bytes still to come, where the provider said how many.
    pub(crate) fn exact_len(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// Whether all of it was taken, or it broke off.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.carrier, Carrier::Ended)
    }

    /// What the other protocol of a 101 is spoken on.
    pub(crate) fn into_socket(self) -> Option<Box<Socket>> {
        match self.carrier {
            Carrier::Switched(socket) => Some(socket),
            Carrier::H1 { .. } | Carrier::H2 { .. } | Carrier::Ended => None,
        }
    }

    /// The next bytes as they arrived; `None` is the clean end. Trailers are skipped.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match ready!(self.poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// The same, with trailers.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = ready!(match &mut self.carrier {
            Carrier::H1 { connection, .. } => connection.poll_body(&mut self.incoming, cx),
            Carrier::H2 { .. } => poll_incoming(&mut self.incoming, cx),
            Carrier::Switched(_) | Carrier::Ended => return Poll::Ready(None),
        });
        match &frame {
            Some(Ok(_)) if !self.incoming.is_end_stream() => {}
            Some(Ok(_)) | None => self.finish(),
            Some(Err(_)) => self.carrier = Carrier::Ended,
        }
        Poll::Ready(frame)
    }

    fn finish(&mut self) {
        if let Carrier::H1 { connection, slot } = mem::replace(&mut self.carrier, Carrier::Ended) {
            slot.put(connection);
        }
    }
}

pub(super) fn poll_incoming(
    incoming: &mut Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    Poll::Ready(match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
        Some(Ok(frame)) => Some(Ok(frame)),
        Some(Err(error)) => Some(Err(BodyError::new(describe(&error)))),
        // An HTTP/2 stream that is reset with NO_ERROR ends like a whole one.
        None => match incoming.size_hint().exact() {
            None | Some(0) => None,
            Some(left) => Some(Err(BodyError::new(format!("{left} bytes are missing")))),
        },
    })
}
