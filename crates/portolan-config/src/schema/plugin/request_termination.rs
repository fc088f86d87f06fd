//! `request-termination`

use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "request-termination",
    &[&[
        Field::text("body"),
        Field::text("content_type"),
        Field::flag("echo", false),
        Field::text("message"),
        Field::integer("status_code", 100, 599).or(Literal::Int(503)),
        Field::text("trigger"),
    ]],
);
