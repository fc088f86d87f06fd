//! The AI proxy: steps 4 to 10 of the flow, a file a step. Nothing here knows which providers or formats exist.

mod attempt;
mod commit;
mod drive;
mod exchange;
mod fault;
mod intake;
mod relay;
mod render;
mod select;

use std::future::poll_fn;

use http::Response;

pub(crate) use drive::Drive;
pub(crate) use exchange::{Body, Exchange};

use crate::{body::ResponseBody, request::HoldError, worker::ClientGone};

/// Serves a request whose route has an AI proxy.
pub(crate) async fn serve(mut exchange: Exchange) -> Result<Response<ResponseBody>, ClientGone> {
    match intake::read(&mut exchange).await {
        Ok(()) => {}
        Err(HoldError::ClientGone) => return Err(ClientGone),
        Err(HoldError::Refused(error)) => return Ok(exchange.request.refuse(&error)),
    }
    let mut drive = Box::new(Drive::new(exchange));
    let response = poll_fn(|cx| drive.poll_promise(cx)).await?;
    Ok(drive.promised(response))
}
