//! The body of every response to a client.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Method;
use http_body::{Body, Frame, SizeHint};

use crate::{
    ai::Drive,
    forward::Relay,
    telemetry::{Outcome, Settle},
};

/// The answer breaks off: the connection is closed without the end that a whole one has.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub(crate) struct Cut;

#[derive(Debug)]
pub(crate) enum ResponseBody {
    /// Held whole, with the guard that settles the request once it was taken.
    Whole { bytes: Bytes, settle: Settle },
    /// Still coming: the driver goes on from here.
    Driven(Box<Drive>),
    /// A service's, handed on.
    Relayed(Relay),
}

impl ResponseBody {
    pub(crate) fn whole(bytes: Bytes, mut settle: Settle) -> Self {
        settle.with(|record| {
            // hyper takes nothing of a body that is empty, or that no body may be written for.
            if bytes.is_empty() || record.method == Method::HEAD {
                record.outcome = Outcome::Completed;
            }
        });
        Self::Whole { bytes, settle }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole { bytes, settle } => {
                let bytes = std::mem::take(bytes);
                settle.with(|record| {
                    record.response_size += bytes.len() as u64;
                    record.outcome = Outcome::Completed;
                });
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Driven(drive) => drive
                .poll_chunk(cx)
                .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
            Self::Relayed(relay) => relay.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole { bytes, .. } => bytes.is_empty(),
            Self::Driven(_) => false,
            Self::Relayed(relay) => relay.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole { bytes, .. } => SizeHint::with_exact(bytes.len() as u64),
            Self::Driven(_) => SizeHint::default(),
            Self::Relayed(relay) => relay.size_hint(),
        }
    }
}
