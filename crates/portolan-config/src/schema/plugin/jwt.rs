//! `jwt`

use crate::schema::field::{Field, Kind, Literal, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "jwt",
    &[&[
        Field::text("anonymous"),
        Field::list("claims_to_verify", &CLAIMS_TO_VERIFY_ITEM),
        Field::list("cookie_names", &STRING).or(Literal::Texts(&[])),
        Field::list("header_names", &STRING).or(Literal::Texts(&["authorization"])),
        Field::text("key_claim_name").or(Literal::Text("iss")),
        Field::number("maximum_expiration", 0.0, 31536000.0).or(Literal::Number(0.0)),
        Field::text("realm"),
        Field::flag("run_on_preflight", true),
        Field::flag("secret_is_base64", false),
        Field::list("uri_param_names", &STRING).or(Literal::Texts(&["jwt"])),
    ]],
);

static CLAIMS_TO_VERIFY_ITEM: Kind = Kind::Enum(&["exp", "nbf"]);
