//! `correlation-id`

use super::text;
use crate::{
    compiled::plugin::{CorrelationId, Generator},
    schema::view::View,
};

pub(super) fn correlation_id(config: View<'_>) -> Option<CorrelationId> {
    Some(CorrelationId {
        header_name: text(config, "header_name")?,
        generator: match config.text("generator")? {
            "uuid" => Generator::Uuid,
            "uuid#counter" => Generator::UuidCounter,
            "tracker" => Generator::Tracker,
            _ => return None,
        },
        echo_downstream: config.flag("echo_downstream")?,
    })
}
