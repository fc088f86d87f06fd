//! Closes a connection that sends no request: one timer a connection, which looks at a note of when the waiting began.
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

/// Milliseconds from the connection's beginning to when it began to wait for a head.
const SERVING: u64 = u64::MAX;

/// What a connection waits for.
#[derive(Clone)]
pub(super) struct Waiting {
    began: Instant,
    since: Arc<AtomicU64>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            since: Arc::default(),
        }
    }
}

impl Waiting {
    /// A request came; its end is the guard's.
    pub(super) fn served(&self) -> Served {
        self.since.store(SERVING, Ordering::Relaxed);
        Served {
            waiting: self.clone(),
        }
    }

    /// Returns when a head has been waited for longer than this.
    pub(super) async fn too_long(&self, bound: Duration) {
        loop {
            let since = match self.since.load(Ordering::Relaxed) {
                SERVING => Instant::now(),
                since => self.began + Duration::from_millis(since),
            };
            let due = since + bound;
            if due <= Instant::now() {
                return;
            }
            sleep_until(due).await;
        }
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
        let since = self.waiting.began.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(SERVING - 1);
        self.waiting.since.store(since, Ordering::Relaxed);
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
        let waiting = Waiting::default();
        let began = Instant::now();
        waiting.too_long(BOUND).await;
        assert!(began.elapsed() >= BOUND);
    }

    #[tokio::test]
    async fn a_request_under_way_is_no_waiting() {
        let waiting = Waiting::default();
        let served = waiting.served();
        let ended = tokio::time::timeout(BOUND * 4, waiting.too_long(BOUND)).await;
        assert!(ended.is_err());
        let again = Instant::now();
        drop(served);
        waiting.too_long(BOUND).await;
        assert!(again.elapsed() + Duration::from_millis(1) >= BOUND);
    }
}
