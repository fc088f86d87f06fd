//! `response-transformer`

use crate::schema::field::{Field, Kind, Literal, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "response-transformer",
    &[&[
        Field::record("add", &ADD),
        Field::record("append", &ADD),
        Field::record("remove", &REMOVE),
        Field::record("rename", &REMOVE),
        Field::record("replace", &ADD),
    ]],
);

static ADD: Record = Record::new(
    "response-transformer.add",
    &[&[
        Field::list("headers", &STRING).or(Literal::Texts(&[])),
        Field::list("json", &STRING).or(Literal::Texts(&[])),
        Field::list("json_types", &JSON_TYPES_ITEM).or(Literal::Texts(&[])),
    ]],
);

static REMOVE: Record = Record::new(
    "response-transformer.remove",
    &[&[
        Field::list("headers", &STRING).or(Literal::Texts(&[])),
        Field::list("json", &STRING).or(Literal::Texts(&[])),
    ]],
);

static JSON_TYPES_ITEM: Kind = Kind::Enum(&["boolean", "number", "string"]);
