//! Steps 5 to 9 as one owned state machine: the handler polls it until something may be promised, the response body
//! polls it afterwards. Dropping it in any state cancels the attempt under way and settles the request.

mod failing;
mod promise;
mod state;
mod stream;

use std::{
    collections::VecDeque,
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use portolan_llm::format::Envelope;

use super::{
    Exchange,
    attempt::Attempt,
    commit::{self, Gate, WHOLE_BOUND, Whole},
    fault::Fault,
    relay::StreamRelay,
    render::{self, Rendered},
    select::{self, Candidate},
};
use crate::{
    balance::Lease,
    budget::Held,
    deadline::Deadline,
    error::GatewayError,
    headers,
    telemetry::{AiRecord, Try},
    upstream::Received,
    worker::ClientGone,
};
use state::{Answering, Arrived, Collecting, State, Step, Streaming};

pub(crate) struct Drive {
    exchange: Exchange,
    state: State,
    /// Targets that were tried, in order.
    tried: Vec<usize>,
    /// The last try that another follows, and its `provider/model`.
    fault: Option<Fault>,
    failed: String,
    /// For what is kept of an answer before it goes to the client.
    held: Held,
    /// Waits to go to the client.
    out: VecDeque<Bytes>,
}

/// What the client is promised.
pub(super) struct Promise {
    status: StatusCode,
    headers: HeaderMap,
    /// None: the body is still coming.
    body: Option<Bytes>,
}

impl std::fmt::Debug for Drive {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Drive")
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

impl Drive {
    pub(super) fn new(mut exchange: Exchange) -> Self {
        let proxy = Arc::clone(&exchange.proxy.config);
        let held = Held::none(&exchange.worker.budget);
        exchange
            .request
            .settle
            .with(|record| record.ai = Some(AiRecord::new(proxy)));
        Self {
            exchange,
            state: State::Choosing,
            tried: Vec::new(),
            fault: None,
            failed: String::new(),
            held,
            out: VecDeque::new(),
        }
    }

    /// Until something may be promised: attempts, one after another, each judged before the client hears of it.
    pub(super) fn poll_promise(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Promise, ClientGone>> {
        loop {
            let step = match mem::replace(&mut self.state, State::Over) {
                State::Choosing => self.choose(),
                State::Sending(attempt) => self.send(attempt, cx),
                State::Collecting(collecting) => self.collect(collecting, cx),
                State::Gating(streaming) => self.gate(streaming, cx),
                state @ (State::Streaming(_)
                | State::Verbatim(_)
                | State::Lingering(_)
                | State::Breaking
                | State::Broken
                | State::Over) => {
                    self.state = state;
                    return Poll::Pending;
                }
            };
            match step {
                Step::Go => {}
                Step::Promise(promise) => return Poll::Ready(Ok(promise)),
                Step::Wait if self.exchange.request.watch.poll_gone(cx).is_ready() => {
                    return Poll::Ready(Err(ClientGone));
                }
                Step::Wait => return Poll::Pending,
            }
        }
    }

    fn choose(&mut self) -> Step {
        let (candidate, rendered) = loop {
            let lease = self.exchange.proxy.balancer.lease(&self.tried);
            let target = lease.target;
            let error = match self.prepare(lease) {
                Ok(prepared) => break prepared,
                Err(error) => error,
            };
            // What the client asked for is wrong for this target; where another had failed at serving it, that is told.
            let Some(fault) = &self.fault else {
                return self.refuse(&error);
            };
            let told = fault.error(&self.failed);
            self.tried.push(target);
            if self.all_tried() {
                return self.refuse(&told);
            }
        };
        self.tried.push(candidate.lease.target);
        let payloads = self.logged_payloads();
        self.exchange.request.settle.with(|record| {
            if let Some(ai) = &mut record.ai {
                ai.begin(rendered.plan.stream);
                ai.dropped = rendered.loss.fields().to_vec();
                ai.payload_request = payloads.then(|| rendered.body.to_text());
            }
        });
        let attempt = Attempt::begin(
            &mut self.exchange,
            candidate.lease,
            candidate.model,
            rendered,
        );
        self.state = State::Sending(attempt);
        Step::Go
    }

    fn prepare(&self, lease: Lease) -> Result<(Candidate, Rendered), GatewayError> {
        let target = &self.exchange.proxy.targets[lease.target];
        let model = select::model(&self.exchange, target)?;
        let rendered = render::render(&self.exchange, target, &model)?;
        Ok((Candidate { lease, model }, rendered))
    }

    fn send(&mut self, mut attempt: Attempt, cx: &mut Context<'_>) -> Step {
        let received = match attempt.poll(cx) {
            Poll::Pending => {
                self.state = State::Sending(attempt);
                return Step::Wait;
            }
            Poll::Ready(Err(error)) => {
                self.note_try(|attempt| attempt.peer = error.peer);
                return self.fault(Fault::Send(error));
            }
            Poll::Ready(Ok(received)) => received,
        };
        let Received {
            status,
            mut headers,
            body,
            peer,
            reused,
        } = received;
        self.note_try(|attempt| {
            attempt.peer = peer;
            attempt.reused = reused;
            attempt.head = Some(Instant::now());
            attempt.status = Some(status.as_u16());
        });
        let Attempt { lease, plan, .. } = attempt;
        if !status.is_success() && self.fails_over(&Fault::Refused(status)) {
            return self.fault(Fault::Refused(status));
        }
        let answering = Answering {
            body,
            gap: Deadline::after(self.read_timeout()),
            _lease: lease,
        };
        let streams = status.is_success() && plan.stream && is_event_stream(&headers);
        headers::to_client(&mut headers);
        self.state = if streams {
            State::Gating(Streaming {
                answering,
                headers,
                relay: StreamRelay::new(plan, self.exchange.dialect, self.envelope()),
                plan,
            })
        } else {
            State::Collecting(Collecting {
                answering,
                status,
                headers,
                plan,
                first: Bytes::new(),
                rest: BytesMut::new(),
            })
        };
        Step::Go
    }

    fn collect(&mut self, mut collecting: Collecting, cx: &mut Context<'_>) -> Step {
        loop {
            match collecting.answering.poll(cx, self.read_timeout()) {
                Poll::Pending => {
                    self.state = State::Collecting(collecting);
                    return Step::Wait;
                }
                Poll::Ready(Arrived::Chunk(chunk)) => {
                    let length = collecting.len() + chunk.len();
                    let whole = collecting.left().map(|left| length + left);
                    let needed = whole.unwrap_or(length);
                    if let Err(error) = self.held.cover(needed, whole.unwrap_or(usize::MAX)) {
                        return self.overloaded(&error);
                    }
                    collecting.add(chunk);
                    if length > WHOLE_BOUND {
                        return self.too_long(collecting);
                    }
                }
                Poll::Ready(Arrived::End) => return self.judge(collecting),
                // The status was told, and it is what counts.
                Poll::Ready(_) if !collecting.status.is_success() => {
                    return self.fault(Fault::Refused(collecting.status));
                }
                Poll::Ready(Arrived::Stalled) => return self.fault(Fault::Stalled),
                Poll::Ready(Arrived::Cut(detail)) => return self.fault(Fault::Cut(detail)),
            }
        }
    }

    /// Beyond what is judged: handed on where it can be, for a translation needs all of it.
    fn too_long(&mut self, mut collecting: Collecting) -> Step {
        if !collecting.status.is_success() {
            return self.fault(Fault::Refused(collecting.status));
        }
        if collecting.plan.translate {
            let detail = format!("it is longer than {WHOLE_BOUND} bytes");
            return self.fault(Fault::Unreadable(detail));
        }
        let body = self.held.bind(collecting.take());
        let Collecting {
            answering,
            status,
            headers,
            ..
        } = collecting;
        self.out.push_back(body);
        self.state = State::Verbatim(answering);
        Step::promise(status, headers, None)
    }

    fn judge(&mut self, mut collecting: Collecting) -> Step {
        let body = collecting.take();
        let Collecting {
            status,
            mut headers,
            plan,
            ..
        } = collecting;
        if !status.is_success() {
            return self.refused(status, plan, headers, body);
        }
        let judged = commit::judge(body, plan, self.exchange.dialect, &self.envelope());
        let Whole {
            body,
            tokens,
            model,
        } = match judged {
            Ok(whole) => whole,
            Err(fault) => return self.fault(fault),
        };
        let payloads = self.logged_payloads();
        self.exchange.request.settle.with(|record| {
            if let Some(ai) = &mut record.ai {
                ai.tokens = tokens;
                ai.response_model = model;
                ai.first_content = Some(Instant::now());
                ai.payload_response = payloads.then(|| String::from_utf8_lossy(&body).into_owned());
            }
        });
        if plan.translate {
            headers::rewritten(&mut headers, "application/json");
        }
        Step::promise(status, headers, Some(body))
    }

    fn gate(&mut self, mut streaming: Streaming, cx: &mut Context<'_>) -> Step {
        loop {
            match streaming.answering.poll(cx, self.read_timeout()) {
                Poll::Pending => {
                    self.state = State::Gating(streaming);
                    return Step::Wait;
                }
                Poll::Ready(Arrived::Chunk(chunk)) => {
                    if let Err(error) = streaming.relay.push(chunk, &mut self.out) {
                        return self.gated(Fault::Unreadable(error.to_string()));
                    }
                }
                Poll::Ready(Arrived::End) => {
                    if !streaming.relay.end(&mut self.out) && streaming.relay.seen().error.is_none()
                    {
                        return self.gated(Fault::Cut(
                            "the stream ended before it said anything".to_owned(),
                        ));
                    }
                }
                Poll::Ready(Arrived::Stalled) => return self.gated(Fault::Stalled),
                Poll::Ready(Arrived::Cut(detail)) => return self.gated(Fault::Cut(detail)),
            }
            self.note_stream(&streaming);
            let held = self.out.iter().map(Bytes::len).sum();
            match commit::gate(&streaming.relay, held) {
                Gate::Hold => {
                    let held = held + streaming.relay.pending();
                    if let Err(error) = self.held.cover(held, usize::MAX) {
                        return self.overloaded(&error);
                    }
                }
                Gate::Fault(fault) => return self.gated(fault),
                Gate::Open => return self.open(streaming),
            }
        }
    }

    fn open(&mut self, mut streaming: Streaming) -> Step {
        let mut headers = mem::take(&mut streaming.headers);
        if streaming.plan.translate {
            headers::rewritten(&mut headers, "text/event-stream; charset=utf-8");
        }
        if streaming.relay.seen().terminal {
            self.finish(streaming);
        } else {
            self.state = State::Streaming(streaming);
        }
        Step::promise(StatusCode::OK, headers, None)
    }

    fn read_timeout(&self) -> Duration {
        self.exchange.proxy.config.balancer.timeouts.read
    }

    fn envelope(&mut self) -> Envelope {
        let mut created = 0;
        let mut model = String::new();
        self.exchange.request.settle.with(|record| {
            created = record
                .started_at
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs();
            if let Some((_, asked)) = record.tries.last().and_then(Try::target) {
                asked.clone_into(&mut model);
            }
        });
        Envelope {
            id: format!("chatcmpl-{}", self.exchange.request.id),
            created,
            model,
        }
    }

    fn note_try(&mut self, change: impl FnOnce(&mut Try)) {
        self.exchange.request.settle.with(|record| {
            if let Some(last) = record.tries.last_mut() {
                change(last);
            }
        });
    }

    /// `provider/model` of the last try.
    fn place(&mut self) -> String {
        self.exchange
            .request
            .settle
            .record()
            .and_then(|record| record.tries.last())
            .and_then(Try::place)
            .unwrap_or_default()
    }

    /// Whether the target of the last try wants its bodies logged.
    fn logged_payloads(&self) -> bool {
        self.tried.last().is_some_and(|target| {
            self.exchange.proxy.targets[*target]
                .target
                .logging
                .log_payloads
        })
    }
}

impl Step {
    fn promise(status: StatusCode, headers: HeaderMap, body: Option<Bytes>) -> Self {
        Self::Promise(Promise {
            status,
            headers,
            body,
        })
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("text/event-stream")
        })
}
