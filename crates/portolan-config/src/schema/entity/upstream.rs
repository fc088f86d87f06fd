//! `upstreams[]` and their `targets[]`.

mod check;
mod health;

use super::text;
use crate::{
    schema::field::{Entity, Field, Literal, META, Record},
    url,
};

pub(crate) static UPSTREAMS: Entity = Entity {
    name: "upstreams",
    record: &UPSTREAM,
    key: Some("name"),
    unique: &[],
};

pub(super) static UPSTREAM: Record =
    Record::new("upstreams", &[FIELDS, HASHING, META]).checked(check::hashing);

static FIELDS: &[Field] = &[
    Field::checked("name", text::host_name)
        .required()
        .doc("A service whose `host` is this name sends its requests to the targets."),
    Field::choice(
        "algorithm",
        &[
            "consistent-hashing",
            "latency",
            "least-connections",
            "round-robin",
            "sticky-sessions",
        ],
    )
    .or(Literal::Text("round-robin"))
    .doc("`hash_on` other than none makes it consistent-hashing."),
    Field::integer("slots", 10, 65_536)
        .or(Literal::Int(10_000))
        .doc("The size of the hash ring."),
    Field::record("healthchecks", &health::CHECKS).or(Literal::Nothing),
    Field::checked("host_header", text::host_with_port)
        .doc("The Host header that targets get, in place of their own names."),
    Field::flag("use_srv_name", false).doc("Whether the name of an SRV record is the Host header."),
    Field::foreign("client_certificate", "certificates").doc("Shown to targets that ask for one."),
    Field::nested(&TARGETS, "upstream"),
];

/// What a request is hashed by, and what it is where that is missing.
static HASHING: &[Field] = &[
    Field::choice("hash_on", &check::INPUTS).or(Literal::Text("none")),
    Field::choice("hash_fallback", &check::INPUTS)
        .or(Literal::Text("none"))
        .doc("Read where a request has nothing of what `hash_on` names."),
    Field::checked("hash_on_header", text::header_name),
    Field::checked("hash_fallback_header", text::header_name),
    Field::checked("hash_on_cookie", text::cookie_name)
        .doc("A request without this cookie gets one that is made up."),
    Field::checked("hash_on_cookie_path", text::path).or(Literal::Text("/")),
    Field::text("hash_on_query_arg"),
    Field::text("hash_fallback_query_arg"),
    Field::text("hash_on_uri_capture").doc("A group of the route's regex path, by name."),
    Field::text("hash_fallback_uri_capture").doc("A group of the route's regex path, by name."),
    Field::checked("sticky_sessions_cookie", text::cookie_name)
        .doc("Names the target of a session, with the sticky-sessions algorithm."),
    Field::checked("sticky_sessions_cookie_path", text::path).or(Literal::Text("/")),
];

pub(crate) static TARGETS: Entity = Entity {
    name: "targets",
    record: &TARGET,
    key: Some("target"),
    unique: &[],
};

pub(super) static TARGET: Record = Record::new(
    "targets",
    &[
        &[
            Field::checked("target", target)
                .required()
                .doc("`host:port`. Each address that the host resolves to gets the weight."),
            Field::integer("weight", 0, 65_535)
                .or(Literal::Int(100))
                .doc("Its share, beside the weights of the others; 0 takes it out of use."),
            Field::foreign("upstream", "upstreams")
                .doc("Whose it is: required at the top of the file."),
        ],
        META,
    ],
);

/// A file has no default for the port, unlike the Admin API.
fn target(text: &str) -> Result<(), String> {
    text::host_with_port(text)?;
    if url::check_host(text).is_ok() {
        return Err(format!(
            "the port is missing: write '{text}:8000' for the one that Kong's Admin API adds"
        ));
    }
    Ok(())
}
