//! `basic-auth`

use super::redis::REDIS_CE;
use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "basic-auth",
    &[&[
        Field::text("anonymous"),
        Field::record("brute_force_protection", &BRUTE_FORCE_PROTECTION),
        Field::flag("hide_credentials", true),
        Field::record("principals", &PRINCIPALS),
        Field::text("realm").or(Literal::Text("service")),
    ]],
);

static BRUTE_FORCE_PROTECTION: Record = Record::new(
    "basic-auth.brute_force_protection",
    &[&[
        Field::record("redis", &REDIS_CE),
        Field::choice("strategy", &["cluster", "memory", "off", "redis"]).or(Literal::Text("off")),
    ]],
);

static PRINCIPALS: Record = Record::new(
    "basic-auth.principals",
    &[&[
        Field::text("directory").or(Literal::Text("default")),
        Field::flag("enabled", false),
        Field::flag("error_on_miss", true),
    ]],
);
