//! `key-auth`

use super::{text, texts};
use crate::{
    compiled::plugin::{Anonymous, KeyAuth},
    document::Node,
    entities::Entities,
    schema::view::View,
};

pub(super) fn key_auth(config: View<'_>, entities: &Entities<'_>) -> Option<KeyAuth> {
    Some(KeyAuth {
        key_names: texts(config, "key_names"),
        in_header: config.flag("key_in_header")?,
        in_query: config.flag("key_in_query")?,
        in_body: config.flag("key_in_body")?,
        hide_credentials: config.flag("hide_credentials")?,
        anonymous: match config.given("anonymous") {
            Some(written) => Some(anonymous(written, entities)?),
            None => None,
        },
        run_on_preflight: config.flag("run_on_preflight")?,
        realm: text(config, "realm"),
    })
}

fn anonymous(written: &Node, entities: &Entities<'_>) -> Option<Anonymous> {
    Some(match entities.find("consumers", written) {
        Some(consumer) => Anonymous::Consumer(entities.get(consumer)?.id.clone()),
        None => Anonymous::Missing(written.as_str()?.to_owned()),
    })
}
