//! Faults before content, each with the criteria listed and with Kong's defaults.

use std::time::Instant;

use portolan_mock::{Authority, Mock, MockOptions, Step};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    client::{Answer, chat},
    fault_cases::{Case, INVALID, NO_NAME, cases},
    harness::{
        PATIENCE, READ_TIMEOUT, Served, ask, file, mock, scripted, serve, serve_with, single,
        target, target_at,
    },
};

/// Runs `check` of each case, and tells all that failed.
async fn each<F>(check: impl Fn(Case) -> F)
where
    F: Future<Output = Result<(), String>>,
{
    let mut failed = Vec::new();
    for case in cases() {
        let name = format!("{}, {}, stream {}", case.provider, case.name, case.stream);
        if let Err(why) = check(case).await {
            failed.push(format!("{name}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: found {found:?}, expected {expected:?}"))
}

fn two(provider: &str, mocks: (&Mock, &Mock), criteria: Option<&[&str]>) -> Served {
    let mut balancer = json!({ "read_timeout": READ_TIMEOUT });
    if let Some(criteria) = criteria {
        balancer["failover_criteria"] = json!(criteria);
    }
    serve(&file(json!({
        "balancer": balancer,
        "targets": [target(provider, mocks.0), target("openai", mocks.1)],
    })))
}

fn error_of(answer: &Answer) -> (String, String) {
    let body = answer.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&body["error"]["message"]), text(&body["message"]))
}

/// R-31: not the next request, this one.
#[tokio::test(flavor = "multi_thread")]
async fn r31_a_listed_fault_is_answered_by_the_next_target() {
    each(|case| async move {
        let (bad, good) = (scripted(case.step).await, mock().await);
        let criteria = [case.criterion, "non_idempotent"];
        let served = two(case.provider, (&bad, &good), Some(&criteria));
        let answer = chat(served.address, &ask(case.stream)).await;
        let line = served.line();
        same("status", answer.status, 200)?;
        same("whole", answer.whole, true)?;
        let said = if case.stream {
            answer.said()
        } else {
            text_of(&answer)
        };
        same("text", said.as_str(), "You said: Say hi")?;
        same(
            "attempts",
            (bad.attempts().len(), good.attempts().len()),
            (1, 1),
        )?;
        let tries = line["tries"].as_array().unwrap();
        same("tries", tries.len(), 2)?;
        same("first try", &tries[0]["state"], &json!("next"))?;
        same("why", tries[0]["fault"].is_string(), true)?;
        same("second try", &tries[1]["state"], &Value::Null)?;
        let tried = line["ai"]["proxy"]["tried_targets"].as_array().unwrap();
        same("tried targets", tried.len(), 2)?;
        same("first target", &tried[0]["provider"], &json!(case.provider))?;
        same("complete", &line["response"]["complete"], &json!(true))
    })
    .await;
}

/// nginx's rule, which Kong's default criteria are: a POST that was sent is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn with_kongs_defaults_the_client_gets_the_error() {
    each(|case| async move {
        let (bad, good) = (scripted(case.step).await, mock().await);
        let served = two(case.provider, (&bad, &good), None);
        let answer = chat(served.address, &ask(case.stream)).await;
        let line = served.line();
        same("status", answer.status, case.status)?;
        same("whole", answer.whole, true)?;
        same(
            "attempts",
            (bad.attempts().len(), good.attempts().len()),
            (1, 0),
        )?;
        let (openai, kong) = error_of(&answer);
        if !openai.starts_with(case.message) {
            return Err(format!("message: {openai}"));
        }
        same("type", answer.json()["error"]["type"].is_string(), true)?;
        if !case.refused {
            same("Kong's message", kong.as_str(), case.message)?;
            let id = answer.header("x-kong-request-id");
            same("Kong's id", &answer.json()["request_id"], &json!(id))?;
        }
        same(
            "logged status",
            &line["response"]["status"],
            &json!(case.status),
        )?;
        same("tries", line["tries"].as_array().unwrap().len(), 1)?;
        same("state", &line["tries"][0]["state"], &json!("failed"))
    })
    .await;
}

fn text_of(answer: &Answer) -> String {
    answer.json()["choices"][0]["message"]["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The criterion alone is not enough for what was sent, nor is `non_idempotent` alone.
#[tokio::test(flavor = "multi_thread")]
async fn both_the_criterion_and_non_idempotent_are_wanted() {
    for criteria in [&["error", "timeout", "http_500"][..], &["non_idempotent"]] {
        let (bad, good) = (mock().await, mock().await);
        bad.script([Step {
            status: Some(500),
            ..Step::default()
        }]);
        let served = two("openai", (&bad, &good), Some(criteria));
        let answer = chat(served.address, &ask(false)).await;
        assert_eq!(answer.status, 500, "{criteria:?}");
        assert_eq!(good.attempts().len(), 0, "{criteria:?}");
    }
}

/// In its own words: nothing of ours is put beside them.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_the_clients_format_is_handed_on_as_it_came() {
    let mock = mock().await;
    let refusal = r#"{"error": {"message":"No such model","type":"invalid_request_error","param":null,"code":"model_not_found"} }"#;
    mock.script([Step {
        status: Some(404),
        body: Some(refusal.to_owned()),
        ..Step::default()
    }]);
    let served = serve(&single(target("openai", &mock)));
    let answer = chat(served.address, &ask(true)).await;
    assert_eq!((answer.status, answer.text()), (404, refusal));
    assert_eq!(answer.find("x-kong-llm-model"), None);
}

/// A refusal may have no body: it was told all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_without_a_body_is_logged_as_it_was() {
    let mock = mock().await;
    mock.script([Step {
        status: Some(503),
        body: Some(String::new()),
        ..Step::default()
    }]);
    let served = serve(&single(target("openai", &mock)));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!((answer.status, answer.body.len()), (503, 0));
    let line = served.line();
    assert_eq!(line["response"]["status"], 503);
    assert_eq!(line["response"]["complete"], true);
}

