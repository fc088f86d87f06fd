//! A client's request from the moment its head is whole: what `listen` knows of it, and what router and plugins add.

mod hold;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use portolan_llm::{edit::Edit, format::Format};

pub(crate) use hold::HoldError;

use crate::{
    body::ResponseBody,
    budget::Held,
    error::{GatewayError, Told},
    headers::{self, Wanted},
    listen::{ClientWatch, Connection, RequestBody, Upgrade},
    plugin::{Answer, HeadEdit, Identity},
    router::Captures,
    state::RouteState,
    telemetry::{Settle, millis},
};

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Parts,
    pub(crate) body: ClientBody,
    /// For a body that is held.
    pub(crate) held: Held,
    pub(crate) connection: Arc<Connection>,
    /// Of the client, where a trusted proxy names it: Kong's `get_forwarded_ip`.
    pub(crate) client_ip: IpAddr,
    /// The peer is a proxy whose word of the client counts.
    pub(crate) trusted: bool,
    /// Of headers that have gone on.
    pub(crate) wanted: Wanted,
    /// `X-Kong-Request-Id`.
    pub(crate) id: String,
    pub(crate) started: Instant,
    /// None: no route matches.
    pub(crate) route: Option<Arc<RouteState>>,
    pub(crate) captures: Option<Captures>,
    /// Bytes of the normalised path that the route's own path matched; none: it has no paths.
    pub(crate) matched: Option<usize>,
    pub(crate) identity: Identity,
    /// What plugins change of a chat; each attempt's request is made with them.
    pub(crate) edits: Vec<Edit>,
    /// What plugins do to the answer's head, in order.
    pub(crate) head_edits: Vec<HeadEdit>,
    pub(crate) settle: Settle,
    pub(crate) watch: ClientWatch,
    /// Where the client asks for another protocol on this connection.
    pub(crate) upgrade: Option<Upgrade>,
    /// Between two pieces of its body.
    pub(crate) body_timeout: Duration,
}

/// What came after the head.
#[derive(Debug)]
pub(crate) enum ClientBody {
    /// Still with the client.
    Coming(RequestBody),
    /// Read whole, because something needed it.
    Held(Bytes),
    /// Taken by the step that sends it on.
    Taken,
}

impl Request {
    /// What the route's clients speak; none: Kong's own bodies.
    pub(crate) fn dialect(&self) -> Option<Format> {
        let route = self.route.as_ref()?;
        route.chain.ai_proxy().map(|_| Format::OpenAiChat)
    }

    /// What every answer carries, whoever it is from, and what plugins add to its head.
    pub(crate) fn dress(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(headers::REQUEST_ID, id);
        }
        for edit in &self.head_edits {
            edit.apply(headers);
        }
    }

    /// How an error is written for this client.
    pub(crate) fn told(&self) -> Told<'_> {
        let headers = &self.head.headers;
        let accept = headers.get(header::ACCEPT);
        let content_type = headers.get(header::CONTENT_TYPE);
        Told {
            dialect: self.dialect(),
            accept: accept.or(self.wanted.accept.as_ref()),
            content_type: content_type.or(self.wanted.content_type.as_ref()),
            id: &self.id,
        }
    }

    /// Kong's latencies in milliseconds, with its `Via` where an upstream was tried.
    pub(crate) fn timed(&mut self, headers: &mut HeaderMap) {
        let started = self.started;
        // A name without an address was no upstream.
        let tried = self
            .settle
            .record()
            .and_then(|record| record.tries.iter().rfind(|tried| tried.peer.is_some()));
        match tried {
            Some(tried) => headers::proxied(
                headers,
                millis(tried.began, tried.head.unwrap_or_else(Instant::now)),
                millis(started, tried.began),
            ),
            None => headers::answered(headers, millis(started, Instant::now())),
        }
    }

    /// The gateway's own answer, in place of an upstream's.
    pub(crate) fn refuse(self: Box<Self>, error: &GatewayError) -> Response<ResponseBody> {
        let response = error.render(&self.told());
        self.local(response)
    }

    pub(crate) fn answer(self: Box<Self>, answer: Answer) -> Response<ResponseBody> {
        let response = match answer {
            Answer::Plain(response) => *response,
            Answer::Error(error, headers) => {
                let mut response = error.render(&self.told());
                response.headers_mut().extend(headers);
                response
            }
        };
        self.local(response)
    }

    fn local(mut self: Box<Self>, mut response: Response<Bytes>) -> Response<ResponseBody> {
        let status = response.status();
        self.timed(response.headers_mut());
        self.dress(response.headers_mut());
        // These never have a body: HTTP/1 would keep it back, and HTTP/2 break off.
        if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            response.body_mut().clear();
        }
        for_method(&self.head.method, &mut response);
        self.settle.with(|record| record.status = status.as_u16());
        response.map(|bytes| ResponseBody::whole(bytes, self.settle.take()))
    }
}

/// To HEAD a body is only told the length of; over HTTP/2 nothing else would keep it back.
pub(crate) fn for_method(method: &Method, response: &mut Response<Bytes>) {
    if *method == Method::HEAD && !response.body().is_empty() {
        let body = std::mem::take(response.body_mut());
        let length = HeaderValue::from(body.len());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
    }
}
