//! `request-transformer`

use crate::schema::field::{Field, Literal, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "request-transformer",
    &[&[
        Field::record("add", &ADD),
        Field::record("append", &ADD),
        Field::text("http_method"),
        Field::record("remove", &ADD),
        Field::record("rename", &ADD),
        Field::record("replace", &REPLACE),
    ]],
);

static ADD: Record = Record::new(
    "request-transformer.add",
    &[&[
        Field::list("body", &STRING).or(Literal::Texts(&[])),
        Field::list("headers", &STRING).or(Literal::Texts(&[])),
        Field::list("querystring", &STRING).or(Literal::Texts(&[])),
    ]],
);

static REPLACE: Record = Record::new(
    "request-transformer.replace",
    &[&[
        Field::list("body", &STRING).or(Literal::Texts(&[])),
        Field::list("headers", &STRING).or(Literal::Texts(&[])),
        Field::list("querystring", &STRING).or(Literal::Texts(&[])),
        Field::text("uri"),
    ]],
);
