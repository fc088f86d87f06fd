//! Who may be identified: indexed at load, with what upstreams are told of each. No key is printed.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use http::HeaderValue;
use portolan_config::compiled::Consumer;

/// A consumer, with its names as headers carry them.
#[derive(Debug)]
pub(crate) struct ConsumerState {
    pub(crate) config: Arc<Consumer>,
    pub(crate) id: HeaderValue,
    pub(crate) username: Option<HeaderValue>,
    pub(crate) custom_id: Option<HeaderValue>,
    /// Its ACL groups; none where it has none.
    pub(crate) acls: Option<HeaderValue>,
    /// The same, and then the consumer groups that it is in.
    pub(crate) groups: Option<HeaderValue>,
}

/// What a key stands for.
#[derive(Debug)]
pub(crate) struct KeyCredential {
    pub(crate) consumer: Arc<ConsumerState>,
    pub(crate) id: Arc<str>,
    pub(crate) identifier: HeaderValue,
    /// In seconds since 1970.
    expires: Option<u64>,
}

/// All of one configuration.
#[derive(Default)]
pub(crate) struct Consumers {
    by_id: HashMap<String, Arc<ConsumerState>>,
    by_key: HashMap<Box<[u8]>, KeyCredential>,
}

impl fmt::Debug for Consumers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Consumers")
    }
}

impl Consumers {
    pub(crate) fn new(configs: &[Arc<Consumer>]) -> Self {
        let mut consumers = Self::default();
        for config in configs {
            let consumer = Arc::new(ConsumerState::new(config));
            for key in &config.keys {
                let credential = KeyCredential {
                    consumer: Arc::clone(&consumer),
                    id: Arc::from(key.id.as_str()),
                    identifier: header_value(&key.id),
                    expires: key.expires,
                };
                let key = Box::from(key.key.expose().as_bytes());
                consumers.by_key.insert(key, credential);
            }
            consumers.by_id.insert(config.id.clone(), consumer);
        }
        consumers
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<ConsumerState>> {
        self.by_id.get(id)
    }

    /// None: nobody's, or not any more. The hash is keyed at random, so its time tells nothing of the keys that there are.
    pub(crate) fn by_key(&self, key: &[u8]) -> Option<&KeyCredential> {
        let credential = self.by_key.get(key)?;
        let lives = credential
            .expires
            .is_none_or(|expires| now().is_some_and(|now| now < expires));
        lives.then_some(credential)
    }
}

impl ConsumerState {
    fn new(config: &Arc<Consumer>) -> Self {
        let joined = |names: &[&str]| (!names.is_empty()).then(|| header_value(&names.join(", ")));
        let mut names: Vec<&str> = config.acls.iter().map(String::as_str).collect();
        let acls = joined(&names);
        for group in &config.groups {
            if !names.contains(&group.as_str()) {
                names.push(group);
            }
        }
        Self {
            id: header_value(&config.id),
            username: config.username.as_deref().map(header_value),
            custom_id: config.custom_id.as_deref().map(header_value),
            acls,
            groups: joined(&names),
            config: Arc::clone(config),
        }
    }
}

/// Seconds since 1970.
fn now() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// A name as a header carries it: control characters percent-encoded, as nginx's Lua module writes them.
fn header_value(text: &str) -> HeaderValue {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_control() {
            escaped.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    HeaderValue::from_bytes(escaped.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
