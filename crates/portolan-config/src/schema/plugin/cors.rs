//! `cors`

use crate::{
    compiled::plugin::CorsOrigin,
    schema::field::{Field, Kind, Literal, Record, STRING, Text},
};

pub(crate) static CONFIG: Record = Record::new(
    "cors",
    &[&[
        Field::flag("allow_origin_absent", true)
            .doc("Whether an answer to a request without `Origin` has the headers too."),
        Field::flag("credentials", false),
        Field::list("exposed_headers", &STRING),
        Field::list("headers", &STRING).doc("Left out: those that a preflight asks for."),
        Field::any_number("max_age").doc("Seconds."),
        Field::list("methods", &METHODS_ITEM).or(Literal::Texts(&[
            "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
        ])),
        Field::list("origins", &ORIGIN)
            .doc("Left out: any. What has more than letters, digits and `.:/-` is a regex of the whole origin; of its host alone where it has no `:`."),
        Field::flag("preflight_continue", false)
            .doc("Whether the upstream answers preflights."),
        Field::flag("private_network", false),
    ]],
);

static ORIGIN: Kind = Kind::Text(Text::checked(origin));

/// The first half is Kong's.
fn origin(text: &str) -> Result<(), String> {
    match CorsOrigin::parse(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err(format!("'{text}' is not a valid regex ({reason})")),
    }
}

static METHODS_ITEM: Kind = Kind::Enum(&[
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
]);
