//! Who sends a request, as far as authentication plugins have told, and what all of them do once they know.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{consumers::ConsumerState, request::Request};

const CONSUMER_ID: HeaderName = HeaderName::from_static("x-consumer-id");
const CONSUMER_CUSTOM_ID: HeaderName = HeaderName::from_static("x-consumer-custom-id");
const CONSUMER_USERNAME: HeaderName = HeaderName::from_static("x-consumer-username");
const CREDENTIAL_IDENTIFIER: HeaderName = HeaderName::from_static("x-credential-identifier");
pub(super) const CONSUMER_GROUPS: HeaderName = HeaderName::from_static("x-consumer-groups");
pub(super) const AUTHENTICATED_GROUPS: HeaderName =
    HeaderName::from_static("x-authenticated-groups");
const ANONYMOUS: HeaderName = HeaderName::from_static("x-anonymous-consumer");

#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) consumer: Option<Arc<ConsumerState>>,
    /// Id of the credential; none for the anonymous consumer.
    pub(crate) credential: Option<Arc<str>>,
}

/// What proves a consumer.
pub(super) struct Credential<'c> {
    pub(super) id: &'c Arc<str>,
    /// What upstreams are told of it.
    pub(super) identifier: &'c HeaderValue,
}

/// From here on the request is the consumer's; without a credential, the anonymous one's.
pub(super) fn identify(
    request: &mut Request,
    consumer: &Arc<ConsumerState>,
    credential: Option<Credential<'_>>,
) {
    let identifier = credential.as_ref().map(|credential| credential.identifier);
    tell(&mut request.head.headers, consumer, identifier);
    let credential = credential.map(|credential| Arc::clone(credential.id));
    request.settle.with(|record| {
        record.consumer = Some(Arc::clone(&consumer.config));
        record.credential.clone_from(&credential);
    });
    request.identity = Identity {
        consumer: Some(Arc::clone(consumer)),
        credential,
    };
}

/// What an upstream is told. What the client itself says of it goes, or it could pose as another.
fn tell(headers: &mut HeaderMap, consumer: &ConsumerState, identifier: Option<&HeaderValue>) {
    forget_look_alikes(headers);
    let anonymous = HeaderValue::from_static("true");
    let anonymous = identifier.is_none().then_some(&anonymous);
    for (name, value) in [
        (CONSUMER_ID, Some(&consumer.id)),
        (CONSUMER_CUSTOM_ID, consumer.custom_id.as_ref()),
        (CONSUMER_USERNAME, consumer.username.as_ref()),
        (CREDENTIAL_IDENTIFIER, identifier),
        (ANONYMOUS, anonymous),
    ] {
        match value {
            Some(value) => headers.insert(name, value.clone()),
            None => headers.remove(name),
        };
    }
}

/// `X_Consumer_ID` and its like: to CGI, and to what is made after it, they are the same name with hyphens.
fn forget_look_alikes(headers: &mut HeaderMap) {
    let told = [
        CONSUMER_ID,
        CONSUMER_CUSTOM_ID,
        CONSUMER_USERNAME,
        CONSUMER_GROUPS,
        AUTHENTICATED_GROUPS,
        CREDENTIAL_IDENTIFIER,
        ANONYMOUS,
    ];
    let forged: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().contains('_'))
        .filter(|name| told.iter().any(|told| is_look_alike(name, told)))
        .cloned()
        .collect();
    for name in forged {
        headers.remove(name);
    }
}

fn is_look_alike(name: &HeaderName, told: &HeaderName) -> bool {
    let (name, told) = (name.as_str().bytes(), told.as_str().bytes());
    name.map(|byte| if byte == b'_' { b'-' } else { byte })
        .eq(told)
}
