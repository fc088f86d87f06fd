//! `request-size-limiting`

use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "request-size-limiting",
    &[&[
        Field::any_integer("allowed_payload_size").or(Literal::Int(128)),
        Field::flag("require_content_length", false),
        Field::choice("size_unit", &["bytes", "kilobytes", "megabytes"])
            .or(Literal::Text("megabytes")),
    ]],
);
