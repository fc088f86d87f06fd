//! `prometheus`

use crate::schema::field::{Field, Record};

pub(crate) static CONFIG: Record = Record::new(
    "prometheus",
    &[&[
        Field::flag("ai_metrics", false),
        Field::flag("bandwidth_metrics", false),
        Field::flag("latency_metrics", false),
        Field::flag("per_consumer", false),
        Field::flag("status_code_metrics", false),
        Field::flag("upstream_health_metrics", false),
        Field::boolean("wasm_metrics"),
    ]],
);
