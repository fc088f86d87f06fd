//! The admin listener over real sockets: whom it answers, and what.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use portolan_mock::{Mock, Step};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    client::{Answer, Client, chat, request},
    harness::{PATIENCE, Served, ask, mock, serve, serve_with, single, target},
};

async fn asked(address: SocketAddr, head: &str) -> Answer {
    let mut client = Client::connect(address).await;
    client.write(format!("{head}\r\n\r\n").as_bytes()).await;
    client.answer().await
}

/// What `GET /status` tells of a gateway that has an admin listener.
pub(crate) async fn status(served: &Served) -> Value {
    let address = served.gateway.admin_address().expect("an admin listener");
    let head = format!("GET /status HTTP/1.1\r\nHost: {address}");
    let answer = asked(address, &head).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(crate) fn with_admin(file: &Value) -> Served {
    serve_with(&file.to_string(), |options| {
        options.admin = Some(([127, 0, 0, 1], 0).into());
        // A stream that never ends holds no test up.
        options.drain = Duration::from_secs(1);
    })
}

async fn served() -> (Served, SocketAddr, Mock) {
    let mock = mock().await;
    let served = with_admin(&single(target("openai", &mock)));
    let address = served.gateway.admin_address().unwrap();
    (served, address, mock)
}

/// The name of a page that resolves to this machine is no name of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_is_refused() {
    let (_served, address, _mock) = served().await;
    let port = address.port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("127.0.0.1".to_owned(), 200),
        (format!("rebound.example:{port}"), 403),
        ("127.0.0.1.rebound.example".to_owned(), 403),
        ("localhost.rebound.example".to_owned(), 403),
    ] {
        let head = format!("GET /status HTTP/1.1\r\nHost: {host}");
        let answer = asked(address, &head).await;
        assert_eq!(answer.status, status, "{host}");
        if status == 403 {
            let told = answer.json();
            assert!(told["message"].as_str().unwrap().contains("localhost"));
            assert_eq!(told.as_object().unwrap().len(), 1, "nothing else");
        }
    }
    for hosts in ["", "\r\nHost: localhost\r\nHost: localhost"] {
        let head = format!("GET /status HTTP/1.1{hosts}");
        assert_eq!(asked(address, &head).await.status, 400, "{hosts:?}");
    }
    let absolute = "GET http://rebound.example/status HTTP/1.1\r\nHost: localhost";
    assert_eq!(asked(address, absolute).await.status, 403);
}

/// `kong-core.md` 7.2.
#[tokio::test(flavor = "multi_thread")]
async fn only_reading_the_status_is_answered() {
    let (_served, address, _mock) = served().await;
    let ask = async |line: &str| {
        let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0");
        asked(address, &head).await
    };
    let unknown = ask("GET /services").await;
    assert_eq!(
        (unknown.status, unknown.json()),
        (404, json!({ "message": "Not found" }))
    );
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let refused = ask(&format!("{method} /status")).await;
        assert_eq!(
            (refused.status, refused.json()),
            (405, json!({ "message": "Method not allowed" })),
            "{method}"
        );
        assert_eq!(refused.header("allow"), "GET, HEAD");
    }
    let whole = ask("GET /status").await;
    assert_eq!(
        whole.header("content-type"),
        "application/json; charset=utf-8"
    );
    // A page elsewhere may send its reader here, and reads nothing of it.
    assert_eq!(whole.find("access-control-allow-origin"), None);
}

/// Everything that is said until the connection ends.
async fn told(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Of a request that is too long not all may be taken, and the connection then be reset.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said))
        .await
        .expect("an end");
    String::from_utf8(said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_answered_without_a_body() {
    let (_served, address, _mock) = served().await;
    let said = told(address, "HEAD /status HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.ends_with("\r\n\r\n"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_end_is_refused() {
    let (_served, address, _mock) = served().await;
    let long = "x".repeat(1 << 20);
    let request = format!("GET /status HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n");
    let said = told(address, &request).await;
    assert!(!said.contains("HTTP/1.1 200"), "{said}");
}

/// Kong's names; requests of the admin listener itself are not counted.
#[tokio::test(flavor = "multi_thread")]
async fn connections_and_requests_are_counted() {
    let (served, _, _mock) = served().await;
    let none = json!({
        "connections_accepted": 0,
        "connections_active": 0,
        "connections_handled": 0,
        "connections_writing": 0,
        "total_requests": 0,
    });
    assert_eq!(status(&served).await["server"], none);
    let asked = ask(false);
    let mut kept = Client::connect(served.address).await;
    for _ in 0..2 {
        kept.post("/chat", &[], &asked.to_string()).await;
        assert_eq!(kept.answer().await.status, 200);
    }
    assert_eq!(chat(served.address, &asked).await.status, 200);
    kept.post("/nowhere", &[], "{}").await;
    assert_eq!(kept.answer().await.status, 404);
    let told = status(&served).await;
    assert_eq!(told["server"]["connections_accepted"], 2);
    assert_eq!(told["server"]["connections_handled"], 2);
    assert_eq!(told["server"]["total_requests"], 4);
    let portolan = &told["portolan"];
    assert_eq!(portolan["version"], env!("CARGO_PKG_VERSION"));
    let configuration = &portolan["configuration"];
    assert_eq!(configuration["last_reload"], Value::Null);
    let reloads = json!({ "applied": 0, "unchanged": 0, "refused": 0 });
    assert_eq!(configuration["reloads"], reloads);
    for time in [&portolan["started_at"], &configuration["loaded_at"]] {
        let time = time.as_str().unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
    }
}

/// Waits until as many connections are open, and as many of them being written to.
async fn counted(served: &Served, active: u64, writing: u64) {
    let began = Instant::now();
    loop {
        let server = status(served).await["server"].clone();
        let [now_active, now_writing] = ["connections_active", "connections_writing"]
            .map(|count| server[count].as_u64().unwrap());
        assert!(now_writing <= now_active, "{server}");
        if (now_active, now_writing) == (active, writing) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{server}");
        // A pause between two questions, not a wait for the answer.
        sleep(Duration::from_millis(5)).await;
    }
}

/// A stream under way is a connection that is being written to, until its client closes or resets it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_counted() {
    let mock = mock().await;
    let stalled = || Step {
        stall_after_bytes: Some(1_000),
        ..Step::default()
    };
    mock.script([stalled(), stalled()]);
    let served = with_admin(&single(target("openai", &mock)));
    let asked = request("POST", "/chat", &[], &ask(true).to_string());
    for reset in [false, true] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        counted(&served, 1, 0).await;
        stream.write_all(asked.as_bytes()).await.unwrap();
        stream.read_u8().await.unwrap();
        counted(&served, 1, 1).await;
        if reset {
            let socket = socket2::SockRef::from(&stream);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
        }
        drop(stream);
        counted(&served, 0, 0).await;
    }
    // One that stays open after its answer is not written to.
    let mut kept = Client::connect(served.address).await;
    kept.post("/nowhere", &[], "{}").await;
    assert_eq!(kept.answer().await.status, 404);
    counted(&served, 1, 0).await;
    drop(kept);
    counted(&served, 0, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_there_is_no_admin_listener() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    assert_eq!(served.gateway.admin_address(), None);
}
