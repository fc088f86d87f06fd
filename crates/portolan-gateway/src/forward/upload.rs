//! A client's body on its way to a service. Its beginning is kept: while nothing of it was let go, another try can send it
//! again. Why it stopped, where it did, is known here, apart from what the service did.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use http_body_util::BodyExt;

use super::silence::Silence;
use crate::{
    budget::{Budget, Held},
    error::{GatewayError, Kind},
    headers,
    listen::{Chunk, RequestBody},
    upstream::{Awaited, BrokenOff, Outgoing},
};

/// Of a body that is longer, what was sent cannot be sent again. As much is read before the service is called, where the
/// route's requests are buffered.
const KEPT: usize = 64 * 1024;
/// A piece from this on is kept as it came.
const SMALL: usize = 4096;

/// What comes of a client's body, and what is kept of it.
#[derive(Debug)]
pub(super) struct Source {
    body: RequestBody,
    /// From the beginning on; empty once some of it was let go.
    kept: Kept,
    kept_bytes: usize,
    /// For what is kept.
    pub(super) held: Held,
    whole: bool,
    trailers: Option<HeaderMap>,
    ended: bool,
    received: u64,
    silence: Silence,
    stopped: Option<Stop>,
    /// No more of it is wanted.
    ceased: bool,
}

/// Pieces of a body. Those after the first that are small are joined: as it came, each would keep all of what was read
/// with it.
#[derive(Debug, Default)]
struct Kept {
    pieces: Vec<Bytes>,
    tail: BytesMut,
}

impl Kept {
    fn push(&mut self, bytes: Bytes) {
        let first = self.pieces.is_empty() && self.tail.is_empty();
        if first || bytes.len() >= SMALL {
            self.seal();
            self.pieces.push(bytes);
            return;
        }
        self.tail.extend_from_slice(&bytes);
        if self.tail.len() >= SMALL {
            self.seal();
        }
    }

    /// Makes a piece of what is still being joined.
    fn seal(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push(mem::take(&mut self.tail).freeze());
        }
    }

    fn sealed(mut self) -> Vec<Bytes> {
        self.seal();
        self.pieces
    }
}

/// A body that is sent on as it comes. Cheap to clone: the exchange has one, and so has what is being sent.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    source: Arc<Mutex<Source>>,
    awaited: Awaited,
}

/// Why a client's body did not come to its end.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    ClientGone,
    Refused(GatewayError),
}

impl Upload {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source: Arc::new(Mutex::new(source)),
            awaited: Awaited::default(),
        }
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes in all, where the client said how many.
    pub(super) fn announced(&self) -> Option<u64> {
        let source = self.source();
        let left = source.body.exact_len()?;
        Some(left + source.received)
    }

    /// Whether it can be sent from its beginning on.
    pub(super) fn is_whole(&self) -> bool {
        self.source().whole
    }

    /// Whether something is still sending it.
    pub(super) fn is_under_way(&self) -> bool {
        Arc::strong_count(&self.source) > 1
    }

    /// Bytes that came.
    pub(super) fn received(&self) -> u64 {
        self.source().received
    }

    pub(super) fn stopped(&self) -> Option<Stop> {
        self.source().stopped.clone()
    }

    /// The service refused before all was sent: what still goes out could only cost the answer its connection (RFC 9112,
    /// 9.5).
    pub(super) fn cease(&self) {
        self.source().ceased = true;
    }

    /// The body, from its beginning on. One at a time.
    pub(super) fn send(&self) -> Outgoing {
        self.source().kept.seal();
        let sending = Sending {
            upload: self.clone(),
            next: 0,
            trailed: false,
        };
        Outgoing::Coming {
            body: sending.boxed(),
            awaited: self.awaited.clone(),
        }
    }
}

impl Source {
    /// `bound`: between two pieces.
    pub(super) fn new(body: RequestBody, bound: Duration, budget: &Arc<Budget>) -> Self {
        Self {
            body,
            kept: Kept::default(),
            kept_bytes: 0,
            held: Held::none(budget),
            whole: true,
            trailers: None,
            ended: false,
            received: 0,
            silence: Silence::new(bound),
            stopped: None,
            ceased: false,
        }
    }

