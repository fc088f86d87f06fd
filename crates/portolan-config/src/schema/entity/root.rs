//! The top of the file.

use super::{
    ENTITIES,
    certificate::{CA_CERTIFICATES, CERTIFICATES, SNIS},
    consumer::{CONSUMER_GROUP_CONSUMERS, CONSUMER_GROUP_PLUGINS, CONSUMER_GROUPS, CONSUMERS},
    credential::{
        ACLS, BASICAUTH_CREDENTIALS, HMACAUTH_CREDENTIALS, JWT_SECRETS, KEYAUTH_CREDENTIALS,
        OAUTH2_CREDENTIALS,
    },
    filter_chain::FILTER_CHAINS,
    key::{KEY_SETS, KEYS},
    partial::{PARTIALS, PLUGINS_PARTIALS},
    plugin::PLUGINS,
    route::ROUTES,
    service::SERVICES,
    upstream::{TARGETS, UPSTREAMS},
    vault::VAULTS,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{ANY, Field, Kind, META, Origin, Record, STRING},
};

pub(crate) static ROOT: Record = Record::new("root", &[FIELDS, LISTS, OTHER_LISTS, DECK])
    .hinted(hint)
    .checked(check_owners);

static FIELDS: &[Field] = &[
    Field::choice("_format_version", &["1.1", "2.1", "3.0"])
        .doc("In quotes. Before 3.0, route paths with regex characters are regexes."),
    Field::flag("_transform", true)
        .doc("False: credentials stand here as they are stored, passwords as hashes."),
    Field::any("_comment").doc("Unread."),
    Field::any("_ignore").doc("Unread."),
    Field::record("_portolan", &PORTOLAN).of(Origin::Portolan),
];

static LISTS: &[Field] = &[
    Field::top(&SERVICES),
    Field::top(&ROUTES),
    Field::top(&PLUGINS),
    Field::top(&CONSUMERS),
    Field::top(&CONSUMER_GROUPS),
    Field::top(&CONSUMER_GROUP_CONSUMERS),
    Field::top(&CONSUMER_GROUP_PLUGINS),
    Field::top(&KEYAUTH_CREDENTIALS),
    Field::top(&BASICAUTH_CREDENTIALS),
    Field::top(&HMACAUTH_CREDENTIALS),
    Field::top(&JWT_SECRETS),
    Field::top(&ACLS),
    Field::top(&OAUTH2_CREDENTIALS),
    Field::top(&UPSTREAMS),
    Field::top(&TARGETS),
    Field::top(&CERTIFICATES),
    Field::top(&CA_CERTIFICATES),
    Field::top(&SNIS),
    Field::top(&VAULTS),
    Field::top(&KEY_SETS),
    Field::top(&KEYS),
    Field::top(&PARTIALS),
    Field::top(&PLUGINS_PARTIALS),
    Field::top(&FILTER_CHAINS),
];

/// What Kong keeps for itself, or shares with no gateway of ours.
static OTHER_LISTS: &[Field] = &[
    Field::list("workspaces", &ANY),
    Field::list("cloned_plugins", &CLONE).doc("Further names for plugins, run by priority."),
    Field::list("clustering_data_planes", &ANY),
    Field::list("parameters", &ANY),
    Field::list("licenses", &ANY),
    Field::list("rbac_users", &ANY),
    Field::list("rbac_roles", &ANY),
    Field::list("rbac_role_entities", &ANY),
    Field::list("rbac_role_endpoints", &ANY),
    Field::list("oauth2_tokens", &ANY),
    Field::list("oauth2_authorization_codes", &ANY),
    Field::list("sessions", &ANY),
    Field::list("acme_storage", &ANY),
    Field::list("ratelimiting_metrics", &ANY),
];

static CLONE: Kind = Kind::Record(&CLONED_PLUGIN);

static CLONED_PLUGIN: Record = Record::new(
    "cloned_plugins",
    &[
        &[
            Field::text("name").doc("The new name."),
            Field::text("ref").doc("The plugin that it stands for."),
            Field::any_integer("priority"),
        ],
        META,
    ],
);

static DECK: &[Field] = &[
    Field::record("_info", &INFO).of(Origin::Deck),
    Field::text("_workspace").of(Origin::Deck),
    Field::record("_konnect", &KONNECT).of(Origin::Deck),
    Field::map("_plugin_configs", &ANY)
        .of(Origin::Deck)
        .doc("Plugin configurations by name, for the field `_config` of plugins."),
];

static INFO: Record = Record::new(
    "_info",
    &[&[
        Field::list("select_tags", &STRING)
            .doc("The tags of what decK syncs: it adds them to every entity of the file."),
        Field::map("defaults", &ANY)
            .doc("By kind of entity (`service`, `route`), what its fields are by default."),
        Field::record("default_lookup_tags", &LOOKUP_TAGS)
            .doc("Tags of entities that stand in another file."),
    ]],
);

static LOOKUP_TAGS: Record = Record::new(
    "_info.default_lookup_tags",
    &[&[
        Field::list("services", &STRING),
        Field::list("routes", &STRING),
        Field::list("consumers", &STRING),
        Field::list("consumer_groups", &STRING),
        Field::list("partials", &STRING),
    ]],
);

static KONNECT: Record = Record::new("_konnect", &[&[Field::text("control_plane_name")]]);

static PORTOLAN: Record = Record::new(
    "_portolan",
    &[&[
        Field::choice("compat", &["kong"]).doc("Whose defaults are in force."),
        Field::flag("strict", false).doc(
            "Whether a client's say in the host that gets a credential is an error, not a warning.",
        ),
    ]],
);

/// Lists whose entities cannot stand alone, and the field that names whose they are. Nesting says it too, so
/// the field is not required as such.
const OWNED: [(&str, &str); 9] = [
    ("keyauth_credentials", "consumer"),
    ("basicauth_credentials", "consumer"),
    ("hmacauth_credentials", "consumer"),
    ("jwt_secrets", "consumer"),
    ("acls", "consumer"),
    ("oauth2_credentials", "consumer"),
    ("consumer_group_plugins", "consumer_group"),
    ("targets", "upstream"),
    ("snis", "certificate"),
];

fn check_owners(root: &Node, path: &Path<'_>, faults: &mut Faults) {
    for (list, owner) in OWNED {
        let path = path.key(list);
        let entities = root.get(list).map(Node::items).unwrap_or_default();
        for (index, entity) in entities.iter().enumerate() {
            if entity.as_mapping().is_some() && entity.given(owner).is_none() {
                let path = path.index(index);
                faults.error(entity.at, path.key(owner), "required field missing");
            }
        }
    }
}

fn hint(written: &str) -> Option<String> {
    ENTITIES
        .iter()
        .any(|entity| entity.name.strip_suffix('s') == Some(written))
        .then(|| format!("the list of them is called '{written}s'"))
}
