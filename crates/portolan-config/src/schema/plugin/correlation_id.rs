//! `correlation-id`

use crate::schema::{
    entity::text::header_name,
    field::{Field, Literal, Record},
};

pub(crate) static CONFIG: Record = Record::new(
    "correlation-id",
    &[&[
        Field::flag("echo_downstream", false),
        Field::choice("generator", &["tracker", "uuid", "uuid#counter"])
            .or(Literal::Text("uuid#counter")),
        Field::checked("header_name", header_name).or(Literal::Text("Kong-Request-ID")),
    ]],
);
