//! Plain HTTP: a request whose route has a service and no AI proxy. One try after another until the service answers; then
//! its answer is handed on as it comes, or the connection is given over to another protocol.

mod exchange;
mod fault;
mod length;
mod path;
mod relay;
mod service;
mod silence;
mod tunnel;
mod upload;

use std::{future::poll_fn, mem, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};

pub(crate) use relay::Relay;
pub(crate) use service::{ServiceState, Services};

use crate::{
    body::ResponseBody,
    error::{GatewayError, Kind},
    headers::{self, Forwarding},
    request::{ClientBody, Request},
    router,
    state::RouteState,
    upstream::{Outgoing, RequestHead, Segments},
    worker::{ClientGone, Worker},
};
use exchange::Exchange;
use service::ServiceTarget;
use upload::{Source, Stop, Upload};

pub(crate) async fn serve(
    worker: &Arc<Worker>,
    route: &RouteState,
    mut request: Box<Request>,
) -> Result<Response<ResponseBody>, ClientGone> {
    let refused = |kind| GatewayError::new(kind, "");
    let Some(service) = &route.service else {
        return Ok(request.refuse(&refused(Kind::NoService)));
    };
    let body = match take(worker, &mut request, route.route.request_buffering).await {
        Ok(body) => body,
        Err(Stop::ClientGone) => return Err(ClientGone),
        Err(Stop::Refused(error)) => return Ok(request.refuse(&error)),
    };
    let Some(chosen) = service.choose(&[]) else {
        return Ok(request.refuse(&refused(Kind::NoPeer)));
    };
    let rendered = match Rendered::new(&mut request, route, service, &body, chosen.target) {
        Ok(rendered) => rendered,
        Err(kind) => return Ok(request.refuse(&refused(kind))),
    };
    let Rendered {
        head,
        host,
        trailers,
        websocket,
    } = rendered;
    let exchange = Exchange {
        worker,
        service,
        request,
        body,
        host,
        trailers,
        websocket,
    };
    exchange.run(head, chosen).await
}

/// What follows the head of each try.
enum Body {
    Held(Segments),
    Coming(Upload),
}

impl Body {
    fn send(&self) -> Outgoing {
        match self {
            Self::Held(segments) => segments.clone().into(),
            Self::Coming(upload) => upload.send(),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Held(segments) if segments.len() == 0)
    }

    /// Says in a head how long it is; of none at all, only where the client said that something comes. `chunked`: it did
    /// so.
    fn frame(&self, headers: &mut HeaderMap, chunked: bool) {
        let length = match self {
            Self::Held(segments) if segments.len() == 0 => {
                if chunked || headers.contains_key(header::CONTENT_LENGTH) {
                    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                return;
            }
            Self::Held(segments) => Some(segments.len()),
            Self::Coming(upload) => upload.announced(),
        };
        match length {
            Some(length) => {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            None => {
                headers.remove(header::CONTENT_LENGTH);
                let chunked = HeaderValue::from_static("chunked");
                headers.insert(header::TRANSFER_ENCODING, chunked);
            }
        }
    }
}

/// `buffered`: what is short is read whole before the service is called.
async fn take(worker: &Worker, request: &mut Request, buffered: bool) -> Result<Body, Stop> {
    let body = match mem::replace(&mut request.body, ClientBody::Taken) {
        ClientBody::Coming(body) => body,
        ClientBody::Held(bytes) => return Ok(Body::Held(Segments::from(bytes))),
        ClientBody::Taken => {
            let error = GatewayError::new(Kind::Internal, "");
            return Err(Stop::Refused(error));
        }
    };
    if body.exact_len() == Some(0) {
        return Ok(Body::Held(Segments::from(Bytes::new())));
    }
    let mut source = Source::new(body, request.body_timeout, &worker.budget);
    if buffered {
        let read = poll_fn(|cx| match source.poll_beginning(cx) {
            Poll::Pending if request.watch.poll_gone(cx).is_ready() => {
                Poll::Ready(Err(Stop::ClientGone))
            }
            polled => polled,
        });
        let read = read.await;
        let received = source.received();
        request.settle.with(|record| record.request_size = received);
        read?;
        if let Some(pieces) = source.take_whole() {
            request.held = source.held;
            return Ok(Body::Held(Segments::from(pieces)));
        }
    }
    Ok(Body::Coming(Upload::new(source)))
}

/// The request as the first target gets it, and what of it is still to be known afterwards.
struct Rendered {
    head: RequestHead,
    /// The client's `Host`, where the route preserves it.
    host: Option<HeaderValue>,
    /// The client takes trailers.
    trailers: bool,
    websocket: bool,
}

impl Rendered {
    /// Takes the client's headers. Err: what it asked for cannot be asked of a service.
    fn new(
        request: &mut Request,
        route: &RouteState,
        service: &ServiceState,
        body: &Body,
        target: &ServiceTarget,
    ) -> Result<Self, Kind> {
        let uri = request.head.uri.clone();
        let path = router::normalise(uri.path()).ok_or(Kind::NoRoute)?;
        let strips = route.route.strip_path;
        // A route without paths strips the first slash, as in Kong; none is lost by that.
        let stripped = strips.then(|| request.matched.unwrap_or(1));
        let base = service.config.path.as_deref().unwrap_or("/");
        let path_and_query =
            path::build(base, &path, stripped, &uri).map_err(|_| Kind::UriTooLong)?;
        let host = request.head.headers.get(header::HOST);
        let host = host.filter(|_| route.route.preserve_host).cloned();
        let trailers = headers::wants_trailers(&request.head.headers);
        let upgrade = request.head.headers.get(header::UPGRADE);
        let websocket = request.upgrade.is_some()
            && upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
            && body.is_empty();
        let chunked = request.head.headers.contains_key(header::TRANSFER_ENCODING);
        let to = Forwarding {
            host: host.as_ref().unwrap_or(&target.host).clone(),
            prefix: request
                .matched
                .filter(|_| strips)
                .and_then(|matched| path.get(..matched)),
            websocket,
        };
        let mut headers = headers::to_service(request, &to);
        body.frame(&mut headers, chunked);
        Ok(Self {
            head: RequestHead {
                method: request.head.method.clone(),
                path_and_query,
                headers,
            },
            host,
            trailers,
            websocket,
        })
    }
}
