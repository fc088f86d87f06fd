//! Closes a connection that sends no request, or reads no answer: one timer a connection, which looks at notes of when
//! the waiting began.
//! A timer a request, as hyper has it, costs an insertion and a removal each.

#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::slots::Slot;
use crate::{bounds::Bounds, telemetry::Counters};

/// Waits are noted in milliseconds from the connection's beginning; this is none.
const NONE: u64 = u64::MAX;
/// Handed to HTTP/2 at a time: what it has taken is out of the sight of [`Waiting`].
const HANDED: usize = 64 * 1024;

/// What a connection waits for.
#[derive(Clone)]
pub(super) struct Waiting(Arc<Notes>);

/// A connection is counted as open while these live.
struct Notes {
    began: Instant,
    /// Ever begun.
    requests: AtomicU64,
    under_way: AtomicU64,
    /// For a head.
    since: AtomicU64,
    /// Some of that head has come, or it is the first.
    head_begun: AtomicBool,
    /// For the client to read what the socket has no room for.
    blocked: AtomicU64,
    /// Answers of HTTP/2 whose last piece was not asked for another since.
    handed: AtomicU64,
    /// For one of them to be asked.
    stalled: AtomicU64,
    /// The last request's body was left with the client.
    unread: AtomicBool,
    /// The socket is another's now.
    upgraded: AtomicBool,
    counters: Arc<Counters>,
    _held: Held,
}

/// What a connection keeps for as long as it is open: its slot, and a sender that its worker's drain waits for.
pub(super) type Held = (Option<Slot>, Option<mpsc::Sender<Infallible>>);

/// What was waited for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// A request's head.
    Head,
    /// Another request.
    Request,
    /// The client's reading.
    Reading,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Waiting")
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.counters.connection_closed();
    }
}

impl Waiting {
    /// Of a connection that was just accepted.
    pub(super) fn new(counters: Arc<Counters>, held: Held) -> Self {
        counters.connection_opened();
        Self(Arc::new(Notes {
            began: Instant::now(),
            requests: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            since: AtomicU64::new(0),
            head_begun: AtomicBool::new(true),
            blocked: AtomicU64::new(NONE),
            handed: AtomicU64::new(0),
            stalled: AtomicU64::new(NONE),
            unread: AtomicBool::new(false),
            upgraded: AtomicBool::new(false),
            counters,
            _held: held,
        }))
    }

    /// A request came; its end is the guard's.
    pub(super) fn served(&self) -> Served {
        let notes = &*self.0;
        notes.counters.request_begun();
        notes.requests.fetch_add(1, Ordering::Relaxed);
        notes.under_way.fetch_add(1, Ordering::Relaxed);
        notes.since.store(NONE, Ordering::Relaxed);
        notes.unread.store(false, Ordering::Relaxed);
        Served {
            waiting: self.clone(),
        }
    }

    /// Requests that ever began, unless one is under way.
    pub(super) fn between(&self) -> Option<u64> {
        let none = self.0.under_way.load(Ordering::Relaxed) == 0;
        none.then(|| self.requests())
    }

