//! Step 3 of the flow: a route's plugins, by Kong's priorities, highest first. A folder a plugin.
//! Identity comes first; which instance of a plugin runs is decided when its turn comes, by who is identified then.

mod acl;
mod chain;
mod correlation_id;
mod cors;
mod fields;
mod head_edit;
mod identity;
mod ip_restriction;
mod key_auth;
mod request_size_limiting;
mod request_termination;
mod uuid;

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response};

pub(crate) use chain::{Chain, Passed, Plugins};
pub(crate) use head_edit::HeadEdit;
pub(crate) use identity::Identity;

use crate::{error::GatewayError, request::Request};

/// What a plugin's access step must find in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The request's head.
    Head,
    /// The client's body, read whole.
    Read,
    /// The same, and what follows is made with what it adds to the request's `edits`.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no plugin that edits is served yet")
    )]
    Edit,
}

/// One instance of a bundled plugin.
pub(crate) trait Plugin: fmt::Debug + Send + Sync {
    /// Of this request; asked before each `access`.
    fn need(&self, _: &Request) -> Need {
        Need::Head
    }

    /// Of a body that is read for this plugin; none: as much as anyone may send.
    fn bound(&self, _: &Request) -> Option<Bound> {
        None
    }

    /// Kong's access phase. Headers that it adds to the request go on with the client's own: to a provider too, but for
    /// those that tell who the client is.
    fn access(&self, request: &mut Request) -> Flow;

    /// Kong's header_filter phase, told ahead: asked when the plugin's turn in the access phase is over, or when there was
    /// none because another plugin answered or no route matched.
    fn respond(&self, _: &Request, _: &mut Vec<HeadEdit>) {}
}

/// How much of a body a plugin lets through.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) bytes: usize,
    /// The answer to more.
    pub(crate) error: GatewayError,
}

/// What follows a plugin's access step.
#[derive(Debug)]
pub(crate) enum Flow {
    Next,
    /// No other access step runs, and no upstream is called.
    Answer(Answer),
}

/// A plugin's own answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// In the client's dialect, with these headers besides.
    Error(Box<GatewayError>, HeaderMap),
    /// As it is.
    Plain(Box<Response<Bytes>>),
}

impl Flow {
    pub(crate) fn error(error: GatewayError) -> Self {
        Self::Answer(Answer::Error(Box::new(error), HeaderMap::new()))
    }

    fn plain(response: Response<Bytes>) -> Self {
        Self::Answer(Answer::Plain(Box::new(response)))
    }
}

/// The headers that a name of the file finds, as in nginx's Lua module: the name itself, then with `-` for `_`.
/// Empty: no header can have it.
fn spellings(name: &str) -> Vec<HeaderName> {
    let mut spellings: Vec<HeaderName> = name.parse::<HeaderName>().into_iter().collect();
    if name.contains('_') {
        spellings.extend(name.replace('_', "-").parse::<HeaderName>());
    }
    spellings
}

#[cfg(test)]
mod tests;
