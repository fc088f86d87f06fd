//! Consumers, their groups, and what ties one to the other.

use super::{
    credential::{
        ACLS, BASICAUTH_CREDENTIALS, HMACAUTH_CREDENTIALS, JWT_SECRETS, KEYAUTH_CREDENTIALS,
        OAUTH2_CREDENTIALS,
    },
    plugin::{PLUGIN, PLUGINS, check_nested},
};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Entity, Field, Kind, META, Origin, Record},
};

pub(crate) static CONSUMERS: Entity = Entity {
    name: "consumers",
    record: &CONSUMER,
    key: Some("username"),
    unique: &["custom_id"],
};

pub(super) static CONSUMER: Record =
    Record::new("consumers", &[CONSUMER_FIELDS, META]).checked(check_consumer);

static CONSUMER_FIELDS: &[Field] = &[
    Field::text("username").doc("What refers to the consumer."),
    Field::text("custom_id").doc("The name it has in a system of yours; unique."),
    Field::nested(&KEYAUTH_CREDENTIALS, "consumer"),
    Field::nested(&BASICAUTH_CREDENTIALS, "consumer"),
    Field::nested(&HMACAUTH_CREDENTIALS, "consumer"),
    Field::nested(&JWT_SECRETS, "consumer"),
    Field::nested(&OAUTH2_CREDENTIALS, "consumer"),
    Field::nested(&ACLS, "consumer"),
    Field::nested(&PLUGINS, "consumer"),
    Field::list("groups", &Kind::Foreign("consumer_groups"))
        .of(Origin::Deck)
        .doc("The groups it belongs to: `consumer_group_consumers` in Kong's own format."),
];

fn check_consumer(consumer: &Node, path: &Path<'_>, faults: &mut Faults) {
    if consumer.given("username").is_none() && consumer.given("custom_id").is_none() {
        let message = "at least one of these fields must be non-empty: 'custom_id', 'username'";
        faults.error(consumer.at, path, message);
    }
    check_nested("consumer", consumer, path, faults);
}

pub(crate) static CONSUMER_GROUPS: Entity = Entity {
    name: "consumer_groups",
    record: &CONSUMER_GROUP,
    key: Some("name"),
    unique: &[],
};

static CONSUMER_GROUP: Record =
    Record::new("consumer_groups", &[GROUP_FIELDS, META]).checked(check_group);

static GROUP_FIELDS: &[Field] = &[
    Field::text("name").required(),
    Field::nested(&PLUGINS, "consumer_group"),
    Field::list("consumers", &Kind::Foreign("consumers"))
        .of(Origin::Deck)
        .doc("Its members: `consumer_group_consumers` in Kong's own format."),
];

fn check_group(group: &Node, path: &Path<'_>, faults: &mut Faults) {
    check_nested("consumer_group", group, path, faults);
}

pub(crate) static CONSUMER_GROUP_CONSUMERS: Entity = Entity {
    name: "consumer_group_consumers",
    record: &MEMBERSHIP,
    key: None,
    unique: &[],
};

static MEMBERSHIP: Record = Record::new(
    "consumer_group_consumers",
    &[
        &[
            Field::foreign("consumer", "consumers").required(),
            Field::foreign("consumer_group", "consumer_groups").required(),
        ],
        META,
    ],
);

/// Plugins of a group, at the top of the file.
pub(crate) static CONSUMER_GROUP_PLUGINS: Entity = Entity {
    name: "consumer_group_plugins",
    record: &PLUGIN,
    key: None,
    unique: &[],
};
