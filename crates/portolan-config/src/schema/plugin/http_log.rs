//! `http-log`

use crate::schema::field::{Field, Literal, REFERENCEABLE, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "http-log",
    &[&[
        Field::foreign("client_certificate", "certificates"),
        Field::choice(
            "content_type",
            &["application/json", "application/json; charset=utf-8"],
        )
        .or(Literal::Text("application/json")),
        Field::map("custom_fields_by_lua", &STRING),
        Field::any_number("flush_timeout"),
        Field::map("headers", &REFERENCEABLE),
        Field::secret("http_endpoint").required(),
        Field::any_number("keepalive").or(Literal::Number(60000.0)),
        Field::choice("method", &["PATCH", "POST", "PUT"]).or(Literal::Text("POST")),
        Field::record("queue", &QUEUE).or(Literal::Nothing),
        Field::any_integer("queue_size"),
        Field::any_integer("retry_count"),
        Field::flag("ssl_verify", true),
        Field::any_number("timeout").or(Literal::Number(10000.0)),
    ]],
);

static QUEUE: Record = Record::new(
    "http-log.queue",
    &[&[
        Field::any_integer("concurrency_limit").or(Literal::Int(1)),
        Field::number("initial_retry_delay", 0.001, 1000000.0).or(Literal::Number(0.01)),
        Field::integer("max_batch_size", 1, 1000000).or(Literal::Int(1)),
        Field::any_integer("max_bytes"),
        Field::number("max_coalescing_delay", 0.0, 3600.0).or(Literal::Number(1.0)),
        Field::integer("max_entries", 1, 1000000).or(Literal::Int(10000)),
        Field::number("max_retry_delay", 0.001, 1000000.0).or(Literal::Number(60.0)),
        Field::any_number("max_retry_time").or(Literal::Number(60.0)),
    ]],
);
