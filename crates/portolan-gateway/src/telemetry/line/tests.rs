use std::{
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use http::{HeaderValue, uri::PathAndQuery};
use portolan_config::{
    compiled::{ApiKey, Consumer, PluginConfig},
    secret::Secret,
};
use portolan_llm::usage::Tokens;
use serde_json::{Value, json};

use crate::telemetry::{AiRecord, Outcome, Record, SentTo, Try};

fn at(started: Instant, millis: u64) -> Instant {
    started + Duration::from_millis(millis)
}

/// Two targets of one file; the first logs neither statistics nor payloads.
fn config() -> portolan_config::compiled::Config {
    let file = r#"
_format_version: "3.0"
routes:
- name: chat
  paths: [/chat]
  plugins:
  - name: ai-proxy-advanced
    id: 5e0d3f6a-0000-4000-8000-000000000000
    config:
      targets:
      - {route_type: llm/v1/chat, model: {provider: cohere, name: command-r}}
      - {route_type: llm/v1/chat, model: {provider: openai, name: gpt-4o}, logging: {log_statistics: true}}
"#;
    let source = portolan_config::Source {
        name: "kong.yaml".to_owned(),
        text: file.to_owned(),
    };
    portolan_config::load(&[source], &|_| None).unwrap().config
}

/// Started at a round second; ended 45 ms later.
fn record(uri: &str, outcome: Outcome) -> Record {
    let started = Instant::now();
    Record {
        id: "0123".to_owned(),
        started,
        started_at: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        client_ip: "192.0.2.1".parse().unwrap(),
        method: http::Method::POST,
        uri: uri.parse().unwrap(),
        request_size: 7,
        route: None,
        consumer: None,
        credential: None,
        correlation_id: None,
        key_parameters: None,
        status: 200,
        response_size: 11,
        tries: Vec::new(),
        ai: None,
        outcome,
        ended: Some(at(started, 45)),
    }
}

/// A failed try after 1 ms and a good one after 5, whose head came after 25 and whose first content after 35.
fn proxied(outcome: Outcome) -> Record {
    let config = config();
    let route = Arc::clone(&config.routes[0]);
    let PluginConfig::AiProxy(proxy) = &route.plugins[0].config else {
        panic!("an AI proxy");
    };
    let mut record = record("/chat", outcome);
    let started = record.started;
    let attempt = |target: usize, began: u64| Try {
        to: SentTo::Target {
            target: Arc::clone(&proxy.targets[target]),
            model: ["command-r", "gpt-4o"][target].to_owned(),
        },
        peer: Some("192.0.2.2:443".parse().unwrap()),
        reused: target == 1,
        began: at(started, began),
        head: None,
        status: None,
        fault: None,
    };
    record.tries = vec![
        Try {
            fault: Some("could not connect".to_owned()),
            ..attempt(0, 1)
        },
        Try {
            head: Some(at(started, 25)),
            status: Some(200),
            ..attempt(1, 5)
        },
    ];
    record.ai = Some(AiRecord {
        proxy: Arc::clone(proxy),
        stream: true,
        response_model: Some("gpt-4o-2024-08-06".to_owned()),
        tokens: Some(Tokens {
            input: 12,
            output: 8,
            cached_input: Some(4),
            reasoning: None,
        }),
        first_content: Some(at(started, 35)),
        dropped: vec!["top_k".to_owned()],
        malformed: 0,
        payload_request: Some("{}".to_owned()),
        payload_response: None,
    });
    record.route = Some(Arc::clone(&route));
    record
}

fn written(record: &Record) -> Value {
    let mut out = Vec::new();
    super::write(record, &mut out);
    assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert_eq!(out.last(), Some(&b'\n'));
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_request_that_no_upstream_saw() {
    let expected = json!({
        "started_at": 1_700_000_000_000_u64,
        "client_ip": "192.0.2.1",
        "request": { "id": "0123", "method": "POST", "uri": "/nope", "size": 7 },
        "response": { "status": 200, "size": 11, "complete": true },
        "upstream_uri": "",
        "upstream_status": "",
        "latencies": { "kong": 45, "proxy": -1, "request": 45 },
        "tries": [],
        "source": "kong",
    });
    assert_eq!(written(&record("/nope", Outcome::Completed)), expected);
}

/// Every time by hand: 5 = 5 - 0, 20 = 25 - 5, 40 = 45 - 5, 30 = 35 - 5; 40 ms for 8 tokens are 5 each.
#[test]
fn a_request_with_two_tries() {
    let line = written(&proxied(Outcome::Completed));
    assert_eq!(
        line["latencies"],
        json!({ "kong": 5, "proxy": 20, "request": 45 })
    );
    assert_eq!(line["upstream_status"], "-, 200");
    assert_eq!(line["upstream_uri"], "/v1/chat/completions");
    assert_eq!(line["source"], "upstream");
    // Kong's UUIDv5 of the name.
    let route = json!({ "id": "e4b88d1c-623f-5a40-b298-b23cfabd46de", "name": "chat" });
    assert_eq!(line["route"], route);
    let tries = json!([
        {
            "balancer_start": 1_700_000_000_001_u64,
            "ip": "192.0.2.2",
            "port": 443,
            "reused": false,
            "state": "next",
            "fault": "could not connect",
        },
        {
            "balancer_start": 1_700_000_000_005_u64,
            "ip": "192.0.2.2",
            "port": 443,
            "reused": true,
            "code": 200,
        },
    ]);
    assert_eq!(line["tries"], tries);
    let proxy = &line["ai"]["proxy"];
    let meta = json!({
        "plugin_id": "5e0d3f6a-0000-4000-8000-000000000000",
        "provider_name": "openai",
        "request_model": "gpt-4o",
        "response_model": "gpt-4o-2024-08-06",
        "request_mode": "stream",
        "llm_latency": 40,
        "dropped_fields": ["top_k"],
    });
    assert_eq!(proxy["meta"], meta);
    let usage = json!({
        "prompt_tokens": 12,
        "completion_tokens": 8,
        "total_tokens": 20,
        "prompt_tokens_details": { "cached_tokens": 4 },
        "time_per_token": 5.0,
        "time_to_first_token": 30,
        "cost": 0,
    });
    assert_eq!(proxy["usage"], usage);
    let hosts: Vec<&Value> = proxy["tried_targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tried| &tried["host"])
        .collect();
    assert_eq!(hosts, [&json!("api.cohere.com"), &json!("api.openai.com")]);
    assert_eq!(proxy.get("payload"), None);
}

/// Kong's 499; a cut answer keeps the status that was promised, and is not complete.
#[test]
fn how_a_request_ended() {
    for (outcome, status, complete) in [
        (Outcome::Completed, 200, true),
        (Outcome::Cut, 200, false),
        (Outcome::ClientGone, 499, false),
    ] {
        let response = &written(&proxied(outcome))["response"];
        assert_eq!(response["status"], status);
        assert_eq!(response["complete"], complete);
    }
}

/// The last target's `logging` decides.
#[test]
fn what_is_not_to_be_logged_is_not() {
    let mut record = proxied(Outcome::Completed);
    record.tries.pop();
    assert_eq!(written(&record).get("ai"), None);
}

#[test]
fn keys_in_a_query_are_not_written() {
    let uri = "/chat?api-key=FAKE&x=1&KEY=FAKE&keys=2&token&Access_Token=FAKE=FAKE";
    let line = written(&record(uri, Outcome::Completed));
    assert_eq!(
        line["request"]["uri"],
        "/chat?api-key=REDACTED&x=1&KEY=REDACTED&keys=2&token&Access_Token=REDACTED"
    );
}

/// Those of the file besides, however they are spelt, and of what went to a service too.
#[test]
fn keys_that_the_file_names_are_not_written() {
    let mut record = record("/a?x-%6Bey=FAKE&X-Key=FAKE&x-keys=2", Outcome::Completed);
    record.key_parameters = Some(Arc::from(["x-key".to_owned()]));
    record.tries = vec![Try::begun(SentTo::Service {
        uri: PathAndQuery::from_static("/b?y=1&x-key=FAKE"),
    })];
    let line = written(&record);
    assert_eq!(
        line["request"]["uri"],
        "/a?x-%6Bey=REDACTED&X-Key=REDACTED&x-keys=2"
    );
    assert_eq!(line["upstream_uri"], "/b?y=1&x-key=REDACTED");
}

/// `kong-core.md` 7.6; of the consumer what names it.
#[test]
fn who_asked_is_told() {
    let consumer = Consumer {
        id: "7a9e".to_owned(),
        username: Some("anne".to_owned()),
        custom_id: None,
        groups: vec!["gold".to_owned()],
        acls: Vec::new(),
        keys: vec![ApiKey {
            id: "k1".to_owned(),
            key: Secret::new("FAKE-key"),
            expires: None,
        }],
    };
    let mut record = record("/a", Outcome::Completed);
    record.consumer = Some(Arc::new(consumer));
    record.correlation_id = Some(HeaderValue::from_bytes(b"id-\xff").unwrap());
    let line = written(&record);
    assert_eq!(
        line["consumer"],
        json!({ "id": "7a9e", "username": "anne" })
    );
    assert_eq!(line["correlation_id"], "id-\u{fffd}");
    // The anonymous consumer has no credential.
    assert_eq!(line.get("authenticated_entity"), None);
    record.credential = Some(Arc::from("k1"));
    let line = written(&record);
    assert_eq!(
        line["authenticated_entity"],
        json!({ "id": "k1", "consumer_id": "7a9e" })
    );
    assert!(!line.to_string().contains("FAKE"), "{line}");
}
