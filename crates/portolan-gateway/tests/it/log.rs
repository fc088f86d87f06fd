//! The access log: one line a request, Kong's names, no secret. `kong-ai-proxy-advanced.md` 6.1 has the names.

use std::time::Duration;

use portolan_mock::{Mock, Step};
use serde_json::{Value, json};

use crate::{
    client::{Client, chat, post},
    harness::{Served, ask, body, file, mock, serve, serve_with, single, target},
};

fn logging(target: &mut Value, statistics: bool, payloads: bool) {
    target["logging"] = json!({ "log_statistics": statistics, "log_payloads": payloads });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_tells_the_request_its_tries_and_its_tokens() {
    let mock = mock().await;
    let mut file = single(target("openai", &mock));
    let id = "5f6f2b7c-0f2f-4d0a-9d3c-5e1b7a8f9e01";
    file["routes"][0]["plugins"][0]["id"] = json!(id);
    let served = serve(&file);
    let asked = ask(false).to_string();
    let answer = post(served.address, "/chat?a=b", &[], &asked).await;
    let line = served.line();

    assert_eq!(line["client_ip"], "127.0.0.1");
    assert!(
        line["started_at"].as_u64().unwrap() > 1_700_000_000_000,
        "milliseconds"
    );
    let request = json!({
        "id": answer.header("x-kong-request-id"),
        "method": "POST",
        "uri": "/chat?a=b",
        "size": asked.len(),
    });
    assert_eq!(line["request"], request);
    let response = json!({ "status": 200, "size": answer.body.len(), "complete": true });
    assert_eq!(line["response"], response);
    // Kong's UUIDv5 of the name.
    let route = json!({ "id": "e4b88d1c-623f-5a40-b298-b23cfabd46de", "name": "chat" });
    assert_eq!(line["route"], route);
    assert_eq!(line["source"], "upstream");
    assert_eq!(line["upstream_status"], "200");
    assert_eq!(line["upstream_uri"], "/v1/chat/completions");
    for latency in ["kong", "proxy", "request"] {
        assert!(line["latencies"][latency].is_u64(), "{latency}: {line}");
    }
    let attempt = &line["tries"][0];
    assert_eq!(attempt["ip"], "127.0.0.1");
    assert_eq!(attempt["port"], mock.addr().port());
    assert_eq!(
        (&attempt["code"], &attempt["reused"]),
        (&json!(200), &json!(false))
    );
    assert!(attempt["balancer_start"].as_u64() >= line["started_at"].as_u64());

    let proxy = &line["ai"]["proxy"];
    let meta = &proxy["meta"];
    assert_eq!(meta["plugin_id"], id);
    assert_eq!(meta["provider_name"], "openai");
    assert_eq!(meta["request_model"], "gpt-4o-mini");
    assert_eq!(meta["response_model"], "gpt-4o-mini-2024-07-18");
    assert_eq!(meta["request_mode"], "oneshot");
    assert!(meta["llm_latency"].is_u64());
    let usage = &proxy["usage"];
    // "Say hi" is two words to the stand-in, its answer four.
    assert_eq!(usage["prompt_tokens"], 2);
    assert_eq!(usage["completion_tokens"], 4);
    assert_eq!(usage["total_tokens"], 6);
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 0);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 0);
    assert!(usage["time_per_token"].is_number() && usage["cost"].is_number());
    let tried = &proxy["tried_targets"][0];
    assert_eq!(tried["provider"], "openai");
    assert_eq!(tried["model"], "gpt-4o-mini");
    assert_eq!(tried["route_type"], "llm/v1/chat");
    assert_eq!(tried["upstream_scheme"], "http");
    assert_eq!(tried["host"], "127.0.0.1");
    assert_eq!(tried["port"], mock.addr().port());
    assert_eq!(tried["ip"], "127.0.0.1");
    assert_eq!(tried["upstream_uri"], "/v1/chat/completions");
    assert_eq!(proxy.get("payload"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_one_line() {
    let mock = mock().await;
    mock.script([Step {
        status: Some(500),
        ..Step::default()
    }]);
    let served = serve(&single(target("openai", &mock)));
    let mut ids = Vec::new();
    for path in ["/chat", "/chat", "/nope", "/chat"] {
        let stream = ids.len() == 3;
        let answer = post(served.address, path, &[], &ask(stream).to_string()).await;
        ids.push(answer.header("x-kong-request-id").to_owned());
    }
    let lines = served.settled();
    let logged: Vec<&str> = lines
        .iter()
        .map(|line| line["request"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(logged, ids);
    let statuses: Vec<&Value> = lines
        .iter()
        .map(|line| &line["response"]["status"])
        .collect();
    assert_eq!(
        statuses,
        [&json!(500), &json!(200), &json!(404), &json!(200)]
    );
    assert_eq!(lines[3]["ai"]["proxy"]["meta"]["request_mode"], "stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_log_statistics_there_is_no_ai_record() {
    for stream in [false, true] {
        let mock = mock().await;
        let mut target = target("openai", &mock);
        logging(&mut target, false, false);
        let served = serve(&single(target));
        assert_eq!(chat(served.address, &ask(stream)).await.status, 200);
        let line = served.line();
        assert_eq!(line.get("ai"), None);
        assert_eq!(line["response"]["status"], 200);
        assert_eq!(line["tries"][0]["code"], 200);
    }
}

/// Bodies as sent to the provider and as told to the client; since Kong 3.13 with or without statistics.
#[tokio::test(flavor = "multi_thread")]
async fn payloads_are_logged_only_where_the_file_says_so() {
    for provider in ["openai", "cohere"] {
        for (stream, statistics) in [(false, true), (true, true), (false, false), (true, false)] {
            let mock = mock().await;
            let mut target = target(provider, &mock);
            logging(&mut target, statistics, true);
            let served = serve(&single(target));
            let answer = chat(served.address, &ask(stream)).await;
            let proxy = &served.line()["ai"]["proxy"];
            let request = proxy["payload"]["request"].as_str().unwrap();
            let request: Value = serde_json::from_str(request).unwrap();
            assert_eq!(request, body(&mock, 0), "{provider}");
            assert_eq!(
                proxy["payload"]["response"],
                answer.text(),
                "{provider}, {stream}"
            );
            assert_eq!(proxy.get("usage").is_some(), statistics);
            assert_eq!(proxy.get("tried_targets").is_some(), statistics);
        }
    }
}

/// The canary: of the file, of the client's headers and of its query.
const CANARIES: [&str; 3] = [
    "CANARY-of-the-file",
    "CANARY-of-the-client",
    "CANARY-of-the-query",
];

fn canaried(mock: &Mock, url_of_none: &str) -> Served {
    let mut targets = [
        target("openai", mock),
        target("cohere", mock),
        target("openai", mock),
    ];
    targets[2]["model"]["options"]["upstream_url"] = json!(url_of_none);
    for target in &mut targets {
        target["auth"]["header_value"] = json!("{vault://env/CANARY_KEY}");
        logging(target, true, true);
    }
    let file =
        file(json!({ "balancer": { "retries": 0, "read_timeout": 200 }, "targets": targets }));
    serve_with(&file.to_string(), |options| {
        options.env = Box::new(|_| Some(format!("Bearer {}", CANARIES[0])));
    })
}

/// R-91: no occurrence in a line, an answer or an error, whatever happens.
#[tokio::test(flavor = "multi_thread")]
async fn r91_no_secret_is_told() {
    let mock = mock().await;
    let served = canaried(&mock, "http://nowhere.invalid/v1/chat/completions");
    let headers = [
        ("authorization", CANARIES[1]),
        ("x-api-key", CANARIES[1]),
        ("cookie", CANARIES[1]),
    ];
    let path = format!("/chat?key={0}&API-Key={0}&api_key={0}&x=1", CANARIES[2]);
    let steps = [
        Step::default(),
        Step {
            status: Some(401),
            ..Step::default()
        },
        Step {
            status: Some(500),
            ..Step::default()
        },
        Step {
            cut_after_bytes: Some(40),
            ..Step::default()
        },
        Step {
            close_before_headers: true,
            ..Step::default()
        },
        Step {
            never_answer: true,
            ..Step::default()
        },
        Step {
            body: Some("<html>".to_owned()),
            ..Step::default()
        },
        Step {
            error_event_at: Some(2),
            ..Step::default()
        },
    ];
    let mut told = String::new();
    let mut asked = 0;
    for step in steps {
        for stream in [false, true] {
            // One after another: two of three go to the mock, the last to a host without an address.
            mock.script([step.clone(), step.clone()]);
            for _ in 0..3 {
                let answer = post(served.address, &path, &headers, &ask(stream).to_string()).await;
                told.push_str(&format!("{:?}{}", answer.headers, answer.text()));
                asked += 1;
            }
        }
    }
    for body in [
        "{}",
        "CANARY",
        r#"{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#,
    ] {
        let answer = post(served.address, &path, &headers, body).await;
        told.push_str(&format!("{:?}{}", answer.headers, answer.text()));
        asked += 1;
    }
    // The key did go where it was due.
    let key = format!("Bearer {}", CANARIES[0]);
    assert!(
        mock.attempts()
            .iter()
            .all(|attempt| attempt.headers["authorization"] == key)
    );
    assert!(!mock.attempts().is_empty());
    let log = served.settled_text();
    assert_eq!(log.lines().count(), asked);
    for canary in CANARIES {
        assert!(!told.contains(canary), "{canary} in an answer");
        assert!(!log.contains(canary), "{canary} in the log");
    }
    assert!(log.contains("key=REDACTED&API-Key=REDACTED&api_key=REDACTED&x=1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stalls_is_told_as_far_as_it_came() {
    let mock = mock().await;
    let file = single(target("openai", &mock)).to_string();
    let served = serve_with(&file, |options| {
        options.bounds.body_timeout = Duration::from_millis(100);
    });
    let mut client = Client::connect(served.address).await;
    let head = "POST /chat HTTP/1.1\r\nhost: gateway.test\r\ncontent-type: application/json\r\n";
    let begun = format!("{head}content-length: 10\r\n\r\n{{ \"");
    client.write(begun.as_bytes()).await;
    assert_eq!(client.answer().await.status, 408);
    let line = served.line();
    assert_eq!(line["response"]["status"], 408);
    assert_eq!(line["request"]["size"], 3);
}
