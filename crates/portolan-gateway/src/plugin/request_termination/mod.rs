//! `request-termination`: answers in place of the upstream, an AI proxy's too. It runs last, so that all others could refuse.

mod echo;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use portolan_config::compiled::plugin::{RequestTermination, Termination};

use super::{Bound, Flow, Need, Plugin, spellings};
use crate::{
    error::{GatewayError, Kind, Style},
    request::{ClientBody, Request},
    urlencoded,
};

pub(super) fn new(config: &RequestTermination) -> Result<Arc<dyn Plugin>, String> {
    Ok(Arc::new(Step::new(config)?))
}

#[derive(Debug)]
struct Step {
    status: StatusCode,
    answer: Ready,
    trigger: Option<Trigger>,
}

/// The answer, as far as no request has a say in it.
#[derive(Debug)]
enum Ready {
    /// None: Kong has no words for the status, and the body is empty.
    Message(Option<String>),
    Body {
        body: Bytes,
        content_type: Option<HeaderValue>,
    },
    Echo {
        message: Option<String>,
    },
}

/// A header or parameter that a request must have.
#[derive(Debug)]
struct Trigger {
    parameter: String,
    headers: Vec<HeaderName>,
}

impl Step {
    fn new(config: &RequestTermination) -> Result<Self, String> {
        let status = StatusCode::from_u16(config.status)
            .map_err(|_| format!("request-termination: {} is no status", config.status))?;
        let told = |message: Option<String>| {
            message.or_else(|| default_message(status).map(str::to_owned))
        };
        let answer = match &config.answer {
            Termination::Message(message) => Ready::Message(told(message.clone())),
            Termination::Echo { message } => Ready::Echo {
                message: told(message.clone()),
            },
            Termination::Body { body, content_type } => Ready::Body {
                body: Bytes::copy_from_slice(body.as_bytes()),
                content_type: content_type
                    .as_deref()
                    .map(HeaderValue::from_str)
                    .transpose()
                    .map_err(|_| {
                        "request-termination: content_type cannot stand in a header".to_owned()
                    })?,
            },
        };
        let trigger = config.trigger.as_ref().map(|name| Trigger {
            parameter: name.clone(),
            headers: spellings(name),
        });
        Ok(Self {
            status,
            answer,
            trigger,
        })
    }

    fn acts(&self, head: &Parts) -> bool {
        self.trigger
            .as_ref()
            .is_none_or(|trigger| trigger.is_in(head))
    }

    fn plain(&self, body: Bytes, content_type: Option<HeaderValue>) -> Flow {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(content_type) = content_type {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type);
        }
        Flow::plain(response)
    }
}

impl Trigger {
    fn is_in(&self, head: &Parts) -> bool {
        let query = head.uri.query().unwrap_or_default().as_bytes();
        self.headers
            .iter()
            .any(|name| head.headers.contains_key(name))
            || urlencoded::pairs(query).any(|pair| *pair.name() == *self.parameter.as_bytes())
    }
}

impl Plugin for Step {
    fn need(&self, request: &Request) -> Need {
        let echoes = matches!(self.answer, Ready::Echo { .. });
        let short = match &request.body {
            ClientBody::Coming(body) => body
                .exact_len()
                .is_none_or(|length| length <= echo::DESCRIBED as u64),
            ClientBody::Held(_) | ClientBody::Taken => false,
        };
        if echoes && short && self.acts(&request.head) {
            Need::Read
        } else {
            Need::Head
        }
    }

    /// Of a body whose length was not announced.
    fn bound(&self, _: &Request) -> Option<Bound> {
        Some(Bound {
            bytes: echo::DESCRIBED,
            error: GatewayError::new(
                Kind::Plugin(StatusCode::PAYLOAD_TOO_LARGE, Style::Template),
                "Payload too large",
            ),
        })
    }

    fn access(&self, request: &mut Request) -> Flow {
        if !self.acts(&request.head) {
            return Flow::Next;
        }
        match &self.answer {
            Ready::Message(Some(message)) => Flow::error(GatewayError::new(
                Kind::Plugin(self.status, Style::Exit),
                message.as_str(),
            )),
            Ready::Message(None) => self.plain(Bytes::new(), None),
            Ready::Body { body, content_type } => self.plain(body.clone(), content_type.clone()),
            Ready::Echo { message } => match echo::body(request, message.as_deref()) {
                Ok(body) => self.plain(body, Some(echo::JSON)),
                Err(_) => Flow::error(GatewayError::new(Kind::Internal, "")),
            },
        }
    }
}

/// Kong's own words, where it has any.
fn default_message(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        401 => Some("Unauthorized"),
        404 => Some("Not found"),
        405 => Some("Method not allowed"),
        500 => Some("An unexpected error occurred"),
        502 => Some("Bad Gateway"),
        503 => Some("Service unavailable"),
        _ => None,
    }
}
