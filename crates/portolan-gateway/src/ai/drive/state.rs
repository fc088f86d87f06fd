//! The states of the driver, and what arrives in them.

use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

use super::Promise;
use crate::{
    ai::{attempt::Attempt, relay::StreamRelay, render::Plan},
    balance::Lease,
    deadline::Deadline,
    upstream::UpstreamBody,
};

pub(super) enum State {
    Choosing,
    Sending(Attempt),
    /// The head came; the body is collected, to be judged.
    Collecting(Collecting),
    /// A stream that has promised nothing yet.
    Gating(Streaming),
    /// Content was sent: the target may not change any more.
    Streaming(Streaming),
    /// Longer than is judged whole: handed on as it comes.
    Verbatim(Answering),
    /// The terminal event went; the rest of the provider's body is awaited, so that its connection can serve again.
    Lingering(Streaming),
    /// What says that the answer broke off is queued for the client.
    Breaking,
    /// It was written; the connection is closed.
    Broken,
    Over,
}

/// An answer under way, with what keeps its target counted.
pub(super) struct Answering {
    pub(super) body: UpstreamBody,
    pub(super) gap: Deadline,
    /// Counts the target as in flight.
    pub(super) _lease: Lease,
}

pub(super) struct Collecting {
    pub(super) answering: Answering,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) plan: Plan,
    pub(super) first: Bytes,
    pub(super) rest: BytesMut,
}

pub(super) struct Streaming {
    pub(super) answering: Answering,
    pub(super) headers: HeaderMap,
    pub(super) plan: Plan,
    pub(super) relay: StreamRelay,
}

/// What a state comes to before anything is promised.
pub(super) enum Step {
    Go,
    Wait,
    Promise(Promise),
}

/// What a state comes to afterwards.
pub(super) enum Flow {
    Go,
    Wait,
    /// Let what was handed out be written first.
    Flush,
    End,
    Cut,
}

pub(super) enum Arrived {
    Chunk(Bytes),
    End,
    /// Nothing came within the gap.
    Stalled,
    Cut(String),
}

impl Answering {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, gap: Duration) -> Poll<Arrived> {
        match self.body.poll_chunk(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.gap.extend(gap);
                Poll::Ready(Arrived::Chunk(chunk))
            }
            Poll::Ready(None) => Poll::Ready(Arrived::End),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Arrived::Cut(error.to_string())),
            Poll::Pending => {
                ready!(self.gap.poll(cx));
                Poll::Ready(Arrived::Stalled)
            }
        }
    }
}

impl Collecting {
    pub(super) fn add(&mut self, chunk: Bytes) {
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = chunk;
            return;
        }
        if self.rest.is_empty() {
            // All of it at once where the provider said how much: no growing by copies.
            let left = self.left().unwrap_or(0);
            self.rest.reserve(self.first.len() + chunk.len() + left);
            self.rest.extend_from_slice(&self.first);
        }
        self.rest.extend_from_slice(&chunk);
    }

    /// What is still to come, where the provider said how much; of a longer answer as much as is kept.
    pub(super) fn left(&self) -> Option<usize> {
        let left = usize::try_from(self.answering.body.exact_len()?);
        Some(left.unwrap_or(usize::MAX).min(super::WHOLE_BOUND))
    }

    pub(super) fn len(&self) -> usize {
        self.first.len().max(self.rest.len())
    }

    pub(super) fn take(&mut self) -> Bytes {
        if self.rest.is_empty() {
            std::mem::take(&mut self.first)
        } else {
            std::mem::take(&mut self.rest).freeze()
        }
    }
}
