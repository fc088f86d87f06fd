//! The headers that an answer carries.

use portolan_mock::Step;
use serde_json::json;

use crate::{
    client::{Answer, chat},
    harness::{ask, file, mock, scripted, serve, single, target},
};

/// 32 lower-case hexadecimal digits: `kong-core.md` 3.5.
fn is_id(id: &str) -> bool {
    id.len() == 32
        && id
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

fn proxied(answer: &Answer) {
    for latency in ["x-kong-upstream-latency", "x-kong-proxy-latency"] {
        let value = answer.header(latency);
        assert!(value.parse::<u64>().is_ok(), "{latency}: {value}");
    }
    assert_eq!(answer.find("x-kong-response-latency"), None);
    assert!(answer.header("via").starts_with("1.1 portolan/"));
    assert!(answer.header("server").starts_with("portolan/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_names_its_model_and_its_request() {
    for (provider, model) in [
        ("openai", "openai/gpt-4o-mini"),
        ("mistral", "mistral/mistral-small-latest"),
        ("cohere", "cohere/command-a-03-2025"),
    ] {
        for stream in [false, true] {
            let mock = mock().await;
            let served = serve(&single(target(provider, &mock)));
            let answer = chat(served.address, &ask(stream)).await;
            assert_eq!(answer.header("x-kong-llm-model"), model);
            let id = answer.header("x-kong-request-id");
            assert!(is_id(id), "{id}");
            proxied(&answer);
            assert_eq!(served.line()["request"]["id"], json!(id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_have_two_ids() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let one = chat(served.address, &ask(false)).await;
    let two = chat(served.address, &ask(false)).await;
    assert_ne!(
        one.header("x-kong-request-id"),
        two.header("x-kong-request-id")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_named_only_on_a_200_and_where_the_file_lets_it() {
    let refusing = scripted(Step {
        status: Some(400),
        ..Step::default()
    })
    .await;
    let served = serve(&single(target("openai", &refusing)));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(
        (answer.status, answer.find("x-kong-llm-model")),
        (400, None)
    );
    // Proxied all the same.
    proxied(&answer);

    let mock = mock().await;
    let served = serve(&file(json!({
        "model_name_header": false,
        "targets": [target("openai", &mock)],
    })));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(
        (answer.status, answer.find("x-kong-llm-model")),
        (200, None)
    );
}

/// `kong-core.md` 3.5: a 502 after proxying was tried is proxied; Kong's `Via` follows the provider's.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_upstream_and_a_foreign_via_carry_kongs_headers() {
    let closing = scripted(Step {
        close_before_headers: true,
        ..Step::default()
    })
    .await;
    let served = serve(&single(target("openai", &closing)));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(answer.status, 502);
    proxied(&answer);

    let mut step = Step::default();
    for (name, value) in [
        ("via", "1.1 google"),
        ("server", "cloudflare"),
        ("set-cookie", "__cf_bm=FAKE"),
        ("alt-svc", "h3=\":443\""),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("x-ratelimit-remaining-tokens", "149984"),
        ("openai-processing-ms", "42"),
    ] {
        step.headers.insert(name.to_owned(), value.to_owned());
    }
    let mock = scripted(step).await;
    let served = serve(&single(target("openai", &mock)));
    let answer = chat(served.address, &ask(false)).await;
    assert!(
        answer
            .header("via")
            .starts_with("1.1 google, 1.1 portolan/")
    );
    assert_eq!(answer.header("server"), "cloudflare");
    assert_eq!(answer.header("x-ratelimit-remaining-tokens"), "149984");
    assert_eq!(answer.header("openai-processing-ms"), "42");
    for gone in ["set-cookie", "alt-svc", "x-hop"] {
        assert_eq!(answer.find(gone), None, "{gone}");
    }
}