async fn refused_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!(
        "http://{}/v1/chat/completions",
        listener.local_addr().unwrap()
    )
}

fn unsent_two(url: &str, good: &Mock) -> Value {
    file(json!({
        "targets": [target_at("openai", "gpt-4o-mini", url), target("openai", good)],
    }))
}

fn unsent_one(url: &str, retries: u32) -> Value {
    file(json!({
        "balancer": { "retries": retries },
        "targets": [target_at("openai", "gpt-4o-mini", url)],
    }))
}

/// What never left may be sent elsewhere: `error` is among Kong's default criteria.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_goes_to_the_next_target_by_default() {
    let good = mock().await;
    let served = serve(&unsent_two(&refused_url().await, &good));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(answer.status, 200);
    let line = served.line();
    assert_eq!(line["upstream_status"], "-, 200");
    assert_eq!(
        line["ai"]["proxy"]["tried_targets"][0]["status"],
        Value::Null
    );
    assert_eq!(line["ai"]["proxy"]["tried_targets"][1]["status"], 200);
}

/// Kong's `retries` are further tries after the first; its default is 5.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_of_the_only_target_is_tried_as_often_as_retries_say() {
    for (file, tries) in [
        (unsent_one(&refused_url().await, 5), 6),
        (unsent_one(&refused_url().await, 0), 1),
    ] {
        let served = serve(&file);
        let answer = chat(served.address, &ask(false)).await;
        assert_eq!(answer.status, 502);
        let (openai, kong) = error_of(&answer);
        assert!(openai.starts_with(INVALID), "{openai}");
        assert_eq!(kong, INVALID);
        let line = served.line();
        assert_eq!(line["tries"].as_array().unwrap().len(), tries);
    }
}

/// `.invalid` is the domain that never exists: RFC 2606.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_an_address_is_kongs_503() {
    let url = "http://nowhere.invalid/v1/chat/completions";
    let served = serve(&unsent_one(url, 0));
    let answer = chat(served.address, &ask(true)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(error_of(&answer).1, NO_NAME);
    let good = mock().await;
    let served = serve(&unsent_two(url, &good));
    assert_eq!(chat(served.address, &ask(true)).await.status, 200);
}

/// A certificate that nobody vouches for: nothing is sent, the key least of all.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_handshake_is_a_502_and_sends_nothing() {
    let authority = Authority::new().unwrap();
    let stranger = Mock::start(MockOptions {
        tls: Some(authority.server_config(&["127.0.0.1"]).unwrap()),
        ..MockOptions::default()
    })
    .await
    .unwrap();
    let url = format!("{}/v1/chat/completions", stranger.url());
    let served = serve(&unsent_one(&url, 0));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(
        (answer.status, error_of(&answer).1.as_str()),
        (502, INVALID)
    );
    let good = mock().await;
    let served = serve(&unsent_two(&url, &good));
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    assert_eq!(stranger.attempts().len(), 0);
    // The same one is believed where its authority is trusted.
    let roots = authority.certificate_pem();
    let served = serve_with(&unsent_one(&url, 0).to_string(), |options| {
        options.extra_roots = roots;
    });
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
}

/// `retries` bounds the tries, also where the targets are more.
#[tokio::test(flavor = "multi_thread")]
async fn retries_bound_the_tries() {
    let mocks = [mock().await, mock().await, mock().await];
    for mock in &mocks {
        mock.script([Step {
            status: Some(503),
            ..Step::default()
        }]);
    }
    let targets: Vec<Value> = mocks.iter().map(|mock| target("openai", mock)).collect();
    let served = serve(&file(json!({
        "balancer": { "retries": 1, "failover_criteria": ["http_503", "non_idempotent"] },
        "targets": targets,
    })));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(answer.status, 503);
    let asked: usize = mocks.iter().map(|mock| mock.attempts().len()).sum();
    assert_eq!(asked, 2);
}

/// A target that stalls costs its `read_timeout`, no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_is_the_files() {
    let bad = scripted(Step {
        never_answer: true,
        ..Step::default()
    })
    .await;
    let served = two("openai", (&bad, &mock().await), None);
    let began = Instant::now();
    assert_eq!(chat(served.address, &ask(false)).await.status, 504);
    assert!(began.elapsed().as_millis() >= u128::from(READ_TIMEOUT));
    assert!(began.elapsed() < PATIENCE / 2);
}
