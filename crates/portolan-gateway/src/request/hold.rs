//! Reads a client's body into memory, once, within a bound of its own and the budget of all.

use std::{future::poll_fn, task::Poll};

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
        Ok(bytes)
    }

    async fn collect(&mut self, mut body: RequestBody, limit: usize) -> Result<Bytes, HoldError> {
        let announced = body.exact_len();
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let mut whole = limit;
        if let Some(length) = announced {
            whole = usize::try_from(length).unwrap_or(usize::MAX);
            self.held.admit(whole).map_err(HoldError::Refused)?;
        }
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut gap = Deadline::after(self.body_timeout);
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
                Arrived::Gone => return Err(HoldError::ClientGone),
                // A body that breaks off is a client that went.
                Arrived::Chunk(Some(Err(error))) => {
                    let refusal = error.refusal().map(HoldError::Refused);
                    return Err(refusal.unwrap_or(HoldError::ClientGone));
                }
                Arrived::Chunk(None) if rest.is_empty() => return Ok(first),
                Arrived::Chunk(None) => return Ok(rest.freeze()),
                Arrived::Chunk(Some(Ok(chunk))) => {
                    gap.extend(self.body_timeout);
                    let length = first.len().max(rest.len()) + chunk.len();
                    self.settle
                        .with(|record| record.request_size = length as u64);
                    if length > limit {
                        return Err(too_large(limit));
                    }
                    self.held.cover(length, whole).map_err(HoldError::Refused)?;
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
