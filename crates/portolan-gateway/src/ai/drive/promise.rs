//! From the promise to the client's response: its head, with Kong's headers and ours.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};

use super::{Drive, Promise};
use crate::{body::ResponseBody, headers, request};

impl Drive {
    /// The response, with this driver as its body where that is still coming.
    pub(in crate::ai) fn promised(mut self: Box<Self>, promise: Promise) -> Response<ResponseBody> {
        let comes = promise.body.is_none();
        let mut response = Response::new(promise.body.unwrap_or_default());
        *response.status_mut() = promise.status;
        *response.headers_mut() = promise.headers;
        self.dress(&mut response);
        if comes {
            self.held.release();
            self.exchange.let_go();
            return response.map(|_| ResponseBody::Driven(self));
        }
        request::for_method(&self.exchange.request.head.method, &mut response);
        response.map(|bytes| {
            let bytes = self.held.bind(bytes);
            ResponseBody::whole(bytes, self.exchange.request.settle.take())
        })
    }

    /// Kong's headers, and ours.
    fn dress(&mut self, response: &mut Response<Bytes>) {
        self.exchange.request.timed(response.headers_mut());
        let status = response.status();
        let headers = response.headers_mut();
        let proxy = &self.exchange.proxy;
        let named = proxy.config.model_name_header;
        let target = self.tried.last().map(|target| &proxy.targets[*target]);
        self.exchange.request.settle.with(|record| {
            record.status = status.as_u16();
            let Some(last) = record.tries.last() else {
                return;
            };
            let model = match target.and_then(|target| target.model_header.clone()) {
                Some(model) => Some(model),
                None => last
                    .place()
                    .and_then(|place| HeaderValue::from_str(&place).ok()),
            };
            if named
                && status == StatusCode::OK
                && let Some(model) = model
            {
                headers.insert(headers::LLM_MODEL, model);
            }
            let dropped = record.ai.as_ref().map(|ai| ai.dropped.join(", "));
            if let Some(dropped) = dropped.filter(|dropped| !dropped.is_empty())
                && let Ok(dropped) = HeaderValue::from_str(&dropped)
            {
                headers.insert(headers::DROPPED, dropped);
            }
        });
        self.exchange.request.dress(response.headers_mut());
    }
}
