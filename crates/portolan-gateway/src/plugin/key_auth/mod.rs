//! `key-auth`: who a request is from, by a key in a header, the query or the body. A found key goes no further where
//! `hide_credentials` says so; to an AI provider nothing goes of any of `key_names`.

mod keys;
#[cfg(test)]
mod tests;

use std::{slice, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use portolan_config::compiled::plugin::{Anonymous, KeyAuth};

use super::{
    Answer, Flow, Need, Plugin, fields::Encoding, identity, identity::Credential, spellings,
};
use crate::{
    consumers::{ConsumerState, Consumers, KeyCredential},
    error::{GatewayError, Kind, Style},
    request::{ClientBody, Request},
};
use keys::{Presented, Sent};

const NO_KEY: &str = "No API key found in request";
const SEVERAL_KEYS: &str = "Duplicate API key found";
const UNKNOWN_KEY: &str = "Unauthorized";

pub(super) fn new(
    config: &Arc<KeyAuth>,
    consumers: &Arc<Consumers>,
) -> Result<Arc<dyn Plugin>, String> {
    Ok(Arc::new(Step::new(config, consumers)?))
}

#[derive(Debug)]
struct Step {
    config: Arc<KeyAuth>,
    consumers: Arc<Consumers>,
    names: Vec<Name>,
    anonymous: Option<Nobody>,
    challenge: HeaderValue,
}

/// One of `key_names`.
#[derive(Debug)]
struct Name {
    text: String,
    headers: Vec<HeaderName>,
}

/// Who a client without a valid key is.
#[derive(Debug)]
enum Nobody {
    Consumer(Arc<ConsumerState>),
    /// As the file names it.
    Missing(String),
}

impl Step {
    fn new(config: &Arc<KeyAuth>, consumers: &Arc<Consumers>) -> Result<Self, String> {
        let name = |text: &String| Name {
            text: text.clone(),
            headers: spellings(text),
        };
        let nobody = |anonymous: &Anonymous| match anonymous {
            Anonymous::Consumer(id) => match consumers.by_id(id) {
                Some(consumer) => Nobody::Consumer(Arc::clone(consumer)),
                None => Nobody::Missing(id.clone()),
            },
            Anonymous::Missing(name) => Nobody::Missing(name.clone()),
        };
        Ok(Self {
            names: config.key_names.iter().map(name).collect(),
            anonymous: config.anonymous.as_ref().map(nobody),
            challenge: challenge(config.realm.as_deref())?,
            consumers: Arc::clone(consumers),
            config: Arc::clone(config),
        })
    }

    /// Whether the request passes without being asked.
    fn skips(&self, request: &Request) -> bool {
        let preflight = request.head.method == Method::OPTIONS && !self.config.run_on_preflight;
        // With `anonymous` any one of several authentication plugins is enough.
        let known = self.anonymous.is_some() && request.identity.credential.is_some();
        preflight || known
    }

    fn authenticate(&self, request: &mut Request) -> Result<&KeyCredential, &'static str> {
        let sent = Sent {
            headers: &request.head.headers,
            query: request.head.uri.query().unwrap_or_default(),
            body: match &request.body {
                ClientBody::Held(body) if self.config.in_body => {
                    Encoding::of(&request.head.headers).map(|encoding| (encoding, body.clone()))
                }
                _ => None,
            },
        };
        let (name, found) = match keys::presented(&self.config, &self.names, &sent) {
            Presented::Nothing => (None, Err(NO_KEY)),
            Presented::Several(name) => (Some(name), Err(SEVERAL_KEYS)),
            Presented::Key(name, key) if key.is_empty() => (Some(name), Err(NO_KEY)),
            Presented::Key(name, key) => {
                let credential = self.consumers.by_key(&key);
                (Some(name), credential.ok_or(UNKNOWN_KEY))
            }
        };
        let hidden = if request.dialect().is_some() {
            // An AI route's clients have their keys for the gateway alone, those too that were not looked at.
            self.names.as_slice()
        } else if self.config.hide_credentials {
            name.map(slice::from_ref).unwrap_or_default()
        } else {
            &[]
        };
        let mut body = sent.body;
        for name in hidden {
            hide(request, name, &mut body);
        }
        found
    }

    fn refuse(&self, message: &'static str) -> Flow {
        let error = GatewayError::new(
            Kind::Plugin(StatusCode::UNAUTHORIZED, Style::Template),
            message,
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::WWW_AUTHENTICATE, self.challenge.clone());
        Flow::Answer(Answer::Error(Box::new(error), headers))
    }
}

impl Plugin for Step {
    fn need(&self, request: &Request) -> Need {
        let reads = self.config.in_body
            && !self.skips(request)
            && Encoding::of(&request.head.headers).is_some();
        if reads { Need::Read } else { Need::Head }
    }

    fn access(&self, request: &mut Request) -> Flow {
        if self.skips(request) {
            return Flow::Next;
        }
        match (self.authenticate(request), &self.anonymous) {
            (Ok(found), _) => {
                let credential = Credential {
                    id: &found.id,
                    identifier: &found.identifier,
                };
                identity::identify(request, &found.consumer, Some(credential));
                Flow::Next
            }
            (Err(_), Some(Nobody::Consumer(consumer))) => {
                identity::identify(request, consumer, None);
                Flow::Next
            }
            (Err(_), Some(Nobody::Missing(name))) => Flow::error(GatewayError::new(
                Kind::Plugin(StatusCode::INTERNAL_SERVER_ERROR, Style::Template),
                format!("anonymous consumer {name} is configured but doesn't exist"),
            )),
            (Err(message), None) => self.refuse(message),
        }
    }
}

/// Takes the key out of wherever it may stand.
fn hide(request: &mut Request, name: &Name, body: &mut Option<(Encoding, Bytes)>) {
    keys::hide_in_head(&mut request.head, name);
    if let Some((encoding, body)) = body
        && let Some(left) = encoding.without(body, &name.text)
    {
        let headers = &mut request.head.headers;
        if headers.contains_key(header::CONTENT_LENGTH) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(left.len()));
        }
        body.clone_from(&left);
        request.body = ClientBody::Held(left);
    }
}

/// Of `WWW-Authenticate`: RFC 9110, 11.6.1.
fn challenge(realm: Option<&str>) -> Result<HeaderValue, String> {
    let text = match realm {
        None => "Key".to_owned(),
        Some(realm) => {
            let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
            format!("Key realm=\"{quoted}\"")
        }
    };
    HeaderValue::try_from(text).map_err(|_| "key-auth: realm cannot stand in a header".to_owned())
}
