//! `key-auth`

use crate::schema::{
    entity::text::header_name,
    field::{Field, Kind, Literal, Record, Text},
};

pub(crate) static CONFIG: Record = Record::new(
    "key-auth",
    &[&[
        Field::text("anonymous")
            .doc("The consumer, by id or username, that a client without a valid key is."),
        Field::flag("hide_credentials", true),
        Field::list("identity_realms", &IDENTITY_REALMS_ITEM),
        Field::flag("key_in_body", false),
        Field::flag("key_in_header", true),
        Field::flag("key_in_query", true),
        Field::list("key_names", &KEY_NAME)
            .or(Literal::Texts(&["apikey"]))
            .doc("Of headers, query parameters and body fields; the first that is there counts."),
        Field::record("principals", &PRINCIPALS),
        Field::text("realm"),
        Field::flag("run_on_preflight", true).doc("Whether an OPTIONS request needs a key too."),
    ]],
);

static KEY_NAME: Kind = Kind::Text(Text::checked(header_name));

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
