//! `acl`: who may pass, by the groups of the consumer that an authentication plugin told of.
//! Nothing here sets authenticated groups of its own, so `always_use_authenticated_groups` has none to prefer.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc};

use http::{HeaderMap, StatusCode};
use portolan_config::compiled::plugin::{Acl, AclGroups};

use super::{
    Flow, Identity, Plugin,
    identity::{AUTHENTICATED_GROUPS, CONSUMER_GROUPS},
};
use crate::{
    consumers::ConsumerState,
    error::{GatewayError, Kind, Style},
    request::Request,
};

const FORBIDDEN: (StatusCode, &str) = (StatusCode::FORBIDDEN, "You cannot consume this service");
const UNAUTHORIZED: (StatusCode, &str) = (StatusCode::UNAUTHORIZED, "Unauthorized");

pub(super) fn new(config: &Arc<Acl>) -> Arc<dyn Plugin> {
    Arc::new(Step::new(config))
}

#[derive(Debug)]
struct Step {
    listed: HashSet<String>,
    /// Whether who is in a listed group passes; otherwise who is in none.
    allows: bool,
    consumer_groups: bool,
    tells_groups: bool,
}

impl Step {
    fn new(config: &Acl) -> Self {
        let (groups, allows) = match &config.groups {
            AclGroups::Allow(groups) => (groups, true),
            AclGroups::Deny(groups) => (groups, false),
        };
        Self {
            listed: groups.iter().cloned().collect(),
            allows,
            consumer_groups: config.include_consumer_groups,
            tells_groups: !config.hide_groups_header,
        }
    }

    fn check<'i>(
        &self,
        identity: &'i Identity,
    ) -> Result<&'i ConsumerState, (StatusCode, &'static str)> {
        let refused = if identity.credential.is_some() {
            FORBIDDEN
        } else {
            UNAUTHORIZED
        };
        let consumer = identity.consumer.as_deref().ok_or(refused)?;
        let config = &consumer.config;
        let counted = config.groups.iter().filter(|_| self.consumer_groups);
        let mut groups = config.acls.iter().chain(counted).peekable();
        if groups.peek().is_none() {
            return if self.allows {
                Err(refused)
            } else {
                Ok(consumer)
            };
        }
        if groups.any(|group| self.listed.contains(group)) == self.allows {
            Ok(consumer)
        } else {
            Err(FORBIDDEN)
        }
    }

    /// What the client itself says of groups goes, or it could pose as another.
    fn tell(&self, consumer: &ConsumerState, headers: &mut HeaderMap) {
        headers.remove(AUTHENTICATED_GROUPS);
        let groups = if self.consumer_groups {
            &consumer.groups
        } else {
            &consumer.acls
        };
        match groups {
            Some(groups) if self.tells_groups => {
                headers.insert(CONSUMER_GROUPS, groups.clone());
            }
            _ => {
                headers.remove(CONSUMER_GROUPS);
            }
        }
    }
}

impl Plugin for Step {
    fn access(&self, request: &mut Request) -> Flow {
        match self.check(&request.identity) {
            Ok(consumer) => {
                self.tell(consumer, &mut request.head.headers);
                Flow::Next
            }
            Err((status, message)) => Flow::error(GatewayError::new(
                Kind::Plugin(status, Style::Template),
                message,
            )),
        }
    }
}
