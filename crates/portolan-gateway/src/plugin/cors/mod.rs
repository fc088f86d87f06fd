//! `cors`: answers preflights itself, before anyone is asked who they are, and adds its headers to every other answer.

mod origin;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
        ORIGIN, VARY,
    },
    request::Parts,
};
use portolan_config::compiled::plugin::Cors;

use super::{Flow, HeadEdit, Plugin};
use crate::request::Request;
use origin::{Allowed, Origins};

const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

const ANY: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

pub(super) fn new(config: &Cors) -> Result<Arc<dyn Plugin>, String> {
    Ok(Arc::new(Step::new(config)?))
}

#[derive(Debug)]
struct Step {
    origins: Origins,
    methods: HeaderValue,
    /// None: those that a preflight asks for.
    headers: Option<HeaderValue>,
    exposed: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    credentials: bool,
    private_network: bool,
    preflight_continue: bool,
    allow_origin_absent: bool,
}

impl Step {
    fn new(config: &Cors) -> Result<Self, String> {
        let joined = |texts: &[String]| {
            (!texts.is_empty())
                .then(|| value(&texts.join(",")))
                .transpose()
        };
        Ok(Self {
            origins: Origins::new(&config.origins)?,
            methods: value(&config.methods.join(","))?,
            headers: joined(&config.headers)?,
            exposed: joined(&config.exposed_headers)?,
            max_age: config.max_age.as_deref().map(value).transpose()?,
            credentials: config.credentials,
            private_network: config.private_network,
            preflight_continue: config.preflight_continue,
            allow_origin_absent: config.allow_origin_absent,
        })
    }

    /// Of preflights and of all other answers.
    fn allow(&self, origin: Option<&HeaderValue>, edits: &mut Vec<HeadEdit>) {
        let set = |value| HeadEdit::Set(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        let (allowed, varies) = self.origins.allowed(origin);
        // To a client with credentials, `*` would be no permission.
        let named = match (&allowed, origin) {
            (Allowed::Any, Some(origin)) if self.credentials => Some(origin),
            _ => None,
        };
        // Without an origin too: a cache may keep that answer for those who have one.
        if varies || (self.credentials && allowed == Allowed::Any) {
            edits.push(HeadEdit::Append(VARY, VARY_ORIGIN));
        }
        let may_have_credentials = match (allowed, named) {
            (_, Some(origin)) => {
                edits.push(set(origin.clone()));
                true
            }
            (Allowed::Any, None) => {
                edits.push(set(ANY));
                false
            }
            (Allowed::Origin(origin), None) => {
                edits.push(set(origin));
                true
            }
            (Allowed::None, None) => {
                edits.push(HeadEdit::Remove(ACCESS_CONTROL_ALLOW_ORIGIN));
                true
            }
        };
        if self.credentials && may_have_credentials {
            edits.push(HeadEdit::Set(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE));
        }
    }

    fn preflight(&self, asked: &HeaderMap) -> HeaderMap {
        let mut edits = Vec::new();
        self.allow(asked.get(ORIGIN), &mut edits);
        let mut headers = HeaderMap::new();
        for edit in edits {
            edit.apply(&mut headers);
        }
        let allow_headers = self.headers.as_ref();
        let optional = [
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                allow_headers.or_else(|| asked.get(ACCESS_CONTROL_REQUEST_HEADERS)),
            ),
            (ACCESS_CONTROL_ALLOW_METHODS, Some(&self.methods)),
            (ACCESS_CONTROL_MAX_AGE, self.max_age.as_ref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        if self.private_network
            && asked
                .get(REQUEST_PRIVATE_NETWORK)
                .is_some_and(|value| value == "true")
        {
            headers.insert(ALLOW_PRIVATE_NETWORK, TRUE);
        }
        headers
    }

    fn edit(&self, asked: &HeaderMap, edits: &mut Vec<HeadEdit>) {
        let origin = asked.get(ORIGIN);
        if origin.is_none() && !self.allow_origin_absent {
            return;
        }
        self.allow(origin, edits);
        if let Some(exposed) = &self.exposed {
            edits.push(HeadEdit::Set(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                exposed.clone(),
            ));
        }
    }
}

impl Plugin for Step {
    fn access(&self, request: &mut Request) -> Flow {
        if !is_preflight(&request.head) || self.preflight_continue {
            return Flow::Next;
        }
        let mut response = Response::new(Bytes::new());
        *response.headers_mut() = self.preflight(&request.head.headers);
        Flow::plain(response)
    }

    fn respond(&self, request: &Request, edits: &mut Vec<HeadEdit>) {
        // A preflight was answered, or is the upstream's to answer: nothing is added, but where no route matched.
        if request.route.is_none() || !is_preflight(&request.head) {
            self.edit(&request.head.headers, edits);
        }
    }
}

fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("cors: {text:?} cannot stand in a header"))
}
