use http::HeaderMap;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn status() -> Status {
    Status {
        board: Arc::default(),
        counters: vec![Arc::default(), Arc::default()],
    }
}

async fn asked(status: &Status, method: Method, path: &str) -> (StatusCode, HeaderMap, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:8001")
        .body(())
        .unwrap();
    let (head, body) = answer(&request, status).into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status,
        head.headers,
        serde_json::from_slice(&body).unwrap(),
    )
}

/// `kong-core.md` 7.2.
#[tokio::test]
async fn what_is_not_there_is_refused_as_kong_refuses_it() {
    let status = status();
    let (code, _, body) = asked(&status, Method::GET, "/services").await;
    assert_eq!(
        (code.as_u16(), body),
        (404, json!({ "message": "Not found" }))
    );
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let (code, headers, body) = asked(&status, method, "/status").await;
        assert_eq!(
            (code.as_u16(), body),
            (405, json!({ "message": "Method not allowed" }))
        );
        assert_eq!(headers[header::ALLOW], "GET, HEAD");
    }
}

#[tokio::test]
async fn the_document_sums_the_workers() {
    let status = status();
    for counters in &status.counters {
        counters.connection_opened();
        counters.connection_opened();
        counters.connection_closed();
        counters.request_begun();
    }
    let (code, _, body) = asked(&status, Method::GET, "/status").await;
    assert_eq!(code, StatusCode::OK);
    let server = json!({
        "connections_accepted": 4,
        "connections_active": 2,
        "connections_handled": 4,
        "connections_writing": 2,
        "total_requests": 2,
    });
    assert_eq!(body["server"], server);
    assert_eq!(body.get("configuration_hash"), None);
    assert_eq!(body["portolan"]["version"], env!("CARGO_PKG_VERSION"));
    let configuration = &body["portolan"]["configuration"];
    assert_eq!(configuration["loaded_at"], body["portolan"]["started_at"]);
    let none = json!({ "applied": 0, "unchanged": 0, "refused": 0 });
    assert_eq!(configuration["reloads"], none);
    assert_eq!(configuration["last_reload"], Value::Null);
}

#[tokio::test]
async fn each_outcome_is_counted_and_the_last_is_told() {
    let status = status();
    status.board.applied(0xfeed, 3);
    let (_, _, body) = asked(&status, Method::GET, "/status").await;
    let last = &body["portolan"]["configuration"]["last_reload"];
    assert_eq!(
        (&last["outcome"], &last["warnings"]),
        (&json!("applied"), &json!(3))
    );
    status.board.unchanged();
    let faults = (0..130).map(|number| Fault::new(format!("fault {number}")));
    status.board.refused(faults.collect());
    let (_, _, body) = asked(&status, Method::GET, "/status").await;
    assert_eq!(
        body["configuration_hash"],
        "0000000000000000000000000000feed"
    );
    let configuration = &body["portolan"]["configuration"];
    let counts = json!({ "applied": 1, "unchanged": 1, "refused": 1 });
    assert_eq!(configuration["reloads"], counts);
    let last = &configuration["last_reload"];
    assert_eq!(last["outcome"], "refused");
    assert_eq!(last.get("warnings"), None);
    assert_eq!(last["faults"].as_array().unwrap().len(), 100);
    assert_eq!(last["faults_left_out"], 30);
    let first = json!({ "severity": "error", "message": "fault 0" });
    assert_eq!(last["faults"][0], first);

    status.board.unchanged();
    let (_, _, body) = asked(&status, Method::GET, "/status").await;
    let last = &body["portolan"]["configuration"]["last_reload"];
    assert_eq!(last["outcome"], "unchanged");
    assert_eq!(last["faults"], json!([]));
}

/// By either bound.
#[tokio::test]
async fn a_client_that_takes_too_long_is_closed() {
    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);
    for (head, connection) in [(SHORT, LONG), (LONG, SHORT)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bounds = Bounds { head, connection };
        let serving = tokio::spawn(serve(listener, Arc::new(status()), bounds));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET /status HTTP/1.1\r\n").await.unwrap();
        let mut said = Vec::new();
        let ended = timeout(LONG / 2, client.read_to_end(&mut said)).await;
        let _ = ended.expect("the connection is closed");
        assert!(!said.starts_with(b"HTTP/1.1 200"));
        serving.abort();
    }
}
