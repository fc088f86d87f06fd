//! `opentelemetry`

use crate::schema::field::{Field, Kind, Literal, REFERENCEABLE, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "opentelemetry",
    &[&[
        Field::record("access_logs", &ACCESS_LOGS),
        Field::any_integer("batch_flush_delay"),
        Field::any_integer("batch_span_count"),
        Field::integer("connect_timeout", 0, 2147483646).or(Literal::Int(1000)),
        Field::choice(
            "header_type",
            &[
                "aws",
                "b3",
                "b3-single",
                "datadog",
                "gcp",
                "ignore",
                "instana",
                "jaeger",
                "ot",
                "preserve",
                "w3c",
            ],
        )
        .or(Literal::Text("preserve")),
        Field::map("headers", &REFERENCEABLE),
        Field::text("http_response_header_for_traceid"),
        Field::referenceable("logs_endpoint"),
        Field::record("metrics", &METRICS),
        Field::record("propagation", &PROPAGATION).or(Literal::Nothing),
        Field::record("queue", &QUEUE).or(Literal::Nothing),
        Field::integer("read_timeout", 0, 2147483646).or(Literal::Int(5000)),
        Field::map("resource_attributes", &STRING),
        Field::number("sampling_rate", 0.0, 1.0),
        Field::choice(
            "sampling_strategy",
            &[
                "parent_drop_probability_fallback",
                "parent_probability_fallback",
            ],
        )
        .or(Literal::Text("parent_drop_probability_fallback")),
        Field::integer("send_timeout", 0, 2147483646).or(Literal::Int(5000)),
        Field::referenceable("traces_endpoint"),
    ]],
);

static ACCESS_LOGS: Record = Record::new(
    "opentelemetry.access_logs",
    &[&[
        Field::map("custom_attributes_by_lua", &STRING),
        Field::referenceable("endpoint"),
    ]],
);

static METRICS: Record = Record::new(
    "opentelemetry.metrics",
    &[&[
        Field::flag("enable_ai_metrics", false),
        Field::flag("enable_bandwidth_metrics", false),
        Field::flag("enable_consumer_attribute", false),
        Field::flag("enable_latency_metrics", false),
        Field::flag("enable_request_metrics", false),
        Field::flag("enable_upstream_health_metrics", false),
        Field::referenceable("endpoint"),
        Field::any_number("push_interval").or(Literal::Number(60.0)),
    ]],
);

static PROPAGATION: Record = Record::new(
    "opentelemetry.propagation",
    &[&[
        Field::list("clear", &STRING),
        Field::choice(
            "default_format",
            &[
                "aws",
                "b3",
                "b3-single",
                "datadog",
                "gcp",
                "instana",
                "jaeger",
                "ot",
                "w3c",
            ],
        )
        .or(Literal::Text("w3c")),
        Field::list("extract", &EXTRACT_ITEM),
        Field::list("inject", &INJECT_ITEM),
    ]],
);

static QUEUE: Record = Record::new(
    "opentelemetry.queue",
    &[&[
        Field::any_integer("concurrency_limit").or(Literal::Int(1)),
        Field::number("initial_retry_delay", 0.001, 1000000.0).or(Literal::Number(0.01)),
        Field::integer("max_batch_size", 1, 1000000).or(Literal::Int(200)),
        Field::any_integer("max_bytes"),
        Field::number("max_coalescing_delay", 0.0, 3600.0).or(Literal::Number(1.0)),
        Field::integer("max_entries", 1, 1000000).or(Literal::Int(10000)),
        Field::number("max_retry_delay", 0.001, 1000000.0).or(Literal::Number(60.0)),
        Field::any_number("max_retry_time").or(Literal::Number(60.0)),
    ]],
);

static EXTRACT_ITEM: Kind = Kind::Enum(&[
    "aws", "b3", "datadog", "gcp", "instana", "jaeger", "ot", "w3c",
]);
static INJECT_ITEM: Kind = Kind::Enum(&[
    "aws",
    "b3",
    "b3-single",
    "datadog",
    "gcp",
    "instana",
    "jaeger",
    "ot",
    "preserve",
    "w3c",
]);
