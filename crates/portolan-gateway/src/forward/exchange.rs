//! A request on its way to a service: its tries, and what becomes of the answer.

use std::{future::poll_fn, pin::pin, task::Poll, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{
    Body, ServiceState, fault, length,
    relay::{End, Relay},
    service::Chosen,
    silence::Silence,
    tunnel,
    upload::Stop,
};
use crate::{
    balance::Lease,
    body::ResponseBody,
    error::{GatewayError, Kind},
    headers,
    request::Request,
    telemetry::{SentTo, Try},
    upstream::{Call, Received, RequestHead, SendError, UpstreamBody, repeatable},
    worker::{ClientGone, Worker},
};

pub(super) struct Exchange<'e> {
    pub(super) worker: &'e Worker,
    pub(super) service: &'e ServiceState,
    pub(super) request: Box<Request>,
    pub(super) body: Body,
    /// The client's `Host`, where the route preserves it.
    pub(super) host: Option<HeaderValue>,
    /// The client takes trailers.
    pub(super) trailers: bool,
    pub(super) websocket: bool,
}

impl<'e> Exchange<'e> {
    /// Try after try, each at once. `head`: as `chosen` gets it.
    pub(super) async fn run(
        mut self,
        mut head: RequestHead,
        mut chosen: Chosen<'e>,
    ) -> Result<Response<ResponseBody>, ClientGone> {
        let service = self.service;
        let retries = service.config.retries as usize;
        let mut tried = Vec::new();
        let mut failed = 0;
        loop {
            let left = failed < retries;
            // What was not sent is handed back; of what was, a method that may be repeated alone needs a copy.
            let kept = left && repeatable(&self.request.head.method);
            let kept = kept.then(|| head.clone());
            let mut error = match self.attempt(&chosen, head, failed).await? {
                Ok(received) => return Ok(self.answer(received, chosen.lease)),
                Err(error) => error,
            };
            match self.stopped() {
                None => {}
                Some(Stop::ClientGone) => return Err(ClientGone),
                Some(Stop::Refused(refusal)) => return Ok(self.request.refuse(&refusal)),
            }
            let again = left && self.may_try_again(&error);
            let next = error.head.take().map(|head| *head).or(kept);
            match next.filter(|_| again) {
                Some(next) => head = next,
                None => {
                    let kind = fault::told(error.kind, service.is_balanced());
                    return Ok(self.request.refuse(&GatewayError::new(kind, "")));
                }
            }
            failed += 1;
            tried.extend(chosen.lease.as_ref().map(|lease| lease.target));
            let Some(next) = service.choose(&tried) else {
                return Ok(self.request.refuse(&GatewayError::new(Kind::NoPeer, "")));
            };
            chosen = next;
            if self.host.is_none() {
                head.headers
                    .insert(header::HOST, chosen.target.host.clone());
            }
        }
    }

    async fn attempt(
        &mut self,
        chosen: &Chosen<'_>,
        head: RequestHead,
        failed: usize,
    ) -> Result<Result<Received, SendError>, ClientGone> {
        let uri = head.path_and_query.clone();
        self.request
            .settle
            .with(|record| record.tries.push(Try::begun(SentTo::Service { uri })));
        let to = chosen.target.destination(self.host.as_ref());
        let call = Call {
            to: &to,
            head,
            body: self.body.send(),
            timeouts: &self.service.config.timeouts,
            failed,
            upgrade: self.websocket,
        };
        let mut sending = pin!(self.worker.upstream.send(call));
        let watch = &self.request.watch;
        let sent = poll_fn(|cx| match sending.as_mut().poll(cx) {
            Poll::Ready(sent) => Poll::Ready(Some(sent)),
            Poll::Pending => watch.poll_gone(cx).map(|()| None),
        })
        .await;
        let Some(sent) = sent else {
            self.note_upload();
            return Err(ClientGone);
        };
        match &sent {
            Ok(received) => self.note_try(|attempt| {
                attempt.peer = received.peer;
                attempt.reused = received.reused;
                attempt.head = Some(Instant::now());
                attempt.status = Some(received.status.as_u16());
            }),
            Err(error) => {
                self.note_upload();
                self.note_try(|attempt| {
                    attempt.peer = error.peer;
                    attempt.fault = Some(error.to_string());
                });
            }
        }
        Ok(sent)
    }

    /// Why the client's body did not come to its end, where it did not.
    fn stopped(&self) -> Option<Stop> {
        match &self.body {
            Body::Held(_) => None,
            Body::Coming(upload) => upload.stopped(),
        }
    }

    fn may_try_again(&self, error: &SendError) -> bool {
        let whole = match &self.body {
            Body::Held(_) => true,
            Body::Coming(upload) => upload.is_whole(),
        };
        let method = &self.request.head.method;
        let balanced = self.service.is_balanced();
        whole && fault::may_try_again(error.kind, error.unsent, method, balanced)
    }

    fn answer(mut self, received: Received, lease: Option<Lease>) -> Response<ResponseBody> {
        let Received {
            status,
            mut headers,
            body,
            ..
        } = received;
        let switched = status == StatusCode::SWITCHING_PROTOCOLS;
        if let Body::Coming(upload) = &self.body
            && !status.is_success()
        {
            upload.cease();
        }
        headers::to_client_plain(&mut headers, self.trailers, switched);
        length::settle(&mut headers, status, body.exact_len());
        self.request.timed(&mut headers);
        self.request.dress(&mut headers);
        self.request
            .settle
            .with(|record| record.status = status.as_u16());
        let body = if switched {
            self.tunnel(body, lease)
        } else {
            self.relay(body, lease)
        };
        respond(status, headers, body)
    }

    fn relay(mut self, body: UpstreamBody, lease: Option<Lease>) -> ResponseBody {
        self.note_upload();
        if body.is_over() {
            return ResponseBody::whole(Bytes::new(), self.request.settle.take());
        }
        let upload = match self.body {
            Body::Held(_) => None,
            // What is kept of one that has all gone out is for nobody.
            Body::Coming(upload) => upload.is_under_way().then_some(upload),
        };
        ResponseBody::Relayed(Relay {
            body,
            upload,
            trailers: self.trailers,
            silence: Silence::new(self.service.config.timeouts.read),
            end: End::None,
            ends_with_connection: self.request.head.version == http::Version::HTTP_10,
            watch: self.request.watch,
            settle: self.request.settle,
            _lease: lease,
        })
    }

    fn tunnel(mut self, body: UpstreamBody, lease: Option<Lease>) -> ResponseBody {
        let settle = self.request.settle.take();
        if let (Some(upgrade), Some(socket)) = (self.request.upgrade.take(), body.into_socket()) {
            let bound = self.service.config.timeouts.read;
            tunnel::open(upgrade.accept(), socket, bound, settle, lease);
        }
        // Nothing is left to settle with it.
        ResponseBody::whole(Bytes::new(), self.request.settle.take())
    }

    fn note_try(&mut self, change: impl FnOnce(&mut Try)) {
        self.request.settle.with(|record| {
            if let Some(last) = record.tries.last_mut() {
                change(last);
            }
        });
    }

    /// How much of the client's body has come.
    fn note_upload(&mut self) {
        if let Body::Coming(upload) = &self.body {
            let received = upload.received();
            self.request
                .settle
                .with(|record| record.request_size = received);
        }
    }
}

fn respond(status: StatusCode, headers: HeaderMap, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
