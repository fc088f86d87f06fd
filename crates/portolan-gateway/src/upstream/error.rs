//! What can go wrong between the gateway and an upstream. No text here holds a secret or a byte of a body.

use std::{error::Error, fmt, net::SocketAddr};

use http::Method;

use super::{Message, RequestHead};
use crate::error::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendErrorKind {
    /// The host has no address.
    Resolve,
    Connect,
    Tls,
    ConnectTimeout,
    WriteTimeout,
    ReadTimeout,
    /// Reset or closed before the response's head was whole.
    Closed,
    /// What came is not the head of an HTTP response.
    InvalidResponse,
}

impl From<SendErrorKind> for Kind {
    /// What a client is told of it: Kong's statuses.
    fn from(kind: SendErrorKind) -> Self {
        match kind {
            SendErrorKind::Resolve => Self::NameResolution,
            SendErrorKind::ConnectTimeout
            | SendErrorKind::WriteTimeout
            | SendErrorKind::ReadTimeout => Self::UpstreamTimeout,
            SendErrorKind::Connect
            | SendErrorKind::Tls
            | SendErrorKind::Closed
            | SendErrorKind::InvalidResponse => Self::UpstreamInvalid,
        }
    }
}

/// Whether a request that was sent may be sent again: nginx's rule.
pub(crate) fn repeatable(method: &Method) -> bool {
    !matches!(*method, Method::POST | Method::PATCH) && method.as_str() != "LOCK"
}

/// A request that got no response head.
#[derive(Debug)]
pub(crate) struct SendError {
    pub(crate) kind: SendErrorKind,
    /// No byte of this request was written to a socket.
    pub(crate) unsent: bool,
    pub(crate) peer: Option<SocketAddr>,
    /// The request's, handed back where no connection had begun to send it.
    pub(crate) head: Option<Box<RequestHead>>,
    detail: Box<str>,
}

impl SendError {
    /// A fault before any connection could take the request.
    pub(super) fn unsent(
        kind: SendErrorKind,
        peer: Option<SocketAddr>,
        detail: impl Into<Box<str>>,
    ) -> Self {
        Self {
            kind,
            unsent: true,
            peer,
            head: None,
            detail: detail.into(),
        }
    }

    pub(super) fn timeout(kind: SendErrorKind, unsent: bool, peer: SocketAddr) -> Self {
        Self {
            kind,
            unsent,
            peer: Some(peer),
            head: None,
            detail: Box::default(),
        }
    }

    /// A 101 that nobody asked for.
    pub(super) fn switched(peer: SocketAddr) -> Self {
        Self {
            kind: SendErrorKind::InvalidResponse,
            unsent: false,
            peer: Some(peer),
            head: None,
            detail: "switching protocols was not asked for".into(),
        }
    }

    /// A connection that failed under the request.
    pub(super) fn broken(error: &hyper::Error, unsent: bool, peer: SocketAddr) -> Self {
        Self {
            kind: if error.is_parse() {
                SendErrorKind::InvalidResponse
            } else {
                SendErrorKind::Closed
            },
            unsent,
            peer: Some(peer),
            head: None,
            detail: describe(error),
        }
    }

    pub(super) fn handing_back(self, head: RequestHead) -> Self {
        Self {
            head: Some(Box::new(head)),
            ..self
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SendErrorKind::Resolve => "the upstream host has no address",
            SendErrorKind::Connect => "could not connect",
            SendErrorKind::Tls => "TLS handshake failed",
            SendErrorKind::ConnectTimeout => "connecting timed out",
            SendErrorKind::WriteTimeout => "sending the request timed out",
            SendErrorKind::ReadTimeout => "waiting for the response timed out",
            SendErrorKind::Closed => "the connection closed before a response",
            SendErrorKind::InvalidResponse => "not an HTTP response",
        })?;
        if let Some(peer) = self.peer {
            write!(f, " ({peer})")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

impl Error for SendError {}

/// A failed exchange, with the request where no connection had begun to send it.
pub(super) struct Failed {
    pub(super) error: SendError,
    pub(super) message: Option<Box<Message>>,
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        Self {
            error,
            message: None,
        }
    }
}

/// A response body that was cut: reset, closed early, or badly framed.
#[derive(Debug)]
pub(crate) struct BodyError {
    detail: Box<str>,
}

impl BodyError {
    pub(super) fn new(detail: impl Into<Box<str>>) -> Self {
        Self {
            detail: detail.into(),
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response body was cut: {}", self.detail)
    }
}

impl Error for BodyError {}

/// The TLS side of upstream connections could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read the trusted certificates: {0}")]
    Roots(String),
    #[error("an extra trusted certificate is not usable: {0}")]
    ExtraRoot(rustls::Error),
    #[error("TLS is not usable: {0}")]
    Config(rustls::Error),
}

/// An error's text with its causes: hyper's own text names only the step that failed.
pub(super) fn describe(error: &dyn Error) -> Box<str> {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text.into()
}
