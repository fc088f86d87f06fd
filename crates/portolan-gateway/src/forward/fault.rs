//! A try that got no answer: whether another follows, and what the client is told if none does.

#[cfg(test)]
mod tests;

use http::Method;

use crate::{
    error::Kind,
    upstream::{SendErrorKind, repeatable},
};

/// nginx's `proxy_next_upstream error timeout`, which is Kong's: never after an answer began, and a method that may not be
/// repeated only while nothing of it was sent. `balanced`: a host without an address is not the only one.
pub(super) fn may_try_again(
    kind: SendErrorKind,
    unsent: bool,
    method: &Method,
    balanced: bool,
) -> bool {
    let listed = match kind {
        SendErrorKind::Connect
        | SendErrorKind::Tls
        | SendErrorKind::Closed
        | SendErrorKind::ConnectTimeout
        | SendErrorKind::WriteTimeout
        | SendErrorKind::ReadTimeout => true,
        SendErrorKind::Resolve => balanced,
        SendErrorKind::InvalidResponse => false,
    };
    listed && (unsent || repeatable(method))
}

/// `balanced`: the host is one of an upstream's targets, and the last that was left.
pub(super) fn told(kind: SendErrorKind, balanced: bool) -> Kind {
    match kind {
        SendErrorKind::Resolve if balanced => Kind::NoPeer,
        kind => kind.into(),
    }
}
