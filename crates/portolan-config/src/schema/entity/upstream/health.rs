//! `upstreams[].healthchecks`. Zero switches any counter or interval off.

use super::text;
use crate::schema::field::{Field, Kind, Literal, Record, STRING};

pub(super) static CHECKS: Record = Record::new(
    "upstreams.healthchecks",
    &[&[
        Field::record("active", &ACTIVE)
            .or(Literal::Nothing)
            .doc("Probes that the gateway sends of itself."),
        Field::record("passive", &PASSIVE)
            .or(Literal::Nothing)
            .doc("What clients' requests show."),
        Field::number("threshold", 0.0, 100.0)
            .or(Literal::Number(0.0))
            .doc("The percentage of weight that must be healthy, or else requests are refused."),
    ]],
);

static ACTIVE: Record = Record::new(
    "upstreams.healthchecks.active",
    &[&[
        Field::choice("type", &TYPES).or(Literal::Text("http")),
        Field::number("timeout", 0.0, MAX_SECONDS)
            .or(Literal::Number(1.0))
            .doc("Seconds."),
        Field::integer("concurrency", 1, 2_147_483_648)
            .or(Literal::Int(10))
            .doc("How many targets are probed at once."),
        Field::checked("http_path", text::path).or(Literal::Text("/")),
        Field::map("headers", &HEADER_VALUES).doc("Sent with each probe, by name."),
        Field::checked("https_sni", text::sni),
        Field::flag("https_verify_certificate", true),
        Field::record("healthy", &ACTIVE_HEALTHY).or(Literal::Nothing),
        Field::record("unhealthy", &ACTIVE_UNHEALTHY).or(Literal::Nothing),
    ]],
);

static ACTIVE_HEALTHY: Record = Record::new(
    "upstreams.healthchecks.active.healthy",
    &[&[
        interval().doc("Seconds between two probes of a healthy target."),
        Field::list("http_statuses", &STATUS).or(Literal::Ints(&[200, 302])),
        counter("successes").doc("How many in a row make a target healthy."),
    ]],
);

static ACTIVE_UNHEALTHY: Record = Record::new(
    "upstreams.healthchecks.active.unhealthy",
    &[&[
        interval().doc("Seconds between two probes of an unhealthy target."),
        Field::list("http_statuses", &STATUS)
            .or(Literal::Ints(&[429, 404, 500, 501, 502, 503, 504, 505])),
        counter("tcp_failures").doc("How many in a row make a target unhealthy."),
        counter("timeouts").doc("How many in a row make a target unhealthy."),
        counter("http_failures").doc("How many in a row make a target unhealthy."),
    ]],
);

static PASSIVE: Record = Record::new(
    "upstreams.healthchecks.passive",
    &[&[
        Field::choice("type", &TYPES).or(Literal::Text("http")),
        Field::record("healthy", &PASSIVE_HEALTHY).or(Literal::Nothing),
        Field::record("unhealthy", &PASSIVE_UNHEALTHY)
            .or(Literal::Nothing)
            .doc("Without active probes a target that is down stays so."),
    ]],
);

static PASSIVE_HEALTHY: Record = Record::new(
    "upstreams.healthchecks.passive.healthy",
    &[&[
        Field::list("http_statuses", &STATUS).or(Literal::Ints(&[
            200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306,
            307, 308,
        ])),
        counter("successes").doc("How many in a row make a target healthy."),
    ]],
);

static PASSIVE_UNHEALTHY: Record = Record::new(
    "upstreams.healthchecks.passive.unhealthy",
    &[&[
        Field::list("http_statuses", &STATUS).or(Literal::Ints(&[429, 500, 503])),
        counter("tcp_failures").doc("How many in a row make a target unhealthy."),
        counter("timeouts").doc("How many in a row make a target unhealthy."),
        counter("http_failures").doc("How many in a row make a target unhealthy."),
    ]],
);

const TYPES: [&str; 5] = ["grpc", "grpcs", "http", "https", "tcp"];
const MAX_SECONDS: f64 = 65_535.0;

static STATUS: Kind = Kind::Integer { min: 100, max: 999 };

static HEADER_VALUES: Kind = Kind::List {
    item: &STRING,
    min: 0,
    max: usize::MAX,
};

const fn interval() -> Field {
    Field::number("interval", 0.0, MAX_SECONDS).or(Literal::Number(0.0))
}

const fn counter(name: &'static str) -> Field {
    Field::integer(name, 0, 255).or(Literal::Int(0))
}
