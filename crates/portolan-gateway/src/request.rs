//! A client's request from the moment its head is whole: what `listen` knows of it, and what router and plugins add.

mod hold;

use std::{net::IpAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, request::Parts};
use portolan_llm::format::Format;

pub(crate) use hold::HoldError;

use crate::{
    body::ResponseBody,
    error::GatewayError,
    headers,
    listen::{ClientWatch, Connection, RequestBody},
    plugin::{Answer, Identity, Plugin},
    router::Captures,
    state::RouteState,
    telemetry::Settle,
};

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Parts,
    pub(crate) body: ClientBody,
    pub(crate) connection: Arc<Connection>,
    /// Of the client, where a trusted proxy names it: Kong's `get_forwarded_ip`.
    pub(crate) client_ip: IpAddr,
    /// `X-Kong-Request-Id`.
    pub(crate) id: String,
    pub(crate) started: Instant,
    /// None: no route matches.
    pub(crate) route: Option<Arc<RouteState>>,
    pub(crate) captures: Option<Captures>,
    /// Bytes of the normalised path that the route's own path matched; none: it has no paths.
    pub(crate) matched: Option<usize>,
    pub(crate) identity: Identity,
    /// Plugins that act on the answer's head, in order.
    pub(crate) responders: Vec<Arc<dyn Plugin>>,
    pub(crate) settle: Settle,
    pub(crate) watch: ClientWatch,
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
    pub(crate) fn dress(&self, status: StatusCode, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            headers.insert(headers::REQUEST_ID, id);
        }
        for plugin in &self.responders {
            plugin.respond(self, status, headers);
        }
    }

    /// The gateway's own answer, before any upstream had a part in it.
    pub(crate) fn refuse(self, error: &GatewayError) -> Response<ResponseBody> {
        let response = error.render(self.dialect(), &self.id);
        self.local(response)
    }

    pub(crate) fn answer(self, answer: Answer) -> Response<ResponseBody> {
        let response = match answer {
            Answer::Plain(response) => *response,
            Answer::Error(error, headers) => {
                let mut response = error.render(self.dialect(), &self.id);
                response.headers_mut().extend(headers);
                response
            }
        };
        self.local(response)
    }

    fn local(mut self, mut response: Response<Bytes>) -> Response<ResponseBody> {
        let status = response.status();
        let headers = response.headers_mut();
        let latency = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        headers.insert(headers::RESPONSE_LATENCY, HeaderValue::from(latency));
        self.dress(status, headers);
        self.settle.with(|record| record.status = status.as_u16());
        response.map(|bytes| ResponseBody::whole(bytes, self.settle.take()))
    }
}
