//! A response body that goes out as the script says: in which pieces, how fast, and how far.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::{
    log::{Outcome, Ticket},
    script::Step,
    socket::Wire,
};

#[derive(Clone, Copy)]
enum End {
    Cut,
    Reset,
    Stall,
}

/// An end that comes once `at` bytes are out.
#[derive(Clone, Copy)]
struct Fault {
    at: u64,
    end: End,
}

impl Fault {
    fn scripted(step: &Step) -> Option<Self> {
        [
            (step.cut_after_bytes, End::Cut),
            (step.reset_after_bytes, End::Reset),
            (step.stall_after_bytes, End::Stall),
        ]
        .into_iter()
        .filter_map(|(at, end)| Some(Self { at: at?, end }))
        .min_by_key(|fault| fault.at)
    }
}

/// The connection a body is sent over.
pub(crate) struct Transport {
    pub(crate) wire: Arc<Wire>,
    /// Whether other streams share the connection (HTTP/2).
    pub(crate) shared: bool,
}

/// How a body's pieces are sent.
pub(crate) struct Delivery {
    /// Between two pieces.
    pub(crate) pause: Option<Duration>,
    /// Whether the length is announced.
    pub(crate) announced: bool,
}

struct Pacing {
    pause: Duration,
    next: Pin<Box<Sleep>>,
}

pub(crate) struct ScriptedBody {
    pieces: VecDeque<Bytes>,
    left: Option<u64>,
    pacing: Option<Pacing>,
    fault: Option<Fault>,
    sent: u64,
    transport: Transport,
    /// `Wire::written` before the head, and at the last piece handed over.
    written_before: u64,
    written_at_piece: u64,
    ticket: Option<Ticket>,
}

impl ScriptedBody {
    pub(crate) fn new(
        pieces: Vec<Bytes>,
        delivery: &Delivery,
        step: &Step,
        transport: Transport,
        ticket: Option<Ticket>,
    ) -> Self {
        let pieces: VecDeque<_> = pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect();
        let total: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        // A whole announced length is a whole body, whatever the connection does then.
        let fault = Fault::scripted(step)
            .filter(|fault| fault.at < total || (fault.at == total && !delivery.announced));
        let written = transport.wire.written();
        let mut body = Self {
            pieces,
            left: delivery.announced.then_some(total),
            pacing: delivery.pause.map(|pause| Pacing {
                pause,
                next: Box::pin(tokio::time::sleep(Duration::ZERO)),
            }),
            fault,
            sent: 0,
            transport,
            written_before: written,
            written_at_piece: written,
            ticket,
        };
        body.close_when_done();
        body
    }

    fn close_when_done(&mut self) {
        if self.is_end_stream() {
            self.close(Outcome::Completed);
        }
    }

    fn close(&mut self, outcome: Outcome) {
        if let Some(mut ticket) = self.ticket.take() {
            ticket.close(outcome);
        }
    }

    fn poll_fault(&mut self, end: End, cx: &Context<'_>) -> Poll<io::Error> {
        let outcome = match end {
            // The connection itself learns that the client went, and drops this body.
            End::Stall => return Poll::Pending,
            End::Cut => Outcome::Cut,
            End::Reset => Outcome::Reset,
        };
        // The error makes hyper drop what it has buffered, so the bytes before it must be out.
        let out = (self.written_before + self.sent).max(self.written_at_piece + 1);
        ready!(self.transport.wire.poll_flushed(out, cx));
        if outcome == Outcome::Reset && !self.transport.shared {
            self.transport.wire.end_in_reset();
        }
        self.close(outcome);
        Poll::Ready(io::ErrorKind::ConnectionAborted.into())
    }

    fn hand_over(&mut self, mut piece: Bytes) -> Bytes {
        if let Some(fault) = self.fault {
            let room = usize::try_from(fault.at - self.sent).unwrap_or(usize::MAX);
            piece.truncate(room);
        }
        let len = piece.len() as u64;
        self.sent += len;
        self.left = self.left.map(|left| left - len);
        self.written_at_piece = self.transport.wire.written();
        if let Some(ticket) = &self.ticket {
            ticket.sent(self.sent);
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.next.as_mut().reset(Instant::now() + pacing.pause);
        }
        self.close_when_done();
        piece
    }
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(fault) = self.fault
            && self.sent >= fault.at
        {
            let error = ready!(self.poll_fault(fault.end, cx));
            return Poll::Ready(Some(Err(error)));
        }
        if self.pieces.is_empty() {
            return Poll::Ready(None);
        }
        if self.sent > 0
            && let Some(pacing) = &mut self.pacing
        {
            ready!(pacing.next.as_mut().poll(cx));
        }
        let piece = self.pieces.pop_front();
        Poll::Ready(piece.map(|piece| Ok(Frame::data(self.hand_over(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.fault.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
