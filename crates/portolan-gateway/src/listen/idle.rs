//! Closes a connection that sends no request, or reads no answer: one timer a connection, which looks at notes of when
//! the waiting began.
//! A timer a request, as hyper has it, costs an insertion and a removal each.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::telemetry::Counters;

/// Waits are noted in milliseconds from the connection's beginning; this is none.
const SERVING: u64 = u64::MAX;

/// What a connection waits for.
#[derive(Clone)]
pub(super) struct Waiting(Arc<Notes>);

/// A connection is counted as open while these live.
struct Notes {
    began: Instant,
    /// For a head.
    since: AtomicU64,
    /// For the client to read; [`SERVING`]: it does.
    blocked: AtomicU64,
    counters: Arc<Counters>,
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.counters.connection_closed();
    }
}

impl Waiting {
    /// Of a connection that was just accepted.
    pub(super) fn new(counters: Arc<Counters>) -> Self {
        counters.connection_opened();
        Self(Arc::new(Notes {
            began: Instant::now(),
            since: AtomicU64::new(0),
            blocked: AtomicU64::new(SERVING),
            counters,
        }))
    }

    /// A request came; its end is the guard's.
    pub(super) fn served(&self) -> Served {
        self.0.counters.request_begun();
        self.0.since.store(SERVING, Ordering::Relaxed);
        Served {
            waiting: self.clone(),
        }
    }

    /// A write went on, or found no room. What is still written of the last answer is no waiting for a head.
    pub(super) fn wrote(&self, went_on: bool) {
        let now = self.now();
        let blocked = if went_on { SERVING } else { now };
        let notes = &*self.0;
        if went_on || notes.blocked.load(Ordering::Relaxed) == SERVING {
            notes.blocked.store(blocked, Ordering::Relaxed);
        }
        if went_on && notes.since.load(Ordering::Relaxed) != SERVING {
            notes.since.store(now, Ordering::Relaxed);
        }
    }

    /// Returns when a head, or the client's reading, has been waited for longer than this; at most twice as long.
    pub(super) async fn too_long(&self, bound: Duration) {
        loop {
            let now = Instant::now();
            let due = [&self.0.since, &self.0.blocked]
                .into_iter()
                .map(|since| match since.load(Ordering::Relaxed) {
                    SERVING => now,
                    since => self.0.began + Duration::from_millis(since),
                })
                .fold(now, Instant::min)
                + bound;
            if due <= now {
                return;
            }
            sleep_until(due).await;
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(SERVING - 1)
    }
}

/// A request under way. Dropped with its answer's body, or without one.
pub(super) struct Served {
    waiting: Waiting,
}

impl Served {
    pub(super) fn bind<B>(self, body: B) -> ServedBody<B> {
        ServedBody {
            body,
            _served: self,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let now = self.waiting.now();
        self.waiting.0.since.store(now, Ordering::Relaxed);
        self.waiting.0.counters.request_ended();
    }
}

/// An answer's body that ends its request's serving.
pub(super) struct ServedBody<B> {
    body: B,
    _served: Served,
}

impl<B: Body + Unpin> Body for ServedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Duration = Duration::from_millis(40);

    #[tokio::test]
    async fn waiting_for_a_head_ends() {
        let waiting = Waiting::new(Arc::default());
        let began = Instant::now();
        waiting.too_long(BOUND).await;
        assert!(began.elapsed() >= BOUND);
    }

    #[tokio::test]
    async fn a_request_under_way_is_no_waiting() {
        let waiting = Waiting::new(Arc::default());
        let served = waiting.served();
        let ended = tokio::time::timeout(BOUND * 4, waiting.too_long(BOUND)).await;
        assert!(ended.is_err());
        let again = Instant::now();
        drop(served);
        waiting.too_long(BOUND).await;
        assert!(again.elapsed() + Duration::from_millis(1) >= BOUND);
    }
}
