//! Steps 1 to 4 of the flow as one request walks them, on the worker that its connection belongs to.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use portolan_llm::format::Format;

use crate::{
    ai::{self, Exchange},
    body::ResponseBody,
    bounds::Bounds,
    budget::{Budget, Held},
    client_address::{self, Forwarded, Trusted},
    error::{GatewayError, Kind},
    forward,
    headers::Wanted,
    listen::{self, ClientWatch, Connection, RequestBody, Slots, Upgrade},
    live::Live,
    plugin::{Answer, Identity, Passed},
    request::{ClientBody, Request},
    router::{self, Asked},
    state::Snapshot,
    telemetry::{Counters, Record, Settle, Writer},
    upstream::Upstream,
};

/// What one worker's requests share.
pub(crate) struct Worker {
    pub(crate) live: Arc<Live>,
    pub(crate) upstream: Upstream,
    pub(crate) log: Writer,
    pub(crate) counters: Arc<Counters>,
    pub(crate) bounds: Bounds,
    /// Of held bytes.
    pub(crate) budget: Arc<Budget>,
    /// Of the connections of all workers.
    pub(crate) slots: Arc<Slots>,
    pub(crate) trusted: Trusted,
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
    /// Where the client asks for another protocol on this connection.
    pub(crate) upgrade: Option<Upgrade>,
}

/// The client went before anything was promised: the connection is closed, nothing is answered.
#[derive(Debug, thiserror::Error)]
#[error("the client is gone")]
pub(crate) struct ClientGone;

impl Worker {
    pub(crate) async fn serve(
        self: &Arc<Self>,
        mut incoming: Incoming,
    ) -> Result<Response<ResponseBody>, ClientGone> {
        let fit = listen::fit(&mut incoming.head, &self.bounds);
        let mut request = self.begin(incoming);
        // Read once: what the request needs of it stays with the request to its end.
        let snapshot = self.live.snapshot();
        if request.head.uri.query().is_some() {
            let names = Arc::clone(&snapshot.key_parameters);
            request
                .settle
                .with(|record| record.key_parameters = Some(names));
        }
        if let Err(kind) = fit {
            return Ok(unrouted(&snapshot, request, kind));
        }
        if matches!(request.head.method, Method::TRACE | Method::CONNECT) {
            return Ok(unrouted(&snapshot, request, Kind::MethodNotAllowed));
        }
        let Some(path) = router::normalise(request.head.uri.path()) else {
            return Ok(unrouted(&snapshot, request, Kind::NoRoute));
        };
        let tls = request.connection.tls.as_ref();
        let asked = Asked {
            method: &request.head.method,
            path: &path,
            host: listen::host(&request.head),
            headers: &request.head.headers,
            port: request.connection.local.port(),
            tls: tls.is_some(),
            sni: tls.and_then(|tls| tls.sni.as_deref()),
        };
        let Some(matched) = snapshot.router.find(&asked) else {
            return Ok(unrouted(&snapshot, request, Kind::NoRoute));
        };
        let route = matched.route;
        request.captures = matched.captures;
        request.matched = matched.length;
        request.route = Some(Arc::clone(&route));
        request
            .settle
            .with(|record| record.route = Some(Arc::clone(&route.route)));
        let protocols = route.route.protocols;
        if protocols.https && !protocols.http && !Forwarded::of(&request).tls {
            snapshot.global.skip(&mut request);
            let status = route.route.https_redirect_status;
            return Ok(https_required(request, status));
        }
        drop(snapshot);
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
            // Boxed: an AI proxy's requests are not to carry the room for it.
            Passed::Plain => Box::pin(forward::serve(self, &route, request)).await,
        }
    }

    /// Boxed: it goes from step to step, and each would copy all of it.
    fn begin(&self, incoming: Incoming) -> Box<Request> {
        let Incoming {
            head,
            body,
            connection,
            watch,
            upgrade,
        } = incoming;
        connection.tally.request();
        let id = request_id();
        let client_ip = client_address::resolve(&connection, &head.headers, &self.trusted);
        let trusted = self.trusted.covers(connection.peer.ip());
        let (method, uri) = (head.method.clone(), head.uri.clone());
        let record = Record::begun(id.clone(), client_ip, method, uri);
        Box::new(Request {
            head,
            body: ClientBody::Coming(body),
            held: Held::none(&self.budget),
            connection,
            client_ip,
            trusted,
            wanted: Wanted::default(),
            id,
            started: record.started,
            route: None,
            captures: None,
            matched: None,
            identity: Identity::default(),
            edits: Vec::new(),
            head_edits: Vec::new(),
            settle: Settle::new(record, self.log.clone()),
            watch,
            upgrade,
            body_timeout: self.bounds.body_timeout,
        })
    }
}

/// No route's plugins are asked, and those of every request still act on the answer.
fn unrouted(snapshot: &Snapshot, mut request: Box<Request>, kind: Kind) -> Response<ResponseBody> {
    snapshot.global.skip(&mut request);
    request.refuse(&GatewayError::new(kind, ""))
}

/// Where to come instead, or Kong's 426.
fn https_required(request: Box<Request>, status: u16) -> Response<ResponseBody> {
    let redirect = StatusCode::from_u16(status).ok();
    let redirect = redirect.filter(StatusCode::is_redirection);
    match (redirect, secure_location(&request)) {
        (Some(status), Some(location)) => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = status;
            response.headers_mut().insert(header::LOCATION, location);
            request.answer(Answer::Plain(Box::new(response)))
        }
        _ => request.refuse(&GatewayError::new(Kind::HttpsRequired, "")),
    }
}

/// None: the client named no host.
fn secure_location(request: &Request) -> Option<HeaderValue> {
    let host = Forwarded::of(request).host?;
    let uri = request.head.uri.path_and_query()?;
    HeaderValue::from_str(&format!("https://{host}{uri}")).ok()
}

/// Kong's form: 32 lower-case hexadecimal digits.
pub(crate) fn request_id() -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    fastrand::u128(..)
        .to_be_bytes()
        .iter()
        .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}
