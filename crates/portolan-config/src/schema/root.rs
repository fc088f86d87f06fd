//! The top of the file.

use super::{
    field::{Enum, Field, Kind, Record},
    route::ROUTE,
    service::SERVICE,
};

pub(super) static ROOT: Record = Record {
    groups: &[FIELDS, NOT_YET],
    hint: Some(hint),
    check: None,
};

static FIELDS: &[Field] = &[
    Field::new(
        "_format_version",
        Kind::Enum(Enum {
            known: &["1.1", "2.1", "3.0"],
            served: Some(is_3_0),
        }),
    )
    .required(),
    Field::flag("_transform", true).only_default(),
    Field::new("_comment", Kind::Any),
    Field::new("_ignore", Kind::Any),
    Field::new(
        "services",
        Kind::List {
            item: &SERVICES,
            min: 0,
        },
    ),
    Field::new(
        "routes",
        Kind::List {
            item: &ROUTES,
            min: 0,
        },
    ),
];

static SERVICES: Kind = Kind::Record(&SERVICE);
static ROUTES: Kind = Kind::Record(&ROUTE);

/// Kong's other entities, decK's keys, and our own settings.
static NOT_YET: &[Field] = &[
    Field::not_yet("workspaces"),
    Field::not_yet("consumers"),
    Field::not_yet("consumer_groups"),
    Field::not_yet("consumer_group_consumers"),
    Field::not_yet("consumer_group_plugins"),
    Field::not_yet("certificates"),
    Field::not_yet("ca_certificates"),
    Field::not_yet("snis"),
    Field::not_yet("upstreams"),
    Field::not_yet("targets"),
    Field::not_yet("plugins"),
    Field::not_yet("cloned_plugins"),
    Field::not_yet("partials"),
    Field::not_yet("plugins_partials"),
    Field::not_yet("parameters"),
    Field::not_yet("vaults"),
    Field::not_yet("key_sets"),
    Field::not_yet("keys"),
    Field::not_yet("filter_chains"),
    Field::not_yet("clustering_data_planes"),
    Field::not_yet("licenses"),
    Field::not_yet("keyauth_credentials"),
    Field::not_yet("basicauth_credentials"),
    Field::not_yet("hmacauth_credentials"),
    Field::not_yet("jwt_secrets"),
    Field::not_yet("acls"),
    Field::not_yet("oauth2_credentials"),
    Field::not_yet("oauth2_tokens"),
    Field::not_yet("oauth2_authorization_codes"),
    Field::not_yet("sessions"),
    Field::not_yet("acme_storage"),
    Field::not_yet("ratelimiting_metrics"),
    Field::not_yet("_info"),
    Field::not_yet("_workspace"),
    Field::not_yet("_konnect"),
    Field::not_yet("_plugin_configs"),
    Field::not_yet("_portolan"),
];

fn is_3_0(version: &str) -> bool {
    version == "3.0"
}

fn hint(written: &str) -> Option<String> {
    let singular = [
        "service",
        "route",
        "plugin",
        "consumer",
        "upstream",
        "certificate",
    ];
    singular
        .contains(&written)
        .then(|| format!("the list of them is called '{written}s'"))
}
