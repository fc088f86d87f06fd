//! Kong's entities: what each field takes, and the rules between fields.
//! The tables say what Kong takes; what nothing serves yet stands in `not_served`.

mod certificate;
mod consumer;
mod credential;
mod filter_chain;
mod key;
mod partial;
mod plugin;
mod root;
mod route;
pub(crate) mod route_path;
mod service;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod upstream;
mod vault;

pub(crate) use plugin::{PLUGIN, identifies};
pub(crate) use root::ROOT;

use std::sync::LazyLock;

use crate::schema::field::{Entity, Record};

/// All that have a table; a few lists of `ROOT` have none.
pub(crate) static ENTITIES: &[&Entity] = &[
    &service::SERVICES,
    &route::ROUTES,
    &plugin::PLUGINS,
    &consumer::CONSUMERS,
    &consumer::CONSUMER_GROUPS,
    &consumer::CONSUMER_GROUP_CONSUMERS,
    &consumer::CONSUMER_GROUP_PLUGINS,
    &credential::KEYAUTH_CREDENTIALS,
    &credential::BASICAUTH_CREDENTIALS,
    &credential::HMACAUTH_CREDENTIALS,
    &credential::JWT_SECRETS,
    &credential::ACLS,
    &credential::OAUTH2_CREDENTIALS,
    &upstream::UPSTREAMS,
    &upstream::TARGETS,
    &certificate::CERTIFICATES,
    &certificate::CA_CERTIFICATES,
    &certificate::SNIS,
    &vault::VAULTS,
    &key::KEY_SETS,
    &key::KEYS,
    &partial::PARTIALS,
    &partial::PLUGINS_PARTIALS,
    &filter_chain::FILTER_CHAINS,
];

/// What the `config` of vaults and partials may be.
pub(crate) static CHOSEN: LazyLock<Vec<&Record>> =
    LazyLock::new(|| vault::CONFIGS.into_iter().chain(partial::CONFIGS).collect());
