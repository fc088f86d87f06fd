//! Several targets behind one route.

use portolan_mock::{Mock, Step};
use serde_json::{Value, json};

use crate::{
    client::{chat, post},
    harness::{ask, body, file, mock, scripted, serve, target},
};

/// Equal weights take turns; Kong's own example of weights is counted in the balancer's unit tests.
#[tokio::test(flavor = "multi_thread")]
async fn equal_targets_take_turns() {
    let (first, second) = (mock().await, mock().await);
    let targets = [target("openai", &first), target("openai", &second)];
    let served = serve(&file(json!({ "targets": targets })));
    for turn in 1..=3 {
        assert_eq!(chat(served.address, &ask(false)).await.status, 200);
        assert_eq!(
            (first.attempts().len(), second.attempts().len()),
            (turn, turn - 1)
        );
        assert_eq!(chat(served.address, &ask(false)).await.status, 200);
        assert_eq!(
            (first.attempts().len(), second.attempts().len()),
            (turn, turn)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_share_the_requests_out() {
    let (first, second) = (mock().await, mock().await);
    let mut targets = [target("openai", &first), target("openai", &second)];
    targets[0]["weight"] = json!(75);
    targets[1]["weight"] = json!(25);
    let served = serve(&file(json!({ "targets": targets })));
    for _ in 0..8 {
        assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    }
    assert_eq!((first.attempts().len(), second.attempts().len()), (6, 2));
}

/// R-36: from the client's bytes, never from an earlier attempt's. Two formats, two models, two keys, two defaults.
#[tokio::test(flavor = "multi_thread")]
async fn r36_each_attempt_is_rendered_anew() {
    let limited = scripted(Step {
        status: Some(429),
        ..Step::default()
    })
    .await;
    let failing = scripted(Step {
        status: Some(500),
        ..Step::default()
    })
    .await;
    let good = mock().await;
    let mut targets = [
        target("openai", &limited),
        target("cohere", &failing),
        target("openai", &good),
    ];
    targets[0]["model"]["options"]["temperature"] = json!(0.5);
    targets[1]["model"]["options"]["top_k"] = json!(3);
    targets[1]["auth"]["header_value"] = json!("Bearer FAKE-second-key");
    targets[2]["model"]["name"] = json!("gpt-4o");
    targets[2]["auth"]["header_value"] = json!("Bearer FAKE-third-key");
    let served = serve(&file(json!({
        "balancer": { "failover_criteria": ["http_429", "http_500", "non_idempotent"] },
        "targets": targets,
    })));
    let request = r#"{"stream":true,"user":"u1","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Say hi"}]}"#;
    let answer = post(served.address, "/chat", &[], request).await;
    assert_eq!(
        (answer.status, answer.said().as_str()),
        (200, "You said: Say hi")
    );

    let asked: Value = serde_json::from_str(request).unwrap();
    let expected = |model: &str, more: Value| {
        let mut expected = asked.clone();
        expected["model"] = json!(model);
        expected["stream_options"] = json!({ "include_usage": true });
        for (name, value) in more.as_object().unwrap() {
            expected[name] = value.clone();
        }
        expected
    };
    assert_eq!(
        body(&limited, 0),
        expected("gpt-4o-mini", json!({ "temperature": 0.5 }))
    );
    // Cohere's: `top_k` is `k`, and neither `user` nor `stream_options` has a word.
    let cohere = json!({
        "model": "command-a-03-2025",
        "messages": asked["messages"],
        "stream": true,
        "k": 3,
    });
    assert_eq!(body(&failing, 0), cohere);
    assert_eq!(body(&good, 0), expected("gpt-4o", json!({})));

    let key = |mock: &Mock| mock.attempts()[0].headers["authorization"].clone();
    assert_eq!(key(&limited), "Bearer FAKE-provider-key");
    assert_eq!(key(&failing), "Bearer FAKE-second-key");
    assert_eq!(key(&good), "Bearer FAKE-third-key");
    assert_eq!(failing.attempts()[0].path, "/v2/chat");

    // What the last attempt left out, not an earlier one.
    assert_eq!(answer.find("x-portolan-dropped"), None);
    assert_eq!(answer.header("x-kong-llm-model"), "openai/gpt-4o");
    let line = served.line();
    assert_eq!(line["upstream_status"], "429, 500, 200");
    let tried: Vec<&str> = line["ai"]["proxy"]["tried_targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tried| tried["model"].as_str().unwrap())
        .collect();
    assert_eq!(tried, ["gpt-4o-mini", "command-a-03-2025", "gpt-4o"]);
}

/// The other way round: the answer that comes is in the format of the target that gave it.
#[tokio::test(flavor = "multi_thread")]
async fn a_balancer_answers_in_one_dialect_whoever_serves() {
    let (first, second) = (mock().await, mock().await);
    let targets = [target("cohere", &first), target("mistral", &second)];
    let served = serve(&file(json!({ "targets": targets })));
    for model in ["cohere/command-a-03-2025", "mistral/mistral-small-latest"] {
        let answer = chat(served.address, &ask(false)).await;
        assert_eq!(answer.header("x-kong-llm-model"), model);
        assert_eq!(
            answer.json()["choices"][0]["message"]["content"],
            "You said: Say hi"
        );
    }
    for _ in 0..2 {
        assert_eq!(
            chat(served.address, &ask(true)).await.said(),
            "You said: Say hi"
        );
    }
}

/// Where all were tried, one that may mend is asked again.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_asked_again_when_all_were_tried() {
    let first = mock().await;
    first.script([
        Step {
            status: Some(500),
            ..Step::default()
        },
        Step {
            status: Some(500),
            ..Step::default()
        },
    ]);
    let served = serve(&file(json!({
        "balancer": { "failover_criteria": ["http_500", "non_idempotent"] },
        "targets": [target("openai", &first)],
    })));
    assert_eq!(chat(served.address, &ask(false)).await.status, 200);
    assert_eq!(first.attempts().len(), 3);
}
