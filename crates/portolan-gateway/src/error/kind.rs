//! The table: a row for each error that the gateway has, with Kong's status and text and OpenAI's words.

use http::StatusCode;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NoRoute,
    NoService,
    /// No target of the service's upstream may be called.
    NoPeer,
    /// The client's request cannot be served as it stands; the message says what to mend.
    BadRequest,
    /// What came is no HTTP request, or one with two meanings.
    Malformed,
    MethodNotAllowed,
    /// The body comes in a coding that is not taken off here.
    NotImplemented,
    UriTooLong,
    /// More header lines, or bytes of them, than a request may have.
    HeadTooLarge,
    BodyTooLarge,
    /// The client stopped in the middle of its body.
    RequestTimeout,
    /// The route is for TLS, and the request came without.
    HttpsRequired,
    /// All that may be held of bodies is held.
    Overloaded,
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

pub(super) struct Row {
    pub(super) status: StatusCode,
    /// Kong's message; none: the error brings its own.
    pub(super) message: Option<&'static str>,
    /// OpenAI's `type` and `code`.
    pub(super) kind: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) style: Style,
    /// In Kong nginx's own, which no plugin has seen: without `Accept` it is written as the request was.
    pub(super) nginx: bool,
}

/// OpenAI's `type` and `code`.
type Words = (&'static str, Option<&'static str>);

const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

impl Kind {
    pub(super) fn row(self) -> Row {
        match self {
            Self::NoRoute => Row::kong(
                StatusCode::NOT_FOUND,
                "no Route matched with those values",
                (INVALID, Some("no_route")),
            ),
            Self::NoService => Row::kong(
                StatusCode::SERVICE_UNAVAILABLE,
                "no Service found with those values",
                (SERVER, Some("no_service")),
            ),
            Self::NoPeer => Row::kong(
                StatusCode::SERVICE_UNAVAILABLE,
                "failure to get a peer from the ring-balancer",
                (SERVER, Some("no_target")),
            ),
            Self::BadRequest => Row::own(StatusCode::BAD_REQUEST, Style::Exit),
            Self::Malformed => Row::nginx(
                StatusCode::BAD_REQUEST,
                "Bad request",
                (INVALID, Some("malformed_request")),
            ),
            Self::MethodNotAllowed => Row::nginx(
                StatusCode::METHOD_NOT_ALLOWED,
                "Method not allowed",
                (INVALID, Some("method_not_allowed")),
            ),
            Self::NotImplemented => Row::nginx(
                StatusCode::NOT_IMPLEMENTED,
                "Not implemented",
                (INVALID, Some("not_implemented")),
            ),
            Self::UriTooLong => Row::nginx(
                StatusCode::URI_TOO_LONG,
                "URI too long",
                (INVALID, Some("uri_too_long")),
            ),
            Self::HeadTooLarge => Row::nginx(
                StatusCode::BAD_REQUEST,
                "Request header or cookie too large",
                (INVALID, Some("headers_too_large")),
            ),
            Self::BodyTooLarge => Row::nginx(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Payload too large",
                (INVALID, Some("request_too_large")),
            ),
            Self::RequestTimeout => Row::nginx(
                StatusCode::REQUEST_TIMEOUT,
                "Request timeout",
                (INVALID, Some("request_timeout")),
            ),
            Self::HttpsRequired => Row::kong(
                StatusCode::UPGRADE_REQUIRED,
                "Please use HTTPS protocol",
                (INVALID, Some("https_required")),
            ),
            Self::Overloaded => Row::kong(
                StatusCode::SERVICE_UNAVAILABLE,
                "The gateway is overloaded; try again later",
                ("service_unavailable_error", Some("server_is_overloaded")),
            ),
            Self::UpstreamInvalid => Row::nginx(
                StatusCode::BAD_GATEWAY,
                "An invalid response was received from the upstream server",
                (SERVER, Some("upstream_error")),
            ),
            Self::UpstreamTimeout => Row::nginx(
                StatusCode::GATEWAY_TIMEOUT,
                "The upstream server is timing out",
                (SERVER, Some("upstream_timeout")),
            ),
            Self::NameResolution => Row::kong(
                StatusCode::SERVICE_UNAVAILABLE,
                "name resolution failed",
                (SERVER, Some("name_resolution_failed")),
            ),
            Self::Provider(status) => Row {
                kind: SERVER,
                code: None,
                ..Row::own(status, Style::Template)
            },
            Self::Plugin(status, style) => Row::own(status, style),
            Self::Internal => Row::kong(
                StatusCode::INTERNAL_SERVER_ERROR,
                "An unexpected error occurred",
                (SERVER, None),
            ),
        }
    }
}

impl Row {
    fn kong(status: StatusCode, message: &'static str, (kind, code): Words) -> Self {
        Self {
            status,
            message: Some(message),
            kind,
            code,
            style: Style::Template,
            nginx: false,
        }
    }

    fn nginx(status: StatusCode, message: &'static str, words: Words) -> Self {
        Self {
            nginx: true,
            ..Self::kong(status, message, words)
        }
    }

    /// Of an error that brings its own message.
    fn own(status: StatusCode, style: Style) -> Self {
        let (kind, code) = words(status);
        Self {
            status,
            message: None,
            kind,
            code,
            style,
            nginx: false,
        }
    }
}

/// Those that OpenAI itself answers such a status with.
fn words(status: StatusCode) -> Words {
    match status {
        StatusCode::UNAUTHORIZED => (INVALID, Some("invalid_api_key")),
        StatusCode::FORBIDDEN => ("request_forbidden", None),
        StatusCode::PAYLOAD_TOO_LARGE => (INVALID, Some("request_too_large")),
        StatusCode::TOO_MANY_REQUESTS => ("rate_limit_error", Some("rate_limit_exceeded")),
        status if status.is_server_error() => (SERVER, None),
        _ => (INVALID, None),
    }
}
