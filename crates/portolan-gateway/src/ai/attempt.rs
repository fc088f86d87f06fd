//! Step 7: sends an attempt's request under its deadlines.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Exchange,
    render::{Plan, Rendered},
};
use crate::{
    balance::Lease,
    telemetry::{SentTo, Try},
    upstream::{Call, Received, SendError},
};

type Sending = dyn Future<Output = Result<Received, SendError>> + Send;

/// A request under way. Dropping it cancels it at the provider.
pub(super) struct Attempt {
    pub(super) lease: Lease,
    pub(super) plan: Plan,
    send: Pin<Box<Sending>>,
}

impl Attempt {
    /// Begins to send, and tells the record so.
    pub(super) fn begin(
        exchange: &mut Exchange,
        lease: Lease,
        model: String,
        rendered: Rendered,
    ) -> Self {
        let state = Arc::clone(&exchange.proxy.targets[lease.target]);
        exchange.request.settle.with(|record| {
            record.tries.push(Try::begun(SentTo::Target {
                target: Arc::clone(&state.target),
                model,
            }));
        });
        let worker = Arc::clone(&exchange.worker);
        let timeouts = exchange.proxy.config.balancer.timeouts;
        let Rendered {
            head, body, plan, ..
        } = rendered;
        let send = Box::pin(async move {
            let call = Call {
                to: &state.destination,
                head,
                body: body.into(),
                timeouts: &timeouts,
                failed: 0,
                upgrade: false,
            };
            worker.upstream.send(call).await
        });
        Self { lease, plan, send }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, SendError>> {
        self.send.as_mut().poll(cx)
    }
}
