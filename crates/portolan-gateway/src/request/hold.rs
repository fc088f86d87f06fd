//! Reads a client's body into memory, once, within a bound.

use std::{future::poll_fn, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};

use super::{ClientBody, Request};
use crate::{
    deadline::Deadline,
    error::{GatewayError, Kind},
    listen::{ReadError, RequestBody},
};

pub(crate) enum HoldError {
    ClientGone,
    Refused(GatewayError),
}

/// Between two pieces of a body: nginx's `client_body_timeout`.
const BODY_GAP: Duration = Duration::from_secs(60);

enum Arrived {
    Chunk(Option<Result<Bytes, ReadError>>),
    Gone,
    Stalled,
}

impl Request {
    /// The body, read whole; `limit`: in bytes, of an AI proxy.
    pub(crate) async fn hold(&mut self, limit: Option<usize>) -> Result<Bytes, HoldError> {
        let limit = limit.unwrap_or(usize::MAX);
        let bytes = match std::mem::replace(&mut self.body, ClientBody::Taken) {
            ClientBody::Coming(body) => self.collect(body, limit).await?,
            ClientBody::Held(bytes) if bytes.len() > limit => return Err(too_large(limit)),
            ClientBody::Held(bytes) => bytes,
            ClientBody::Taken => {
                let error = GatewayError::new(Kind::Internal, "");
                return Err(HoldError::Refused(error));
            }
        };
        self.body = ClientBody::Held(bytes.clone());
        self.settle
            .with(|record| record.request_size = bytes.len() as u64);
        Ok(bytes)
    }

    async fn collect(&self, mut body: RequestBody, limit: usize) -> Result<Bytes, HoldError> {
        if body.exact_len().is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut gap = Deadline::after(BODY_GAP);
        loop {
            let arrived = poll_fn(|cx| match body.poll_chunk(cx) {
                Poll::Ready(chunk) => Poll::Ready(Arrived::Chunk(chunk)),
                Poll::Pending if self.watch.poll_gone(cx).is_ready() => Poll::Ready(Arrived::Gone),
                Poll::Pending => gap.poll(cx).map(|()| Arrived::Stalled),
            })
            .await;
            match arrived {
                Arrived::Stalled => {
                    let error = GatewayError::new(Kind::RequestTimeout, "");
                    return Err(HoldError::Refused(error));
                }
                // A body that breaks off is a client that went.
                Arrived::Gone | Arrived::Chunk(Some(Err(_))) => return Err(HoldError::ClientGone),
                Arrived::Chunk(None) if rest.is_empty() => return Ok(first),
                Arrived::Chunk(None) => return Ok(rest.freeze()),
                Arrived::Chunk(Some(Ok(chunk))) => {
                    gap.extend(BODY_GAP);
                    if first.len().max(rest.len()) + chunk.len() > limit {
                        return Err(too_large(limit));
                    }
                    if first.is_empty() && rest.is_empty() {
                        first = chunk;
                    } else {
                        if rest.is_empty() {
                            rest.reserve(first.len() + chunk.len());
                            rest.extend_from_slice(&first);
                        }
                        rest.extend_from_slice(&chunk);
                    }
                }
            }
        }
    }
}

fn too_large(limit: usize) -> HoldError {
    HoldError::Refused(GatewayError::new(
        Kind::BodyTooLarge,
        format!("the request body is larger than the {limit} bytes of `max_request_body_size`"),
    ))
}