    /// That ever began.
    pub(super) fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// Bytes came.
    pub(super) fn read(&self) {
        let notes = &*self.0;
        if notes.since.load(Ordering::Relaxed) != NONE && !notes.head_begun.load(Ordering::Relaxed)
        {
            notes.head_begun.store(true, Ordering::Relaxed);
            notes.since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A write went on, or found no room. What is still written of the last answer is no waiting for a head.
    pub(super) fn wrote(&self, went_on: bool) {
        self.moved(went_on);
        let notes = &*self.0;
        if went_on
            && notes.since.load(Ordering::Relaxed) != NONE
            && !notes.head_begun.load(Ordering::Relaxed)
        {
            notes.since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// There is room on the socket, or none.
    pub(super) fn moved(&self, room: bool) {
        let blocked = &self.0.blocked;
        let noted = blocked.load(Ordering::Relaxed) != NONE;
        if room && noted {
            blocked.store(NONE, Ordering::Relaxed);
        } else if !room && !noted {
            blocked.store(self.now(), Ordering::Relaxed);
        }
    }

    pub(super) fn leave_unread(&self) {
        self.0.unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn left_unread(&self) -> bool {
        self.0.unread.load(Ordering::Relaxed)
    }

    /// From here on what goes over the socket is no HTTP.
    pub(super) fn upgrade(&self) {
        self.0.upgraded.store(true, Ordering::Relaxed);
    }

    pub(super) fn upgraded(&self) -> bool {
        self.0.upgraded.load(Ordering::Relaxed)
    }

    /// Returns when something has been waited for longer than its bound; at most twice as long.
    pub(super) async fn too_long(&self, bounds: &Bounds) -> Overdue {
        let notes = &*self.0;
        let shortest = bounds
            .header_timeout
            .min(bounds.idle_timeout)
            .min(bounds.send_timeout);
        loop {
            let now = Instant::now();
            let (head, what) = if notes.head_begun.load(Ordering::Relaxed) {
                (bounds.header_timeout, Overdue::Head)
            } else {
                (bounds.idle_timeout, Overdue::Request)
            };
            let mut look = now + shortest;
            for (since, bound, what) in [
                (&notes.since, head, what),
                (&notes.blocked, bounds.send_timeout, Overdue::Reading),
                (&notes.stalled, bounds.send_timeout, Overdue::Reading),
            ] {
                let since = since.load(Ordering::Relaxed);
                if since == NONE {
                    continue;
                }
                let due = notes.began + Duration::from_millis(since) + bound;
                if due <= now {
                    return what;
                }
                look = look.min(due);
            }
            sleep_until(look).await;
        }
    }

    /// The client has read nothing for so long, though something was there to be read.
    pub(super) fn is_stuck(&self, bound: Duration) -> bool {
        let notes = &*self.0;
        let now = notes.began.elapsed();
        [&notes.blocked, &notes.stalled].into_iter().any(|since| {
            let since = since.load(Ordering::Relaxed);
            since != NONE && now.saturating_sub(Duration::from_millis(since)) >= bound
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(NONE - 1)
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

    pub(super) fn bind_stream<B>(self, body: B) -> StreamBody<B> {
        StreamBody {
            body,
            rest: Bytes::new(),
            handed: false,
            served: self,
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let notes = &*self.waiting.0;
        if notes.under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
            notes.head_begun.store(false, Ordering::Relaxed);
            notes.since.store(self.waiting.now(), Ordering::Relaxed);
        }
        notes.counters.request_ended();
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

/// The same over HTTP/2, where a client that does not read blocks no socket: it is noticed by what is not asked for.
/// Long pieces are handed over in short ones, so that it is noticed in a whole answer too.
pub(super) struct StreamBody<B> {
    body: B,
    rest: Bytes,
    handed: bool,
    served: Served,
}

impl<B> StreamBody<B> {
    fn hand(&mut self) -> Bytes {
        let notes = &*self.served.waiting.0;
        self.handed = true;
        notes.handed.fetch_add(1, Ordering::Relaxed);
        notes
            .stalled
            .store(self.served.waiting.now(), Ordering::Relaxed);
        self.rest.split_to(self.rest.len().min(HANDED))
    }

    fn asked(&mut self) {
        if !std::mem::take(&mut self.handed) {
            return;
        }
        let notes = &*self.served.waiting.0;
        let stalled = match notes.handed.fetch_sub(1, Ordering::Relaxed) {
            1 => NONE,
            _ => self.served.waiting.now(),
        };
        notes.stalled.store(stalled, Ordering::Relaxed);
    }
}

impl<B> Drop for StreamBody<B> {
    fn drop(&mut self) {
        self.asked();
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for StreamBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        this.asked();
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => return Poll::Ready(other),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(this.hand()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        // The higher first: a lower bound may not exceed it.
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}
