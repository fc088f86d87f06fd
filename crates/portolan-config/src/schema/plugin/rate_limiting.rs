//! `rate-limiting`

use super::enums::LIMIT_BY;
use super::redis::REDIS_CE;
use crate::schema::field::{Field, Literal, Record, Spelling};

pub(crate) static CONFIG: Record = Record::new(
    "rate-limiting",
    &[
        &[
            Field::any_number("day"),
            Field::any_number("error_code").or(Literal::Number(429.0)),
            Field::text("error_message").or(Literal::Text("API rate limit exceeded")),
            Field::flag("fault_tolerant", true),
            Field::text("header_name"),
            Field::flag("hide_client_headers", false),
            Field::any_number("hour"),
            Field::choice("limit_by", LIMIT_BY).or(Literal::Text("consumer")),
            Field::any_number("minute"),
            Field::any_number("month"),
            Field::text("path"),
            Field::choice("policy", &["cluster", "local", "redis"]).or(Literal::Text("local")),
            Field::record("redis", &REDIS_CE),
            Field::any_number("second"),
            Field::any_number("sync_rate").or(Literal::Number(-1.0)),
            Field::any_number("year"),
        ],
        OLDER,
    ],
);

/// Before Redis had a mapping of its own.
static OLDER: &[Field] = &[
    Field::referenceable("redis_host").spelled(Spelling::Older(&["redis.host"])),
    Field::integer("redis_port", 0, 65_535)
        .referenced()
        .spelled(Spelling::Older(&["redis.port"])),
    Field::referenceable("redis_username").spelled(Spelling::Older(&["redis.username"])),
    Field::secret("redis_password").spelled(Spelling::Older(&["redis.password"])),
    Field::boolean("redis_ssl").spelled(Spelling::Older(&["redis.ssl"])),
    Field::boolean("redis_ssl_verify").spelled(Spelling::Older(&["redis.ssl_verify"])),
    Field::referenceable("redis_server_name").spelled(Spelling::Older(&["redis.server_name"])),
    Field::integer("redis_timeout", 0, 2_147_483_646).spelled(Spelling::Older(&["redis.timeout"])),
    Field::any_integer("redis_database").spelled(Spelling::Older(&["redis.database"])),
];
