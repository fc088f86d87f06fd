//! `request-size-limiting`

use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "request-size-limiting",
    &[&[
        Field::integer("allowed_payload_size", 1, i64::MAX)
            .or(Literal::Int(128))
            .doc("In `size_unit`s, of 1, 1,024 or 1,048,576 bytes."),
        Field::flag("require_content_length", false),
        Field::choice("size_unit", &["bytes", "kilobytes", "megabytes"])
            .or(Literal::Text("megabytes")),
    ]],
);
