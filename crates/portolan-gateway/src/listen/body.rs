//! A client's request body: bounded, and noted where it is left with the client.

use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body;
use hyper::body::Incoming;

use super::idle::Waiting;
use crate::error::{GatewayError, Kind};

/// The body stopped before its end, or is none that may be sent.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct ReadError(Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Broken(hyper::Error),
    #[error("the body is longer than any may be")]
    TooLarge,
}

/// What comes of a body at a time.
#[derive(Debug)]
pub(crate) enum Chunk {
    Data(Bytes),
    /// After them comes nothing.
    Trailers(HeaderMap),
}

#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    /// Bytes that may still come.
    left: u64,
    /// Of HTTP/1.1, until the body's end: what of it is not read stands in the way of the connection's.
    unread: Option<Waiting>,
}

impl ReadError {
    /// What the client is to be told; none: it went.
    pub(crate) fn refusal(&self) -> Option<GatewayError> {
        let error = match &self.0 {
            Fault::TooLarge => return Some(GatewayError::new(Kind::BodyTooLarge, "")),
            Fault::Broken(error) => error,
        };
        let io = error.source()?.downcast_ref::<io::Error>()?;
        // What hyper calls a chunk that is framed wrongly; a connection that ends is none of these.
        matches!(
            io.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
        .then(|| GatewayError::new(Kind::Malformed, ""))
    }
}

impl RequestBody {
    /// `bound`: in bytes; none: no bound. `waiting`: of an HTTP/1.1 connection.
    pub(super) fn new(incoming: Incoming, bound: Option<usize>, waiting: Option<&Waiting>) -> Self {
        let unread = waiting.filter(|_| !incoming.is_end_stream());
        Self {
            left: bound.map_or(u64::MAX, |bound| bound as u64),
            unread: unread.cloned(),
            incoming,
        }
    }

    /// Bytes to come, where the client said how many.
    pub(crate) fn exact_len(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// What comes next; `None` is the clean end.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Chunk, ReadError>>> {
        loop {
            let Some(frame) = ready!(Pin::new(&mut self.incoming).poll_frame(cx)) else {
                self.unread = None;
                return Poll::Ready(None);
            };
            let chunk = frame.map_err(|error| ReadError(Fault::Broken(error)));
            match chunk.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => {
                    let Some(left) = self.left.checked_sub(data.len() as u64) else {
                        return Poll::Ready(Some(Err(ReadError(Fault::TooLarge))));
                    };
                    self.left = left;
                    return Poll::Ready(Some(Ok(Chunk::Data(data))));
                }
                Ok(Err(frame)) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        self.unread = None;
                        return Poll::Ready(Some(Ok(Chunk::Trailers(trailers))));
                    }
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    /// The next bytes as they arrived; `None` is the clean end. Trailers are skipped.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, ReadError>>> {
        loop {
            match ready!(self.poll_next(cx)) {
                Some(Ok(Chunk::Data(data))) => return Poll::Ready(Some(Ok(data))),
                Some(Ok(Chunk::Trailers(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(waiting) = &self.unread
            && !self.incoming.is_end_stream()
        {
            waiting.leave_unread();
        }
    }
}
