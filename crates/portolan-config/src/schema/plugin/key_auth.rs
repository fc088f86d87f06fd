//! `key-auth`

use crate::schema::field::{Field, Kind, Literal, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "key-auth",
    &[&[
        Field::text("anonymous"),
        Field::flag("hide_credentials", true),
        Field::list("identity_realms", &IDENTITY_REALMS_ITEM),
        Field::flag("key_in_body", false),
        Field::flag("key_in_header", true),
        Field::flag("key_in_query", true),
        Field::list("key_names", &STRING).or(Literal::Texts(&["apikey"])),
        Field::record("principals", &PRINCIPALS),
        Field::text("realm"),
        Field::flag("run_on_preflight", true),
    ]],
);

static IDENTITY_REALMS: Record = Record::new(
    "key-auth.identity_realms",
    &[&[
        Field::text("id"),
        Field::text("region"),
        Field::choice("scope", &["cp", "realm"]).or(Literal::Text("cp")),
    ]],
);

static PRINCIPALS: Record = Record::new(
    "key-auth.principals",
    &[&[
        Field::text("directory").or(Literal::Text("default")),
        Field::flag("enabled", false),
        Field::flag("error_on_miss", true),
    ]],
);

static IDENTITY_REALMS_ITEM: Kind = Kind::Record(&IDENTITY_REALMS);
