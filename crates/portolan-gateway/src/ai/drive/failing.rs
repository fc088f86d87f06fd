//! The driver where an attempt failed: the next target, or what the client is told.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::{
    Drive,
    state::{State, Step},
};
use crate::{
    ai::{fault::Fault, render::Plan},
    error::{GatewayError, Told},
    headers,
};

/// A fault of an attempt.
pub(super) const PAST_BUDGET: &str = "the budget of held bytes is spent";

impl Drive {
    /// What was held back of a stream that failed before it said anything is nobody's.
    pub(super) fn gated(&mut self, fault: Fault) -> Step {
        self.out.clear();
        self.fault(fault)
    }

    /// A provider's refusal, when no other target may be asked, in its own words.
    pub(super) fn refused(
        &mut self,
        status: StatusCode,
        plan: Plan,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Step {
        let fault = Fault::Refused(status);
        self.note_try(|attempt| attempt.fault = Some(fault.describe()));
        if !plan.translate {
            return Step::promise(status, headers, Some(body));
        }
        let body = if headers.contains_key(header::CONTENT_ENCODING) {
            Bytes::new()
        } else {
            body
        };
        let failure = plan.format.codec().decode_error(status.as_u16(), &body);
        let mut out = Vec::new();
        self.exchange
            .dialect
            .codec()
            .encode_error(&failure, &mut out);
        headers::rewritten(&mut headers, "application/json");
        Step::promise(status, headers, Some(Bytes::from(out)))
    }

    /// Nothing that another target would mend.
    pub(super) fn overloaded(&mut self, error: &GatewayError) -> Step {
        self.note_try(|attempt| attempt.fault = Some(PAST_BUDGET.to_owned()));
        self.out.clear();
        self.refuse(error)
    }

    /// The next target, or the error.
    pub(super) fn fault(&mut self, fault: Fault) -> Step {
        let again = self.fails_over(&fault);
        self.note_try(|attempt| attempt.fault = Some(fault.describe()));
        let place = self.place();
        self.held.release();
        if again {
            self.failed = place;
            self.fault = Some(fault);
            self.state = State::Choosing;
            return Step::Go;
        }
        self.refuse(&fault.error(&place))
    }

    pub(super) fn fails_over(&self, fault: &Fault) -> bool {
        let balancer = &self.exchange.proxy.config.balancer;
        self.tried.len() <= balancer.retries as usize
            && fault.fails_over(&balancer.failover, &self.exchange.request.head.method)
            && (!self.all_tried() || fault.may_mend())
    }

    pub(super) fn all_tried(&self) -> bool {
        (0..self.exchange.proxy.targets.len()).all(|target| self.tried.contains(&target))
    }

    pub(super) fn refuse(&mut self, error: &GatewayError) -> Step {
        let told = Told {
            dialect: Some(self.exchange.dialect),
            ..self.exchange.request.told()
        };
        let response = error.render(&told);
        let (head, body) = response.into_parts();
        Step::promise(head.status, head.headers, Some(body))
    }
}
