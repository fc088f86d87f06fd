//! `request-size-limiting`: by the announced length where there is one; otherwise the body is read, no further than allowed.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{HeaderMap, StatusCode, header};
use portolan_config::compiled::plugin::RequestSizeLimiting;

use super::{Bound, Flow, Need, Plugin};
use crate::{
    error::{GatewayError, Kind, Style},
    request::{ClientBody, Request},
};

pub(super) fn new(config: &Arc<RequestSizeLimiting>) -> Arc<dyn Plugin> {
    Arc::new(Step(Arc::clone(config)))
}

#[derive(Debug)]
struct Step(Arc<RequestSizeLimiting>);

/// What a request's head says of its body.
#[derive(Debug, PartialEq, Eq)]
enum Announced {
    Bytes(u64),
    Chunked,
    Nothing,
}

impl Step {
    fn refusal(&self, headers: &HeaderMap) -> Option<GatewayError> {
        match announced(headers) {
            Announced::Bytes(bytes) if bytes > self.0.allowed => Some(too_large(headers)),
            Announced::Nothing if self.0.require_content_length => Some(error(
                StatusCode::LENGTH_REQUIRED,
                "A valid Content-Length header is required",
            )),
            Announced::Bytes(_) | Announced::Chunked | Announced::Nothing => None,
        }
    }
}

impl Plugin for Step {
    fn need(&self, request: &Request) -> Need {
        let headers = &request.head.headers;
        let counts = match announced(headers) {
            Announced::Bytes(_) => false,
            // Over HTTP/2 a body may come without either header.
            Announced::Chunked | Announced::Nothing => match &request.body {
                ClientBody::Coming(body) => body.exact_len() != Some(0),
                ClientBody::Held(_) => true,
                ClientBody::Taken => false,
            },
        };
        if counts && self.refusal(headers).is_none() {
            Need::Read
        } else {
            Need::Head
        }
    }

    fn bound(&self, request: &Request) -> Option<Bound> {
        Some(Bound {
            bytes: usize::try_from(self.0.allowed).unwrap_or(usize::MAX),
            error: too_large(&request.head.headers),
        })
    }

    fn access(&self, request: &mut Request) -> Flow {
        self.refusal(&request.head.headers)
            .map_or(Flow::Next, Flow::error)
    }
}

fn announced(headers: &HeaderMap) -> Announced {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        // Where both are given, the chunks tell where the body ends.
        _ if headers.contains_key(header::TRANSFER_ENCODING) => Announced::Chunked,
        Some(bytes) => Announced::Bytes(bytes),
        None => Announced::Nothing,
    }
}

/// A client that waits for leave to send its body is told that it has none.
fn too_large(headers: &HeaderMap) -> GatewayError {
    let waits = headers.get(header::EXPECT).is_some_and(|expect| {
        expect
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"100-continue")
    });
    let status = if waits {
        StatusCode::EXPECTATION_FAILED
    } else {
        StatusCode::PAYLOAD_TOO_LARGE
    };
    error(status, "Request size limit exceeded")
}

fn error(status: StatusCode, message: &str) -> GatewayError {
    GatewayError::new(Kind::Plugin(status, Style::Template), message)
}
