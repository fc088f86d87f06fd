//! Serves one request: reads it, waits and fails as the script says, and puts a head before the reply.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Version, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::{
    body::{Delivery, ScriptedBody, Transport},
    control,
    log::{Log, Outcome, Ticket},
    reply::{Asked, Providers, Reply},
    script::Step,
    socket::Wire,
};

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// What all connections of a mock have in common.
pub(crate) struct Service {
    pub(crate) log: Arc<Log>,
    pub(crate) providers: Providers,
    /// Between the chunks of a stream where the script does not say.
    pub(crate) chunk_delay: Option<Duration>,
}

impl Service {
    /// An error is a fault the script asked for, or a client that went while it sent its body.
    pub(crate) async fn serve(
        self: Arc<Self>,
        wire: Arc<Wire>,
        request: Request<Incoming>,
    ) -> io::Result<Response<ScriptedBody>> {
        let (head, body) = request.into_parts();
        let transport = Transport {
            wire,
            shared: head.version == Version::HTTP_2,
        };
        if let Some(name) = head.uri.path().strip_prefix(control::PREFIX) {
            let body = read(body).await?;
            let (status, body) = control::answer(&self.log, &head.method, name, &body);
            return Ok(plain(status, body, transport));
        }
        let (mut ticket, step) = self.log.open(&head);
        let body = read(body).await?;
        ticket.received(&body);
        if step.never_answer {
            std::future::pending::<()>().await;
        }
        if let Some(delay) = step.delay_ms {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if step.reset_before_headers || step.close_before_headers {
            return Err(ended_early(&step, &transport, &mut ticket));
        }
        let reply = self.providers.reply(&Asked {
            head: &head,
            body: &body,
            step: &step,
            seq: ticket.seq,
        });
        if reply.wrong_credentials {
            self.log.count_wrong_credentials();
        }
        if let Some(usage) = reply.usage {
            self.log.count_usage(usage);
        }
        Ok(self.respond(reply, &step, transport, ticket))
    }

    fn respond(
        &self,
        reply: Reply,
        step: &Step,
        transport: Transport,
        ticket: Ticket,
    ) -> Response<ScriptedBody> {
        let pause = step
            .chunk_delay_ms
            .map(Duration::from_millis)
            .or(self.chunk_delay);
        let delivery = Delivery {
            pause: pause.filter(|pause| reply.streamed && !pause.is_zero()),
            announced: step.content_length.unwrap_or(!reply.streamed),
        };
        let id = format!("req_{:032x}", ticket.seq);
        let body = ScriptedBody::new(reply.pieces, &delivery, step, transport, Some(ticket));
        let mut response = Response::new(body);
        let kind = if reply.streamed { EVENT_STREAM } else { JSON };
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Ok(id) = HeaderValue::from_str(&id) {
            let name = HeaderName::from_static(reply.id_header);
            response.headers_mut().insert(name, id);
        }
        *response.status_mut() = match scripted_headers(step, &mut response) {
            Ok(()) => {
                StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        response
    }
}

async fn read(body: Incoming) -> io::Result<Bytes> {
    match body.collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(io::Error::other(error)),
    }
}

fn ended_early(step: &Step, transport: &Transport, ticket: &mut Ticket) -> io::Error {
    if step.reset_before_headers {
        if !transport.shared {
            transport.wire.end_in_reset();
        }
        ticket.close(Outcome::Reset);
    } else {
        ticket.close(Outcome::Cut);
    }
    io::ErrorKind::ConnectionAborted.into()
}

fn scripted_headers(step: &Step, response: &mut Response<ScriptedBody>) -> http::Result<()> {
    for (name, value) in &step.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        response
            .headers_mut()
            .insert(name, HeaderValue::from_str(value)?);
    }
    Ok(())
}

fn plain(status: StatusCode, body: String, transport: Transport) -> Response<ScriptedBody> {
    let delivery = Delivery {
        pause: None,
        announced: true,
    };
    let step = Step::default();
    let body = ScriptedBody::new(vec![body.into()], &delivery, &step, transport, None);
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    *response.status_mut() = status;
    response
}
