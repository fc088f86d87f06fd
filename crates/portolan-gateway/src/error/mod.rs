//! The gateway's own errors: one table from kind to status, Kong's text and OpenAI's words,
//! and the one place that renders them, in the client's dialect where a route has one.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use portolan_llm::{chat::Failure, format::Format, json::push_text};

use crate::headers;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NoRoute,
    NoService,
    /// The client's request cannot be served as it stands; the message says what to mend.
    BadRequest,
    BodyTooLarge,
    /// The client stopped in the middle of its body.
    RequestTimeout,
    /// The upstream refused, reset, or answered what no client should see.
    UpstreamInvalid,
    UpstreamTimeout,
    NameResolution,
    /// An error that a provider told inside an answer whose status said 200.
    Provider(StatusCode),
    /// A plugin's own refusal; the message says why.
    Plugin(StatusCode, Style),
    Internal,
}

/// Kong's two ways to write an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `kong.response.error`: in what the client accepts, with a `request_id`.
    Template,
    /// `kong.response.exit`: compact JSON, the message alone.
    Exit,
}

/// One row of the table.
struct Row {
    status: StatusCode,
    /// Kong's message; none: the error brings its own.
    message: Option<&'static str>,
    /// OpenAI's `type` and `code`.
    kind: &'static str,
    code: Option<&'static str>,
    /// Kong's body has a `request_id` beside the message.
    request_id: bool,
}

impl Kind {
    fn row(self) -> Row {
        let row = |status, message, kind, code| Row {
            status,
            message,
            kind,
            code,
            request_id: message.is_some(),
        };
        match self {
            Self::NoRoute => row(
                StatusCode::NOT_FOUND,
                Some("no Route matched with those values"),
                "invalid_request_error",
                Some("no_route"),
            ),
            Self::NoService => row(
                StatusCode::SERVICE_UNAVAILABLE,
                Some("no Service found with those values"),
                "server_error",
                Some("no_service"),
            ),
            Self::BadRequest => row(StatusCode::BAD_REQUEST, None, "invalid_request_error", None),
            Self::BodyTooLarge => row(
                StatusCode::PAYLOAD_TOO_LARGE,
                None,
                "invalid_request_error",
                Some("request_too_large"),
            ),
            Self::RequestTimeout => row(
                StatusCode::REQUEST_TIMEOUT,
                Some("Request timeout"),
                "invalid_request_error",
                Some("request_timeout"),
            ),
            Self::UpstreamInvalid => row(
                StatusCode::BAD_GATEWAY,
                Some("An invalid response was received from the upstream server"),
                "server_error",
                Some("upstream_error"),
            ),
            Self::UpstreamTimeout => row(
                StatusCode::GATEWAY_TIMEOUT,
                Some("The upstream server is timing out"),
                "server_error",
                Some("upstream_timeout"),
            ),
            Self::NameResolution => row(
                StatusCode::SERVICE_UNAVAILABLE,
                Some("name resolution failed"),
                "server_error",
                Some("name_resolution_failed"),
            ),
            Self::Provider(status) => Row {
                request_id: true,
                ..row(status, None, "server_error", None)
            },
            Self::Plugin(status, style) => Row {
                request_id: style == Style::Template,
                ..row(status, None, "invalid_request_error", None)
            },
            Self::Internal => row(
                StatusCode::INTERNAL_SERVER_ERROR,
                Some("An unexpected error occurred"),
                "server_error",
                None,
            ),
        }
    }
}

/// An error on its way to a client.
#[derive(Debug, Clone)]
pub(crate) struct GatewayError {
    pub(crate) kind: Kind,
    /// What exactly, where Kong's text does not say it. No secret, no address.
    pub(crate) detail: String,
    /// The request field at fault.
    pub(crate) param: Option<String>,
    /// What the provider said, where it said something.
    pub(crate) provider: Option<Box<Failure>>,
}

impl GatewayError {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            param: None,
            provider: None,
        }
    }

    /// As a client's SDK reads it.
    pub(crate) fn failure(&self) -> Failure {
        let row = self.kind.row();
        if let Some(provider) = &self.provider {
            return Failure {
                status: Some(row.status.as_u16()),
                ..(**provider).clone()
            };
        }
        let message = match (row.message, self.detail.as_str()) {
            (Some(message), "") => message.to_owned(),
            (Some(message), detail) => format!("{message}: {detail}"),
            (None, detail) => detail.to_owned(),
        };
        Failure {
            status: Some(row.status.as_u16()),
            message,
            kind: Some(row.kind.to_owned()),
            code: row.code.map(str::to_owned),
            param: self.param.clone(),
        }
    }

    /// `dialect`: of the route's clients; none: Kong's own body.
    pub(crate) fn render(&self, dialect: Option<Format>, id: &str) -> Response<Bytes> {
        let row = self.kind.row();
        let failure = self.failure();
        let message = row.message.unwrap_or(&failure.message);
        let mut body = Vec::with_capacity(256);
        match dialect {
            Some(format) => {
                format.codec().encode_error(&failure, &mut body);
                // Kong's members stand beside the dialect's.
                if body.pop() == Some(b'}') {
                    member(&mut body, ",", "message", message);
                    if row.request_id {
                        member(&mut body, ",", "request_id", id);
                    }
                    body.push(b'}');
                }
            }
            None => {
                // Kong's template, byte for byte.
                member(&mut body, "{\n  ", "message", message);
                member(&mut body, ",\n  ", "request_id", id);
                body.extend_from_slice(b"\n}");
            }
        }
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = row.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(header::SERVER, headers::PRODUCT);
        response
    }
}

fn member(body: &mut Vec<u8>, before: &str, name: &str, value: &str) {
    body.extend_from_slice(before.as_bytes());
    push_text(body, name);
    body.push(b':');
    push_text(body, value);
}

#[cfg(test)]
mod tests;