    /// Bytes that came.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Reads until the end, or until there is more than is kept.
    pub(super) fn poll_beginning(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        while !self.ended && self.kept_bytes < KEPT {
            match ready!(self.poll(cx)) {
                Some(Ok(bytes)) => {
                    self.kept_bytes += bytes.len();
                    self.kept.push(bytes);
                    let fits = self.held.cover(self.kept_bytes, KEPT);
                    if let Err(error) = fits {
                        return Poll::Ready(Err(Stop::Refused(error)));
                    }
                }
                Some(Err(stop)) => return Poll::Ready(Err(stop)),
                None => {}
            }
        }
        Poll::Ready(Ok(()))
    }

    /// All of it, where its end has come and no trailers with it.
    pub(super) fn take_whole(&mut self) -> Option<Vec<Bytes>> {
        let held = self.ended && self.trailers.is_none();
        held.then(|| mem::take(&mut self.kept).sealed())
    }

    /// The next piece; `None`: there is no more, and `ended` says so.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Stop>>> {
        let stop = match self.body.poll_next(cx) {
            Poll::Ready(Some(Ok(Chunk::Data(bytes)))) => {
                self.silence.broken();
                self.received += bytes.len() as u64;
                return Poll::Ready(Some(Ok(bytes)));
            }
            Poll::Ready(Some(Ok(Chunk::Trailers(mut trailers)))) => {
                headers::trailers_to_service(&mut trailers);
                self.trailers = (!trailers.is_empty()).then_some(trailers);
                self.ended = true;
                return Poll::Ready(None);
            }
            Poll::Ready(None) => {
                self.ended = true;
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Err(error))) => match error.refusal() {
                Some(refusal) => Stop::Refused(refusal),
                None => Stop::ClientGone,
            },
            Poll::Pending => {
                ready!(self.silence.poll(cx));
                Stop::Refused(GatewayError::new(Kind::RequestTimeout, ""))
            }
        };
        self.stopped = Some(stop.clone());
        Poll::Ready(Some(Err(stop)))
    }

    /// Keeps a piece that goes out, while all of it may be kept.
    fn keep(&mut self, bytes: &Bytes) {
        let length = self.kept_bytes + bytes.len();
        if self.whole && length <= KEPT && self.held.cover(length, KEPT).is_ok() {
            self.kept_bytes = length;
            self.kept.push(bytes.clone());
        } else {
            self.whole = false;
            self.kept = Kept::default();
            self.held.release();
        }
    }
}

/// One sending of the body.
struct Sending {
    upload: Upload,
    /// Index among what is kept.
    next: usize,
    trailed: bool,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        let mut source = this.upload.source();
        if source.ceased {
            // Nothing wakes it: it is dropped with the answer.
            return Poll::Pending;
        }
        if let Some(bytes) = source.kept.pieces.get(this.next) {
            this.next += 1;
            return Poll::Ready(Some(Ok(Frame::data(bytes.clone()))));
        }
        if !source.ended {
            let polled = source.poll(cx);
            this.upload.awaited.note(polled.is_pending());
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(bytes))) => {
                    source.keep(&bytes);
                    this.next = source.kept.pieces.len();
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Some(Err(BrokenOff))),
                Poll::Ready(None) => {}
            }
        }
        if this.trailed {
            return Poll::Ready(None);
        }
        this.trailed = true;
        let trailers = source.trailers.clone();
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        let source = self.upload.source();
        source.ended
            && self.next >= source.kept.pieces.len()
            && (self.trailed || source.trailers.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_in_single_bytes_is_kept_in_few_pieces() {
        let read = Bytes::from((0..KEPT).map(|at| (at % 251) as u8).collect::<Vec<_>>());
        let mut kept = Kept::default();
        for at in 0..KEPT {
            kept.push(read.slice(at..=at));
        }
        let pieces = kept.sealed();
        assert!(pieces.len() <= 2 + KEPT / SMALL, "{}", pieces.len());
        assert_eq!(pieces.concat(), read);
    }

    #[test]
    fn large_pieces_are_kept_as_they_came_and_in_order() {
        let read = Bytes::from(
            (0..3 * SMALL)
                .map(|at| (at % 251) as u8)
                .collect::<Vec<_>>(),
        );
        let mut kept = Kept::default();
        for piece in [0..10, 10..20, 20..20 + SMALL, 20 + SMALL..3 * SMALL] {
            kept.push(read.slice(piece));
        }
        let pieces = kept.sealed();
        assert_eq!(pieces[2].as_ptr(), read[20..].as_ptr());
        assert_eq!(pieces.concat(), read);
    }
}
