//! Response bodies. A body read to its end gives its connection back; one dropped before closes the HTTP/1.1
//! connection, or resets the HTTP/2 stream, at once.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;

use super::{
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
    Ended,
}

impl UpstreamBody {
    pub(super) fn h1(incoming: Incoming, connection: Box<H1>, slot: Arc<Slot>) -> Self {
        Self::new(incoming, Carrier::H1 { connection, slot })
    }

    pub(super) fn h2(incoming: Incoming, lease: Lease) -> Self {
        Self::new(incoming, Carrier::H2 { _lease: lease })
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

    /// The next bytes as they arrived; `None` is the clean end. Trailers are skipped.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let chunk = ready!(match &mut self.carrier {
            Carrier::H1 { connection, .. } => connection.poll_body(&mut self.incoming, cx),
            Carrier::H2 { .. } => poll_data(&mut self.incoming, cx),
            Carrier::Ended => return Poll::Ready(None),
        });
        match &chunk {
            Some(Ok(_)) if !self.incoming.is_end_stream() => {}
            Some(Ok(_)) | None => self.finish(),
            Some(Err(_)) => self.carrier = Carrier::Ended,
        }
        Poll::Ready(chunk)
    }

    fn finish(&mut self) {
        if let Carrier::H1 { connection, slot } = mem::replace(&mut self.carrier, Carrier::Ended) {
            slot.put(connection);
        }
    }
}

pub(super) fn poll_data(
    incoming: &mut Incoming,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Poll::Ready(Some(Ok(bytes)));
                }
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::new(describe(&error))))),
            // An HTTP/2 stream that is reset with NO_ERROR ends like a whole one.
            None => {
                return Poll::Ready(match incoming.size_hint().exact() {
                    None | Some(0) => None,
                    Some(left) => Some(Err(BodyError::new(format!("{left} bytes are missing")))),
                });
            }
        }
    }
}
