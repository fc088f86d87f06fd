//! `cors`

use super::texts;
use crate::{
    compiled::plugin::{Cors, CorsOrigin},
    document::Node,
    schema::view::View,
};

/// In the order in which Kong answers them where the file has none: the published schema sorts them.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT",
];

pub(super) fn cors(config: View<'_>) -> Option<Cors> {
    let origins = config.texts("origins").into_iter();
    let max_age = config.given("max_age").and_then(Node::scalar);
    Some(Cors {
        origins: origins
            .map(|origin| CorsOrigin::parse(origin).ok())
            .collect::<Option<_>>()?,
        methods: match config.given("methods") {
            Some(_) => texts(config, "methods"),
            None => METHODS.map(str::to_owned).to_vec(),
        },
        headers: texts(config, "headers"),
        exposed_headers: texts(config, "exposed_headers"),
        max_age: match max_age {
            Some(number) => Some(number.json_number()?),
            None => None,
        },
        credentials: config.flag("credentials")?,
        private_network: config.flag("private_network")?,
        preflight_continue: config.flag("preflight_continue")?,
        allow_origin_absent: config.flag("allow_origin_absent")?,
    })
}
