//! Why an attempt did not serve, and what follows: whether another may, and what the client is told if none does.

use http::{Method, StatusCode};
use portolan_config::compiled::FailoverCriteria;
use portolan_llm::chat::Failure;

use crate::{
    error::{GatewayError, Kind},
    upstream::{SendError, SendErrorKind, repeatable},
};

#[derive(Debug)]
pub(super) enum Fault {
    /// No head of an answer came.
    Send(SendError),
    /// The body was cut before anything was promised.
    Cut(String),
    /// The body stalled before anything was promised.
    Stalled,
    /// The provider's own refusal, by its status.
    Refused(StatusCode),
    /// An error that the provider told inside an answer whose status said 200.
    Inside(Failure),
    /// A 200 that says nothing.
    Empty,
    /// A 200 that cannot be read.
    Unreadable(String),
}

/// Which of `failover_criteria` a fault falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Criterion {
    Error,
    Timeout,
    InvalidHeader,
    Status(u16),
}

impl Fault {
    fn criterion(&self) -> Criterion {
        match self {
            Self::Send(error) => match error.kind {
                SendErrorKind::Resolve
                | SendErrorKind::Connect
                | SendErrorKind::Tls
                | SendErrorKind::Closed => Criterion::Error,
                SendErrorKind::ConnectTimeout
                | SendErrorKind::WriteTimeout
                | SendErrorKind::ReadTimeout => Criterion::Timeout,
                SendErrorKind::InvalidResponse => Criterion::InvalidHeader,
            },
            Self::Cut(_) => Criterion::Error,
            Self::Stalled => Criterion::Timeout,
            Self::Refused(status) => Criterion::Status(status.as_u16()),
            Self::Inside(failure) => Criterion::Status(failure.status.unwrap_or(502)),
            Self::Empty | Self::Unreadable(_) => Criterion::Status(502),
        }
    }

    /// nginx's rule: the fault must be listed, and a request that is not idempotent must not have been sent
    /// unless `non_idempotent` is listed too.
    pub(super) fn fails_over(&self, criteria: &FailoverCriteria, method: &Method) -> bool {
        let listed = match self.criterion() {
            Criterion::Error => criteria.error,
            Criterion::Timeout => criteria.timeout,
            Criterion::InvalidHeader => criteria.invalid_header,
            Criterion::Status(status) => criteria.statuses.contains(&status),
        };
        let unsent = matches!(self, Self::Send(error) if error.unsent);
        listed && (unsent || repeatable(method) || criteria.non_idempotent)
    }

    /// Whether the same target may do better at once: not where it refused for a reason that lasts.
    pub(super) fn may_mend(&self) -> bool {
        !matches!(self.criterion(), Criterion::Status(403 | 404 | 429))
    }

    /// For the log. No secret, no byte of a body.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Send(error) => error.to_string(),
            Self::Cut(detail) => detail.clone(),
            Self::Stalled => "the answer's body stalled".to_owned(),
            Self::Refused(status) => format!("status {}", status.as_u16()),
            Self::Inside(failure) => match failure.status {
                Some(status) => format!("an error inside a 200, naming status {status}"),
                None => "an error inside a 200".to_owned(),
            },
            Self::Empty => "an empty answer".to_owned(),
            Self::Unreadable(detail) => format!("an answer that cannot be read: {detail}"),
        }
    }

    /// What the client is told; `target` is `provider/model`. A refusal is told in the provider's own words instead.
    pub(super) fn error(&self, target: &str) -> GatewayError {
        match self {
            Self::Send(error) => GatewayError::new(error.kind.into(), target),
            Self::Stalled => GatewayError::new(
                Kind::UpstreamTimeout,
                format!("{target}: the answer stalled"),
            ),
            Self::Inside(failure) => {
                let status = failure
                    .status
                    .and_then(|status| StatusCode::from_u16(status).ok())
                    .unwrap_or(StatusCode::BAD_GATEWAY);
                GatewayError {
                    provider: Some(Box::new(failure.clone())),
                    ..GatewayError::new(Kind::Provider(status), target)
                }
            }
            Self::Cut(_) => GatewayError::new(
                Kind::UpstreamInvalid,
                format!("{target}: the answer broke off"),
            ),
            Self::Empty => GatewayError::new(
                Kind::UpstreamInvalid,
                format!("{target}: the answer was empty"),
            ),
            Self::Refused(status) => GatewayError::new(
                Kind::Provider(*status),
                format!("{target}: status {}", status.as_u16()),
            ),
            Self::Unreadable(_) => GatewayError::new(
                Kind::UpstreamInvalid,
                format!("{target}: the answer could not be read"),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
