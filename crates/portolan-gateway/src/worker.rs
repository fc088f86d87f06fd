//! Steps 1 to 4 of the flow as one request walks them, on the worker that its connection belongs to.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{Response, request::Parts};
use portolan_llm::format::Format;

use crate::{
    ai::{self, Exchange},
    body::ResponseBody,
    error::{GatewayError, Kind},
    forward,
    listen::{ClientWatch, Connection, RequestBody},
    live::Live,
    plugin::{Identity, Passed},
    request::{ClientBody, Request},
    router::{self, Asked},
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
    pub(crate) connection: Arc<Connection>,
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
        let mut request = self.begin(incoming);
        // Read once: what the request needs of it stays with the request to its end.
        let snapshot = self.live.snapshot();
        let Some(path) = router::normalise(request.head.uri.path()) else {
            return Ok(request.refuse(&GatewayError::new(Kind::NoRoute, "")));
        };
        let asked = Asked {
            method: &request.head.method,
            path: &path,
            host: None,
            headers: &request.head.headers,
            port: request.connection.local.port(),
            tls: false,
            sni: None,
        };
        let Some(matched) = snapshot.router.find(&asked) else {
            snapshot.global.skip(&mut request);
            return Ok(request.refuse(&GatewayError::new(Kind::NoRoute, "")));
        };
        drop(snapshot);
        let route = matched.route;
        request.captures = matched.captures;
        request.matched = matched.length;
        request.route = Some(Arc::clone(&route));
        request
            .settle
            .with(|record| record.route = Some(Arc::clone(&route.route)));
        match route.chain.access(&mut request).await? {
            Passed::Answered(answer) => Ok(request.answer(answer)),
            Passed::Ai(proxy) => {
                let exchange = Exchange {
                    worker: Arc::clone(self),
                    dialect: Format::OpenAiChat,
                    proxy,
                    request,
                    body: ai::Body::Empty,
                };
                ai::serve(exchange).await
            }
            Passed::Plain => forward::serve(self, &route, request).await,
        }
    }

    fn begin(&self, incoming: Incoming) -> Request {
        let Incoming {
            head,
            body,
            connection,
            watch,
        } = incoming;
        let started = Instant::now();
        let id = request_id();
        let client_ip = connection.peer.ip();
        let record = Record {
            id: id.clone(),
            started,
            started_at: SystemTime::now(),
            client_ip,
            method: head.method.clone(),
            uri: head.uri.clone(),
            request_size: 0,
            route: None,
            consumer: None,
            credential: None,
            correlation_id: None,
            status: 0,
            response_size: 0,
            tries: Vec::new(),
            ai: None,
            outcome: Outcome::ClientGone,
            ended: None,
        };
        Request {
            head,
            body: ClientBody::Coming(body),
            connection,
            client_ip,
            id,
            started,
            route: None,
            captures: None,
            matched: None,
            identity: Identity::default(),
            responders: Vec::new(),
            settle: Settle::new(record, self.log.clone()),
            watch,
        }
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
