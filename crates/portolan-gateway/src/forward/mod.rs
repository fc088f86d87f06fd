//! Plain HTTP: a request whose route has a service and no AI proxy.

use std::sync::Arc;

use http::Response;

use crate::{
    body::ResponseBody,
    error::{GatewayError, Kind},
    request::Request,
    state::RouteState,
    worker::{ClientGone, Worker},
};

pub(crate) async fn serve(
    _: &Arc<Worker>,
    _: &RouteState,
    request: Request,
) -> Result<Response<ResponseBody>, ClientGone> {
    Ok(request.refuse(&GatewayError::new(Kind::NoService, "")))
}
