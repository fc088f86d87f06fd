//! From the promise to the client's response: its head, with Kong's headers and ours.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};

use super::{Drive, Promise};
use crate::{body::ResponseBody, headers};

impl Drive {
    /// The response, with this driver as its body where that is still coming.
    pub(in crate::ai) fn promised(mut self: Box<Self>, promise: Promise) -> Response<ResponseBody> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = promise.status;
        *response.headers_mut() = promise.headers;
        self.dress(&mut response);
        let (head, _) = response.into_parts();
        let body = match promise.body {
            None => ResponseBody::Driven(self),
            Some(bytes) => ResponseBody::whole(bytes, self.exchange.request.settle.take()),
        };
        Response::from_parts(head, body)
    }

    /// Kong's headers, and ours.
    fn dress(&mut self, response: &mut Response<Bytes>) {
        let started = self.exchange.request.started;
        let status = response.status();
        let headers = response.headers_mut();
        let proxy = &self.exchange.proxy;
        let named = proxy.config.model_name_header;
        let target = self.tried.last().map(|target| &proxy.targets[*target]);
        self.exchange.request.settle.with(|record| {
            record.status = status.as_u16();
            let Some(last) = record.tries.last() else {
                let latency = HeaderValue::from(millis(started, Instant::now()));
                headers.insert(headers::RESPONSE_LATENCY, latency);
                return;
            };
            headers::proxied(
                headers,
                millis(last.began, last.head.unwrap_or_else(Instant::now)),
                millis(started, last.began),
            );
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
        self.exchange.request.dress(status, response.headers_mut());
    }
}

fn millis(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}
