//! A client's request body.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Body;
use hyper::body::Incoming;

/// The body stopped before its end, or was framed wrongly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ReadError(hyper::Error);

#[derive(Debug)]
pub(crate) struct RequestBody(Incoming);

impl RequestBody {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self(incoming)
    }

    /// Bytes to come, where the client said how many.
    pub(crate) fn exact_len(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }

    /// The next bytes as they arrived; `None` is the clean end. Trailers are skipped.
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, ReadError>>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(ReadError(error)))),
                None => return Poll::Ready(None),
            }
        }
    }
}
