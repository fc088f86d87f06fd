//! `rate-limiting`

use crate::schema::field::{Field, Literal, Record};
use super::redis::REDIS_CE;

pub(crate) static CONFIG: Record = Record::new(
    "rate-limiting",
    &[&[
        Field::any_number("day"),
        Field::any_number("error_code").or(Literal::Number(429.0)),
        Field::text("error_message").or(Literal::Text("API rate limit exceeded")),
        Field::flag("fault_tolerant", true),
        Field::text("header_name"),
        Field::flag("hide_client_headers", false),
        Field::any_number("hour"),
        Field::choice("limit_by", &["consumer", "consumer-group", "credential", "header", "ip", "path", "service"]).or(Literal::Text("consumer")),
        Field::any_number("minute"),
        Field::any_number("month"),
        Field::text("path"),
        Field::choice("policy", &["cluster", "local", "redis"]).or(Literal::Text("local")),
        Field::record("redis", &REDIS_CE),
        Field::any_number("second"),
        Field::any_number("sync_rate").or(Literal::Number(-1.0)),
        Field::any_number("year"),
    ]],
);



