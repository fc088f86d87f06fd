//! Step 3 of the flow: a route's plugins, by Kong's priorities, highest first. A folder a plugin.
//! Identity comes first; which instance of a plugin runs is decided when its turn comes, by who is identified then.

mod chain;
mod ip_restriction;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

pub(crate) use chain::{Chain, Passed};

use crate::{error::GatewayError, request::Request, state::ConsumerState};

/// What a plugin's access step must find in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// The request's head.
    Head,
    /// The client's body, read whole.
    Read,
}

/// One instance of a bundled plugin.
pub(crate) trait Plugin: fmt::Debug + Send + Sync {
    /// Of this request; asked before each `access`.
    fn need(&self, _: &Request) -> Need {
        Need::Head
    }

    /// Kong's access phase. Headers that it adds to the request go to the upstream of a service, never to a provider.
    fn access(&self, request: &mut Request) -> Flow;

    /// Whether `respond` does anything.
    fn responds(&self) -> bool {
        false
    }

    /// Kong's header_filter phase: the head of the answer, whoever it is from.
    fn respond(&self, _: &Request, _: StatusCode, _: &mut HeaderMap) {}
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
}

/// Who sends a request, as far as authentication plugins have told.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) consumer: Option<Arc<ConsumerState>>,
    /// Id of the credential; none for the anonymous consumer.
    pub(crate) credential: Option<String>,
}
