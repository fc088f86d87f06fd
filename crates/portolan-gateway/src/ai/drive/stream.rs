//! The driver after the promise: the body of the client's response.

use std::{
    mem,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Version;

use super::{
    Drive,
    failing::PAST_BUDGET,
    state::{Answering, Arrived, Flow, State, Streaming},
};
use crate::{ai::fault::Fault, body::Cut, telemetry::Outcome};

/// How long a finished answer waits for its provider's connection to become free.
const LINGER: Duration = Duration::from_millis(250);
/// Of a logged stream.
const PAYLOAD_BOUND: usize = 1024 * 1024;
/// Ends a logged stream that was longer.
const PAYLOAD_CUT: &str = " [cut]";

impl Drive {
    /// The next bytes of a body that was promised. `None` is the whole answer's end; an error closes the connection.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        loop {
            if let Some(bytes) = self.out.pop_front() {
                self.note_sent(&bytes);
                return Poll::Ready(Some(Ok(bytes)));
            }
            let state = mem::replace(&mut self.state, State::Over);
            let polled = match state {
                State::Streaming(streaming) => self.stream(streaming, cx),
                State::Verbatim(answering) => self.verbatim(answering, cx),
                State::Lingering(streaming) => self.linger(streaming, cx),
                State::Breaking => {
                    self.state = State::Broken;
                    Flow::Flush
                }
                State::Broken => Flow::Cut,
                State::Over => Flow::End,
                // Nothing was promised: nobody polls this.
                State::Choosing | State::Sending(_) | State::Collecting(_) | State::Gating(_) => {
                    Flow::Cut
                }
            };
            match polled {
                Flow::Go => {}
                Flow::End => return Poll::Ready(None),
                Flow::Cut => {
                    if self.exchange.request.head.version == Version::HTTP_10 {
                        self.exchange.request.watch.reset();
                    }
                    return Poll::Ready(Some(Err(Cut)));
                }
                Flow::Wait => {
                    if self.exchange.request.watch.poll_gone(cx).is_ready() {
                        self.state = State::Over;
                        return Poll::Ready(Some(Err(Cut)));
                    }
                    return Poll::Pending;
                }
                // hyper writes what it holds only when the body waits; an error at once would lose the last event.
                Flow::Flush => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }

    fn stream(&mut self, mut streaming: Streaming, cx: &mut Context<'_>) -> Flow {
        let arrived = match streaming.answering.poll(cx, self.read_timeout()) {
            Poll::Pending => {
                self.state = State::Streaming(streaming);
                return Flow::Wait;
            }
            Poll::Ready(arrived) => arrived,
        };
        let fault = match arrived {
            Arrived::Chunk(chunk) => match streaming.relay.push(chunk, &mut self.out) {
                Err(error) => Fault::Unreadable(error.to_string()),
                Ok(()) if self.held.follow(streaming.relay.pending()).is_err() => {
                    Fault::Unreadable(PAST_BUDGET.to_owned())
                }
                Ok(()) => {
                    self.note_stream(&streaming);
                    // The provider's own error was handed on: it is the last event.
                    if streaming.relay.seen().error.is_some() {
                        return self.break_off(Fault::Cut("an error inside the stream".to_owned()));
                    }
                    if streaming.relay.seen().terminal {
                        self.finish(streaming);
                    } else {
                        self.state = State::Streaming(streaming);
                    }
                    return Flow::Go;
                }
            },
            Arrived::End => {
                let whole = streaming.relay.end(&mut self.out);
                self.note_stream(&streaming);
                if whole {
                    self.completed();
                    return Flow::Go;
                }
                Fault::Cut("the stream ended without its last event".to_owned())
            }
            Arrived::Stalled => Fault::Stalled,
            Arrived::Cut(detail) => Fault::Cut(detail),
        };
        let failure = fault.error(&self.place()).failure();
        let event = streaming.relay.error_event(&failure);
        self.out.push_back(event);
        self.break_off(fault)
    }

    /// What is queued goes out, then the connection is closed without the end that a whole answer has.
    fn break_off(&mut self, fault: Fault) -> Flow {
        let detail = fault.describe();
        self.note_try(|attempt| attempt.fault = Some(detail));
        self.exchange
            .request
            .settle
            .with(|record| record.outcome = Outcome::Cut);
        self.state = State::Breaking;
        Flow::Go
    }

    fn verbatim(&mut self, mut answering: Answering, cx: &mut Context<'_>) -> Flow {
        match answering.poll(cx, self.read_timeout()) {
            Poll::Pending => {
                self.state = State::Verbatim(answering);
                Flow::Wait
            }
            Poll::Ready(Arrived::Chunk(chunk)) => {
                self.out.push_back(chunk);
                self.state = State::Verbatim(answering);
                Flow::Go
            }
            Poll::Ready(Arrived::End) => {
                self.completed();
                Flow::End
            }
            Poll::Ready(Arrived::Stalled) => self.break_off(Fault::Stalled),
            Poll::Ready(Arrived::Cut(detail)) => self.break_off(Fault::Cut(detail)),
        }
    }

    fn linger(&mut self, mut streaming: Streaming, cx: &mut Context<'_>) -> Flow {
        match streaming.answering.body.poll_chunk(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                if streaming.relay.trail(chunk, &mut self.out).is_err() {
                    return Flow::End;
                }
                self.state = State::Lingering(streaming);
                Flow::Go
            }
            Poll::Ready(None) => {
                streaming.relay.end(&mut self.out);
                Flow::Go
            }
            Poll::Ready(Some(Err(_))) => Flow::End,
            Poll::Pending if streaming.answering.gap.poll(cx).is_ready() => Flow::End,
            Poll::Pending => {
                self.state = State::Lingering(streaming);
                Flow::Wait
            }
        }
    }

    /// The terminal event was seen: the answer is whole, whatever the provider's connection does yet.
    pub(super) fn finish(&mut self, mut streaming: Streaming) {
        self.completed();
        streaming.answering.gap.extend(LINGER);
        self.state = State::Lingering(streaming);
    }

    fn completed(&mut self) {
        self.exchange
            .request
            .settle
            .with(|record| record.outcome = Outcome::Completed);
    }

    pub(super) fn note_stream(&mut self, streaming: &Streaming) {
        let seen = streaming.relay.seen();
        self.exchange.request.settle.with(|record| {
            if let Some(ai) = &mut record.ai {
                ai.tokens = seen.tokens;
                ai.malformed = seen.malformed;
                ai.first_content = seen.content;
                if ai.response_model.is_none() {
                    ai.response_model.clone_from(&seen.model);
                }
            }
        });
    }

    fn note_sent(&mut self, bytes: &Bytes) {
        let payloads = self.logged_payloads();
        self.exchange.request.settle.with(|record| {
            record.response_size += bytes.len() as u64;
            if payloads && let Some(ai) = &mut record.ai {
                let payload = ai.payload_response.get_or_insert_default();
                // A text with holes would be none: after the first piece that does not fit, nothing is kept.
                if payload.len() + bytes.len() <= PAYLOAD_BOUND && !payload.ends_with(PAYLOAD_CUT) {
                    payload.push_str(&String::from_utf8_lossy(bytes));
                } else if !payload.ends_with(PAYLOAD_CUT) {
                    payload.push_str(PAYLOAD_CUT);
                }
            }
        });
    }
}
