//! Consumers with all that identifies them and tells what they may do.

use std::sync::Arc;

use super::owned;
use crate::{
    compiled::{ApiKey, Consumer},
    document::Node,
    entities::{Entities, Item},
    secret::Secret,
};

pub(super) fn consumers(entities: &Entities<'_>) -> Option<Vec<Arc<Consumer>>> {
    let memberships = owned(entities, "consumer_group_consumers", "consumer");
    let acls = owned(entities, "acls", "consumer");
    let keys = owned(entities, "keyauth_credentials", "consumer");
    let consumers = entities.list("consumers").map(|(index, item)| {
        let memberships = memberships.get(&index).into_iter().flatten();
        let mut groups = memberships
            .map(|membership| group(entities, membership))
            .collect::<Option<Vec<_>>>()?;
        groups.sort_unstable();
        groups.dedup();
        let acls = acls.get(&index).into_iter().flatten();
        let keys = keys.get(&index).into_iter().flatten();
        Some(Arc::new(Consumer {
            id: item.id.clone(),
            username: item.text("username").map(str::to_owned),
            custom_id: item.text("custom_id").map(str::to_owned),
            groups,
            acls: acls
                .map(|acl| acl.text("group").map(str::to_owned))
                .collect::<Option<_>>()?,
            keys: keys.map(|item| key(item)).collect::<Option<_>>()?,
        }))
    });
    consumers.collect()
}

fn group(entities: &Entities<'_>, membership: &Item<'_>) -> Option<String> {
    let group = entities.get(membership.parent("consumer_group")?)?;
    group.key().map(str::to_owned)
}

fn key(item: &Item<'_>) -> Option<ApiKey> {
    Some(ApiKey {
        id: item.id.clone(),
        key: Secret::new(item.text("key")?),
        expires: match item.node.given("ttl").and_then(Node::as_int) {
            Some(second) => Some(u64::try_from(second).ok()?),
            None => None,
        },
    })
}
