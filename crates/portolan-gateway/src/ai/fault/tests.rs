use http::{Method, StatusCode};
use portolan_config::compiled::FailoverCriteria;
use portolan_llm::chat::Failure;

use super::Fault;

fn refused(status: u16) -> Fault {
    Fault::Refused(StatusCode::from_u16(status).unwrap())
}

fn inside(status: Option<u16>) -> Fault {
    Fault::Inside(Failure {
        status,
        message: "the provider's words".to_owned(),
        ..Failure::default()
    })
}

/// As a file lists them.
fn criteria(listed: &[&str]) -> FailoverCriteria {
    FailoverCriteria {
        error: listed.contains(&"error"),
        timeout: listed.contains(&"timeout"),
        invalid_header: listed.contains(&"invalid_header"),
        non_idempotent: listed.contains(&"non_idempotent"),
        statuses: listed
            .iter()
            .filter_map(|name| name.strip_prefix("http_")?.parse().ok())
            .collect(),
    }
}

fn faults() -> Vec<(Fault, &'static str)> {
    vec![
        (Fault::Cut("the connection ended".to_owned()), "error"),
        (Fault::Stalled, "timeout"),
        (refused(429), "http_429"),
        (refused(500), "http_500"),
        (inside(Some(503)), "http_503"),
        (inside(None), "http_502"),
        (Fault::Empty, "http_502"),
        (Fault::Unreadable("expected value".to_owned()), "http_502"),
    ]
}

const ALL: [&str; 10] = [
    "error",
    "timeout",
    "invalid_header",
    "http_403",
    "http_404",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
];

/// nginx's `proxy_next_upstream`: each fault falls under one criterion, and no other saves it.
#[test]
fn a_fault_falls_under_one_criterion() {
    for (fault, own) in faults() {
        for name in ALL {
            let fails_over = fault.fails_over(&criteria(&[name]), &Method::GET);
            assert_eq!(fails_over, name == own, "{fault:?}, {name}");
        }
        assert!(!fault.fails_over(&criteria(&[]), &Method::GET), "{fault:?}");
    }
}

/// nginx, of `non_idempotent`: POST and PATCH are not passed on once they were sent.
#[test]
fn what_was_sent_needs_non_idempotent_too() {
    for (fault, own) in faults() {
        for method in [Method::POST, Method::PATCH] {
            assert!(!fault.fails_over(&criteria(&[own]), &method), "{fault:?}");
            assert!(
                !fault.fails_over(&criteria(&["non_idempotent"]), &method),
                "{fault:?}"
            );
            assert!(
                fault.fails_over(&criteria(&[own, "non_idempotent"]), &method),
                "{fault:?}"
            );
        }
    }
}

#[test]
fn a_refusal_that_lasts_does_not_mend() {
    for (status, mends) in [
        (403, false),
        (404, false),
        (429, false),
        (500, true),
        (503, true),
    ] {
        assert_eq!(refused(status).may_mend(), mends, "{status}");
    }
    assert!(Fault::Stalled.may_mend());
}

/// `kong-core.md` 3.4 has the statuses; a provider's own stays its own.
#[test]
fn what_the_client_is_told() {
    for (fault, status) in [
        (Fault::Cut(String::new()), 502),
        (Fault::Stalled, 504),
        (Fault::Empty, 502),
        (Fault::Unreadable(String::new()), 502),
        (inside(None), 502),
        (inside(Some(429)), 429),
    ] {
        let error = fault.error("openai/gpt-4o");
        assert_eq!(error.failure().status, Some(status), "{fault:?}");
    }
    let told = inside(Some(429)).error("openai/gpt-4o").failure();
    assert_eq!(told.message, "the provider's words");
    let told = Fault::Empty.error("openai/gpt-4o").failure();
    assert!(told.message.contains("openai/gpt-4o"), "{}", told.message);
}

#[test]
fn the_log_has_no_byte_of_a_body() {
    for fault in [refused(500), inside(None), inside(Some(503))] {
        assert!(!fault.describe().contains("words"), "{}", fault.describe());
    }
}
