//! What goes out after a request's head: held, or sent on as it comes from whom it is from.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;

use super::Segments;

pub(crate) enum Outgoing {
    Held(Segments),
    Coming {
        body: BoxBody<Bytes, BrokenOff>,
        awaited: Awaited,
    },
}

/// Whether a body that is sent on waits for whom it is from: what the upstream does not get then is not its fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Awaited(Arc<AtomicBool>);

/// A body that stopped before its end. Whoever made it knows why.
#[derive(Debug, thiserror::Error)]
#[error("the request's body broke off")]
pub(crate) struct BrokenOff;

impl Awaited {
    pub(crate) fn note(&self, waits: bool) {
        self.0.store(waits, Ordering::Relaxed);
    }

    fn waits(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Outgoing {
    /// Tells, after the body has been handed over, whether it waits.
    pub(super) fn waits(&self) -> impl Fn() -> bool + use<> {
        let awaited = match self {
            Self::Held(_) => None,
            Self::Coming { awaited, .. } => Some(awaited.clone()),
        };
        move || awaited.as_ref().is_some_and(Awaited::waits)
    }
}

impl From<Segments> for Outgoing {
    fn from(held: Segments) -> Self {
        Self::Held(held)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Held(segments) => Pin::new(segments)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Coming { body, .. } => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Held(segments) => segments.is_end_stream(),
            Self::Coming { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Held(segments) => segments.size_hint(),
            Self::Coming { body, .. } => body.size_hint(),
        }
    }
}
