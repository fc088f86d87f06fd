//! Steps 1 to 4 of the flow as one request walks them, on the worker that its connection belongs to.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, Response, request::Parts};
use portolan_llm::format::Format;

use crate::{
    ai::{self, Exchange},
    body::ResponseBody,
    error::{GatewayError, Kind},
    headers,
    listen::{ClientWatch, RequestBody},
    live::Live,
    telemetry::{Counters, Outcome, Record, Settle, Writer},
    upstream::Upstream,
};

/// What one worker's requests share.
pub(crate) struct Worker {
    pub(crate) live: Arc<Live>,
    pub(crate) upstream: Upstream,
    pub(crate) log: Writer,
    pub(crate) counters: Arc<Counters>,
    /// Sends even same-format requests the way through the hub: for tests that compare the two.
    pub(crate) force_hub: bool,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Worker")
    }
}

/// A request as `listen` hands it over.
pub(crate) struct Incoming {
    pub(crate) head: Parts,
    pub(crate) body: RequestBody,
    pub(crate) client_ip: IpAddr,
    pub(crate) watch: ClientWatch,
}

/// The client went before anything was promised: the connection is closed, nothing is answered.
#[derive(Debug, thiserror::Error)]
#[error("the client is gone")]
pub(crate) struct ClientGone;

impl Worker {
    pub(crate) async fn serve(
        self: &Arc<Self>,
        incoming: Incoming,
    ) -> Result<Response<ResponseBody>, ClientGone> {
        let Incoming {
            head,
            body,
            client_ip,
            watch,
        } = incoming;
        let started = Instant::now();
        let id = request_id();
        let mut settle = Settle::new(
            Record {
                id: id.clone(),
                started,
                started_at: SystemTime::now(),
                client_ip,
                method: head.method.clone(),
                uri: head.uri.clone(),
                request_size: 0,
                route: None,
                status: 0,
                response_size: 0,
                tries: Vec::new(),
                ai: None,
                outcome: Outcome::ClientGone,
                ended: None,
            },
            self.log.clone(),
        );
        let answer = |error: GatewayError, settle, dialect| {
            let local = Local { id: &id, started };
            Ok(local.respond(&error, settle, dialect))
        };
        // Read once: what the request needs of it stays with the request to its end.
        let matched = self
            .live
            .snapshot()
            .router
            .find(&head.method, head.uri.path());
        let Some(matched) = matched else {
            return answer(GatewayError::new(Kind::NoRoute, ""), settle, None);
        };
        settle.with(|record| record.route = Some(Arc::clone(&matched.route.route)));
        let Some(proxy) = matched.route.chain.access() else {
            return answer(GatewayError::new(Kind::NoService, ""), settle, None);
        };
        let exchange = Exchange {
            worker: Arc::clone(self),
            dialect: Format::OpenAiChat,
            captures: matched.captures,
            proxy,
            head,
            body: ai::Body::Empty,
            id,
            started,
            settle,
            watch,
        };
        ai::serve(exchange, body).await
    }
}

/// An answer of the gateway's own, before any upstream had a part in it.
pub(crate) struct Local<'r> {
    pub(crate) id: &'r str,
    pub(crate) started: Instant,
}

impl Local<'_> {
    pub(crate) fn respond(
        &self,
        error: &GatewayError,
        mut settle: Settle,
        dialect: Option<Format>,
    ) -> Response<ResponseBody> {
        let mut response = error.render(dialect, self.id);
        let headers = response.headers_mut();
        let latency = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        headers.insert(headers::RESPONSE_LATENCY, HeaderValue::from(latency));
        stamp(&mut response, self.id);
        settle.with(|record| record.status = response.status().as_u16());
        response.map(|bytes| ResponseBody::whole(bytes, settle))
    }
}

/// What every answer carries.
pub(crate) fn stamp(response: &mut Response<Bytes>, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(headers::REQUEST_ID, id);
    }
}

/// Kong's form: 32 lower-case hexadecimal digits.
fn request_id() -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    fastrand::u128(..)
        .to_be_bytes()
        .iter()
        .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}
