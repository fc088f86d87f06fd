//! One request and everything that is known of it, owned by the step that works on it and moved to the next.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use portolan_config::template::Source;
use portolan_llm::format::{Format, Peek};

use crate::{
    request::{ClientBody, Request},
    router,
    state::ProxyState,
    worker::Worker,
};

#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) worker: Arc<Worker>,
    /// What the route's clients speak.
    pub(crate) dialect: Format,
    pub(crate) proxy: Arc<ProxyState>,
    pub(crate) request: Box<Request>,
    pub(crate) body: Body,
}

/// A client's body, as its operation reads it.
#[derive(Debug)]
pub(crate) enum Body {
    Empty,
    /// Held whole: any number of attempts can be rendered from it.
    Json {
        bytes: Bytes,
        peek: Peek,
    },
}

impl Exchange {
    /// No attempt follows: what it would be made from is held no longer.
    pub(super) fn let_go(&mut self) {
        self.body = Body::Empty;
        self.request.body = ClientBody::Taken;
        self.request.held.release();
    }

    /// What a template names; a header's name may have `_` for `-`.
    pub(super) fn value(&self, source: Source, key: &str) -> Option<Cow<'_, str>> {
        match source {
            Source::Headers => {
                let headers = &self.request.head.headers;
                let value = headers
                    .get(key)
                    .or_else(|| headers.get(key.replace('_', "-")))?;
                value.to_str().ok().map(Cow::Borrowed)
            }
            Source::UriCaptures => self.request.captures.as_ref()?.get(key),
            Source::QueryParams => self.request.head.uri.query()?.split('&').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let same = router::decode(name).is_some_and(|name| name == key);
                same.then(|| match value.contains('+') {
                    true => router::decode(&value.replace('+', " "))
                        .map(|value| Cow::Owned(value.into_owned())),
                    false => router::decode(value),
                })?
            }),
        }
    }
}
