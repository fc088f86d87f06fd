//! `correlation-id`: what upstream, client and log are told is one.

use std::process;

use serde_json::{Value, json};

use super::{ask, sent, served};
use crate::{
    client::{Client, request},
    harness::mock,
};

const NAME: &str = "kong-request-id";

fn correlation(config: Value) -> Value {
    json!([{ "name": "correlation-id", "config": config }])
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || digit(byte))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uuid_and_a_count_by_default() {
    let mock = mock().await;
    let served = served(&mock, &correlation(json!({ "echo_downstream": true })));
    let mut counts = Vec::new();
    let mut uuids = Vec::new();
    for target in ["/plain", "/chat", "/nope"] {
        let answer = ask(&served, target, &[]).await;
        let id = answer.header(NAME).to_owned();
        if target == "/plain" {
            assert_eq!(sent(&mock, &[NAME]), [Some(id.clone())], "{target}");
        }
        let (uuid, count) = id.split_once('#').unwrap();
        assert!(is_uuid(uuid), "{id}");
        uuids.push(uuid.to_owned());
        counts.push(count.parse::<u64>().unwrap());
    }
    assert!(uuids.iter().all(|uuid| *uuid == uuids[0]), "{uuids:?}");
    assert!(counts.is_sorted_by(|one, two| one < two), "{counts:?}");
    let lines = served.settled();
    for (line, count) in lines.iter().zip(&counts).take(2) {
        let id = format!("{}#{count}", uuids[0]);
        assert_eq!(line["correlation_id"], json!(id));
    }
    // No plugin's access phase ran.
    assert_eq!(lines[2].get("correlation_id"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_own_is_kept() {
    let mock = mock().await;
    let config = json!({ "header_name": "X-Trace", "echo_downstream": true, "generator": "uuid" });
    let served = served(&mock, &correlation(config));
    let answer = ask(&served, "/plain", &[("x-trace", "mine 1")]).await;
    assert_eq!(answer.header("x-trace"), "mine 1");
    assert_eq!(sent(&mock, &["x-trace"]), [Some("mine 1".to_owned())]);
    // An empty one is none.
    let answer = ask(&served, "/plain", &[("x-trace", "")]).await;
    let id = answer.header("x-trace").to_owned();
    assert!(is_uuid(&id), "{id}");
    assert_eq!(sent(&mock, &["x-trace"]), [Some(id.clone())]);
    let lines = served.settled();
    assert_eq!(lines[0]["correlation_id"], "mine 1");
    assert_eq!(lines[1]["correlation_id"], json!(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_echoed_unless_the_file_says_so() {
    let mock = mock().await;
    let served = served(&mock, &correlation(json!({})));
    let answer = ask(&served, "/plain", &[]).await;
    assert_eq!(answer.find(NAME), None);
    assert!(sent(&mock, &[NAME])[0].is_some());
}

/// Server address, port, process, connection, its request, time: `kong-core.md` 5.10.
#[tokio::test(flavor = "multi_thread")]
async fn a_tracker_tells_connection_and_request() {
    let mock = mock().await;
    let config = json!({ "generator": "tracker", "echo_downstream": true });
    let served = served(&mock, &correlation(config));
    let mut serials = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect(served.address).await;
        for nth in ["1", "2"] {
            client
                .write(request("POST", "/plain", &[], super::CHAT).as_bytes())
                .await;
            let id = client.answer().await.header(NAME).to_owned();
            let parts: Vec<&str> = id.split('-').collect();
            let [address, port, pid, serial, request, time] = parts[..] else {
                panic!("{id}");
            };
            assert_eq!(address, "127.0.0.1");
            assert_eq!(port, served.address.port().to_string());
            assert_eq!(pid, process::id().to_string());
            assert_eq!(request, nth);
            let (seconds, millis) = time.split_once('.').unwrap();
            assert!(seconds.parse::<u64>().unwrap() > 1_700_000_000);
            assert!(millis.len() == 3 && millis.parse::<u16>().is_ok(), "{time}");
            serials.push(serial.parse::<u64>().unwrap());
        }
    }
    assert_eq!(serials[0], serials[1]);
    assert_eq!(serials[2], serials[3]);
    assert!(serials[0] < serials[2], "{serials:?}");
}
