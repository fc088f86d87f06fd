//! Step 4: has the client's body, within the proxy's bound, and peeks.

use super::{Body, Exchange};
use crate::{
    error::{GatewayError, Kind},
    request::HoldError,
};

pub(super) async fn read(exchange: &mut Exchange) -> Result<(), HoldError> {
    let limit = exchange.proxy.config.max_request_body_size;
    let bytes = exchange.request.hold(limit).await?;
    let peek = exchange.dialect.codec().peek(&bytes).map_err(|error| {
        HoldError::Refused(GatewayError::new(Kind::BadRequest, error.to_string()))
    })?;
    exchange.body = Body::Json { bytes, peek };
    Ok(())
}
