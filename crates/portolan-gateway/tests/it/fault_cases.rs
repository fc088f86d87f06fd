//! What can go wrong before a target has said anything to the client, with what must follow.

use std::collections::BTreeMap;

use portolan_mock::Step;

use crate::harness::stream_of;

pub(crate) const INVALID: &str = "An invalid response was received from the upstream server";
pub(crate) const TIMING_OUT: &str = "The upstream server is timing out";
pub(crate) const NO_NAME: &str = "name resolution failed";

/// The texts with which the stand-ins refuse and fail.
const OPENAI_FAILED: &str =
    "The server had an error while processing your request. Sorry about that!";
const OPENAI_LIMITED: &str = "Rate limit reached for requests";
const COHERE_FAILED: &str = "internal server error";
const COHERE_LIMITED: &str = "too many requests";

const ROLE: &str = r#"{"id":"chatcmpl-FAKE","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
const STOP: &str = r#"{"id":"chatcmpl-FAKE","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) stream: bool,
    /// What the first target does.
    pub(crate) step: Step,
    /// Of `failover_criteria`, what it falls under; the request was sent, so `non_idempotent` is wanted too.
    pub(crate) criterion: &'static str,
    /// What the client gets where no other target may be asked.
    pub(crate) status: u16,
    pub(crate) message: &'static str,
    /// The provider's own status, told by it and not by us.
    pub(crate) refused: bool,
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = connections("openai", false);
    cases.extend(connections("openai", true));
    cases.extend(connections("cohere", true));
    cases.extend(refusals());
    cases.extend(streams());
    cases.extend(answers());
    cases
}

fn case(name: &'static str, criterion: &'static str, step: Step) -> Case {
    let (status, message) = match criterion {
        "timeout" => (504, TIMING_OUT),
        _ => (502, INVALID),
    };
    Case {
        name,
        provider: "openai",
        stream: false,
        step,
        criterion,
        status,
        message,
        refused: false,
    }
}

/// The first bytes of a body, whole or streamed, are 20 of its first event or object.
fn connections(provider: &'static str, stream: bool) -> Vec<Case> {
    let step = Step::default;
    [
        case(
            "reset before headers",
            "error",
            Step {
                reset_before_headers: true,
                ..step()
            },
        ),
        case(
            "close before headers",
            "error",
            Step {
                close_before_headers: true,
                ..step()
            },
        ),
        case(
            "reset after headers",
            "error",
            Step {
                reset_after_bytes: Some(20),
                ..step()
            },
        ),
        case(
            "cut",
            "error",
            Step {
                cut_after_bytes: Some(20),
                ..step()
            },
        ),
        case(
            "never answers",
            "timeout",
            Step {
                never_answer: true,
                ..step()
            },
        ),
        case(
            "slow headers",
            "timeout",
            Step {
                delay_ms: Some(5_000),
                ..step()
            },
        ),
        case(
            "stall",
            "timeout",
            Step {
                stall_after_bytes: Some(20),
                ..step()
            },
        ),
    ]
    .into_iter()
    .map(|case| Case {
        provider,
        stream,
        ..case
    })
    .collect()
}

fn refusals() -> Vec<Case> {
    [
        ("openai", 500, "http_500", OPENAI_FAILED),
        ("openai", 429, "http_429", OPENAI_LIMITED),
        ("cohere", 500, "http_500", COHERE_FAILED),
        ("cohere", 429, "http_429", COHERE_LIMITED),
    ]
    .into_iter()
    .flat_map(|(provider, status, criterion, message)| {
        [false, true].map(|stream| Case {
            provider,
            stream,
            status,
            message,
            refused: true,
            ..case(
                "refuses",
                criterion,
                Step {
                    status: Some(status),
                    ..Step::default()
                },
            )
        })
    })
    .collect()
}

fn streams() -> Vec<Case> {
    let said = |body: String| stream_of(&body);
    let mut cases = vec![
        Case {
            message: OPENAI_FAILED,
            ..case(
                "error as the second event",
                "http_502",
                Step {
                    error_event_at: Some(1),
                    ..Step::default()
                },
            )
        },
        Case {
            provider: "cohere",
            message: COHERE_FAILED,
            ..case(
                "Cohere's error as the second event",
                "http_502",
                Step {
                    error_event_at: Some(1),
                    ..Step::default()
                },
            )
        },
        case(
            "a stream of a role alone",
            "error",
            said(format!("data: {ROLE}\n\n")),
        ),
        case("a stream of nothing", "error", said(String::new())),
        case(
            "a whole stream without content",
            "http_502",
            said(format!("data: {ROLE}\n\ndata: {STOP}\n\ndata: [DONE]\n\n")),
        ),
        case(
            "a terminator alone",
            "http_502",
            said("data: [DONE]\n\n".to_owned()),
        ),
    ];
    for case in &mut cases {
        case.stream = true;
    }
    cases
}

/// A 200 that is no answer: R-20, and worse.
fn answers() -> Vec<Case> {
    let answers = |body: &str| Step {
        body: Some(body.to_owned()),
        ..Step::default()
    };
    vec![
        case("no bytes", "http_502", answers("")),
        case(
            "no choices",
            "http_502",
            answers(
                r#"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}"#,
            ),
        ),
        case(
            "empty content",
            "http_502",
            answers(
                r#"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#,
            ),
        ),
        Case {
            status: 503,
            message: "Upstream overloaded",
            ..case(
                "an error that names its status",
                "http_503",
                answers(
                    r#"{"error":{"message":"Upstream overloaded","type":"overloaded","code":503}}"#,
                ),
            )
        },
        Case {
            message: "Provider returned error",
            ..case(
                "an error that names none",
                "http_502",
                answers(
                    r#"{"error":{"message":"Provider returned error","type":"api_error","code":null}}"#,
                ),
            )
        },
        case(
            "not JSON",
            "http_502",
            answers("<html><body>Welcome</body></html>"),
        ),
        Case {
            provider: "cohere",
            ..case(
                "Cohere's empty answer",
                "http_502",
                answers(
                    r#"{"id":"x","message":{"role":"assistant","content":[]},"finish_reason":"COMPLETE"}"#,
                ),
            )
        },
        Case {
            provider: "cohere",
            message: COHERE_FAILED,
            ..case(
                "Cohere's error under a 200",
                "http_502",
                answers(r#"{"message":"internal server error"}"#),
            )
        },
        Case {
            step: Step {
                headers: BTreeMap::from([("content-type".to_owned(), "text/html".to_owned())]),
                ..answers("<html>")
            },
            stream: true,
            ..case("a page for a stream", "http_502", Step::default())
        },
    ]
}
