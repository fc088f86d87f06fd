//! Step 4: reads the client's body within its bound, and peeks.

use std::{future::poll_fn, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};

use super::{Body, Exchange, deadline::Deadline};
use crate::{
    error::{GatewayError, Kind},
    listen::{ReadError, RequestBody},
};

pub(super) enum Error {
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

pub(super) async fn read(exchange: &mut Exchange, body: RequestBody) -> Result<(), Error> {
    let limit = exchange
        .proxy
        .config
        .max_request_body_size
        .unwrap_or(usize::MAX);
    let bytes = collect(exchange, body, limit).await?;
    exchange
        .settle
        .with(|record| record.request_size = bytes.len() as u64);
    let peek =
        exchange.dialect.codec().peek(&bytes).map_err(|error| {
            Error::Refused(GatewayError::new(Kind::BadRequest, error.to_string()))
        })?;
    exchange.body = Body::Json { bytes, peek };
    Ok(())
}

async fn collect(exchange: &Exchange, mut body: RequestBody, limit: usize) -> Result<Bytes, Error> {
    let too_large = || {
        Error::Refused(GatewayError::new(
            Kind::BodyTooLarge,
            format!("the request body is larger than the {limit} bytes of `max_request_body_size`"),
        ))
    };
    if body.exact_len().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut gap = Deadline::after(BODY_GAP);
    loop {
        let arrived = poll_fn(|cx| match body.poll_chunk(cx) {
            Poll::Ready(chunk) => Poll::Ready(Arrived::Chunk(chunk)),
            Poll::Pending if exchange.watch.poll_gone(cx).is_ready() => Poll::Ready(Arrived::Gone),
            Poll::Pending => gap.poll(cx).map(|()| Arrived::Stalled),
        })
        .await;
        match arrived {
            Arrived::Stalled => {
                let error = GatewayError::new(Kind::RequestTimeout, "");
                return Err(Error::Refused(error));
            }
            // A body that breaks off is a client that went.
            Arrived::Gone | Arrived::Chunk(Some(Err(_))) => return Err(Error::ClientGone),
            Arrived::Chunk(None) if rest.is_empty() => return Ok(first),
            Arrived::Chunk(None) => return Ok(rest.freeze()),
            Arrived::Chunk(Some(Ok(chunk))) => {
                gap.extend(BODY_GAP);
                if first.len().max(rest.len()) + chunk.len() > limit {
                    return Err(too_large());
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
