//! `cors`

use crate::schema::field::{Field, Kind, Literal, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "cors",
    &[&[
        Field::flag("allow_origin_absent", true),
        Field::flag("credentials", false),
        Field::list("exposed_headers", &STRING),
        Field::list("headers", &STRING),
        Field::any_number("max_age"),
        Field::list("methods", &METHODS_ITEM).or(Literal::Texts(&[
            "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
        ])),
        Field::list("origins", &STRING),
        Field::flag("preflight_continue", false),
        Field::flag("private_network", false),
    ]],
);

static METHODS_ITEM: Kind = Kind::Enum(&[
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
]);
