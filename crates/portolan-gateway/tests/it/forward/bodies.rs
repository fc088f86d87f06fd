//! A client's body on its way to a service.

use std::sync::Mutex;

use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::{
    ask, at, before, file,
    service::{echo, field, ok, service},
    sized,
};
use crate::{
    client::Client,
    harness::{READ_TIMEOUT, Served, serve, serve_with},
};

const CHUNKED: &str = "POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n";
/// More than is read before a service is called.
const LONG: usize = 100 * 1024;

fn unbuffered(address: std::net::SocketAddr) -> Served {
    serve(&file(at(address), json!({ "request_buffering": false })))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_with_its_length() {
    let served = before(echo().await);
    let answer = ask(served.address, &sized("POST", "hello")).await;
    assert_eq!(field(answer.text(), "content-length"), Some("5"));
    assert!(answer.text().ends_with("\r\n\r\nhello"));
    // An empty one that was announced, too.
    let answer = ask(served.address, &sized("POST", "")).await;
    assert_eq!(field(answer.text(), "content-length"), Some("0"));
    let answer = ask(served.address, &sized("GET", "odd")).await;
    assert!(answer.text().ends_with("\r\n\r\nodd"));
    let sizes: Vec<_> = served
        .settled()
        .iter()
        .map(|line| line["response"]["status"].clone())
        .collect();
    assert_eq!(sizes, [200, 200, 200]);
}

/// `kong-core.md` 2.8: what is buffered has a length by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_measured_where_it_is_buffered() {
    let echo = echo().await;
    let asked = format!("{CHUNKED}\r\n5\r\nhello\r\n0\r\n\r\n");
    let answer = ask(before(echo).address, &asked).await;
    assert_eq!(field(answer.text(), "content-length"), Some("5"));
    assert_eq!(field(answer.text(), "transfer-encoding"), None);
    assert!(answer.text().ends_with("\r\n\r\nhello"));
    let answer = ask(unbuffered(echo).address, &asked).await;
    assert_eq!(field(answer.text(), "content-length"), None);
    assert_eq!(field(answer.text(), "transfer-encoding"), Some("chunked"));
    assert!(answer.text().ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
}

/// As nginx tells it: some services refuse a POST that says nothing of its length.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_chunked_body_is_measured_too() {
    let asked = format!("{CHUNKED}\r\n0\r\n\r\n");
    let answer = ask(before(echo().await).address, &asked).await;
    assert_eq!(field(answer.text(), "content-length"), Some("0"));
    assert_eq!(field(answer.text(), "transfer-encoding"), None);
}

/// Who the client is, the gateway says.
#[tokio::test(flavor = "multi_thread")]
async fn trailers_say_nothing_of_who_the_client_is() {
    let asked = format!(
        "{CHUNKED}trailer: x-consumer-username, x_consumer_id, x-real-ip, x-sum\r\n\r\n2\r\nhi\r\n0\r\nx-consumer-username: root\r\nx_consumer_id: 1\r\nx-real-ip: 192.0.2.1\r\nx-sum: 42\r\n\r\n"
    );
    let answer = ask(before(echo().await).address, &asked).await;
    let end = "\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n";
    assert!(answer.text().ends_with(end), "{}", answer.text());
}

/// What was kept to be sent again is for nobody once there is an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_was_answered_is_not_held_on() {
    const KIB: usize = 1024;
    let (go, gone) = oneshot::channel::<()>();
    let gate = Mutex::new(Some(gone));
    let address = service(move |_, mut peer| {
        let gate = gate.lock().unwrap().take();
        async move {
            peer.request().await.unwrap();
            let Some(gate) = gate else {
                peer.write(&ok("read")).await;
                return;
            };
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst")
                .await;
            gate.await.unwrap();
            peer.write("last").await;
        }
    })
    .await;
    let mut file = file(at(address), json!({}));
    file["services"][0]["routes"] = json!([
        { "name": "streamed", "paths": ["/streamed"], "request_buffering": false },
        { "name": "kept", "paths": ["/kept"] },
    ]);
    // For one body and half of another.
    let served = serve_with(&file.to_string(), |options| {
        options.bounds.held_bytes = 80 * KIB;
    });
    let asked = |path: &str| {
        let whole = sized("PUT", &"x".repeat(40 * KIB));
        whole.replacen("PUT / ", &format!("PUT {path} "), 1)
    };
    let mut client = Client::connect(served.address).await;
    client.write(asked("/streamed").as_bytes()).await;
    client.seen("first").await;
    let other = ask(served.address, &asked("/kept")).await;
    assert_eq!((other.status, other.text()), (200, "read"));
    go.send(()).unwrap();
    assert_eq!(client.answer().await.text(), "firstlast");
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_of_a_body_go_with_it() {
    let echo = echo().await;
    let asked = format!("{CHUNKED}trailer: x-sum\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n");
    for served in [before(echo), unbuffered(echo)] {
        let answer = ask(served.address, &asked).await;
        assert_eq!(field(answer.text(), "trailer"), Some("x-sum"));
        let end = "\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n";
        assert!(answer.text().ends_with(end), "{}", answer.text());
    }
}

/// The service has the beginning before the client has sent the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_body_goes_on_as_it_comes() {
    let (tell, told) = oneshot::channel::<()>();
    let gate = Mutex::new(Some(tell));
    let address = service(move |_, mut peer| {
        let gate = gate.lock().unwrap().take();
        async move {
            let head = peer.head().await.unwrap();
            assert_eq!(field(&head, "content-length"), Some("102405"));
            peer.until("first").await.unwrap();
            gate.unwrap().send(()).unwrap();
            peer.until("last!").await.unwrap();
            peer.write(&ok("read")).await;
        }
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    let head = format!(
        "PUT / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: {}\r\n\r\nfirst",
        LONG + 5
    );
    client.write(head.as_bytes()).await;
    client.write("x".repeat(LONG - 5).as_bytes()).await;
    told.await.unwrap();
    client.write(b"last!").await;
    assert_eq!(client.answer().await.text(), "read");
}

/// Unbuffered, a service is called with the head alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_unbuffered_body_is_not_waited_for() {
    let (pieces, mut seen) = mpsc::unbounded_channel();
    let address = service(move |_, mut peer| {
        let pieces = pieces.clone();
        async move {
            pieces.send(peer.head().await.unwrap()).unwrap();
            for end in ["one", "two"] {
                pieces.send(peer.until(end).await.unwrap()).unwrap();
            }
            peer.until("0\r\n\r\n").await.unwrap();
            peer.write(&ok("read")).await;
        }
    });
    let served = unbuffered(address.await);
    let mut client = Client::connect(served.address).await;
    client.write(format!("{CHUNKED}\r\n").as_bytes()).await;
    let head = seen.recv().await.unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
    for piece in ["one", "two"] {
        client.write(format!("3\r\n{piece}\r\n").as_bytes()).await;
        assert!(seen.recv().await.unwrap().ends_with(piece));
    }
    client.write(b"0\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "read");
    assert_eq!(served.line()["response"]["status"], 200);
}

/// The rest of the upload is not awaited.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_before_the_bodys_end_is_handed_on() {
    let address = service(|_, mut peer| async move {
        peer.head().await.unwrap();
        peer.write("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 4\r\n\r\nstop")
            .await;
        assert!(peer.until("never").await.is_none());
    })
    .await;
    let served = before(address);
    let mut client = Client::connect(served.address).await;
    let head = "POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 10000000\r\n\r\n";
    client.write(head.as_bytes()).await;
    client.write("x".repeat(LONG).as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.text()), (413, "stop"));
    assert!(client.ended().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_in_the_middle_takes_its_request_along() {
    let (begin, begun) = oneshot::channel();
    let (tell, told) = oneshot::channel::<bool>();
    let gate = Mutex::new(Some((begin, tell)));
    let address = service(move |_, mut peer| {
        let (begin, tell) = gate.lock().unwrap().take().unwrap();
        async move {
            peer.head().await.unwrap();
            begin.send(()).unwrap();
            let whole = peer.until("end").await.is_some();
            tell.send(whole).unwrap();
        }
    });
    let served = unbuffered(address.await);
    let mut client = Client::connect(served.address).await;
    client
        .write(format!("{CHUNKED}\r\n3\r\nhal\r\n").as_bytes())
        .await;
    begun.await.unwrap();
    drop(client);
    assert!(!told.await.unwrap());
    assert_eq!(served.line()["response"]["status"], 499);
}

/// nginx's `client_body_timeout`: the client's fault is not told as the service's.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stalls_in_the_middle_is_told_so() {
    let address = service(|_, mut peer| async move {
        peer.head().await.unwrap();
        assert!(peer.until("never").await.is_none());
    })
    .await;
    for buffered in [true, false] {
        let file = file(at(address), json!({ "request_buffering": buffered }));
        let served = serve_with(&file.to_string(), |options| {
            options.bounds.body_timeout = std::time::Duration::from_millis(READ_TIMEOUT);
        });
        let mut client = Client::connect(served.address).await;
        client
            .write(format!("{CHUNKED}\r\n3\r\nhal\r\n").as_bytes())
            .await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 408, "{buffered}");
        assert!(answer.text().contains("Request timeout"));
    }
}

/// What the client is slow to send is no silence of the service's.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_does_not_time_its_service_out() {
    let address = service(|_, mut peer| async move {
        peer.until("0\r\n\r\n").await.unwrap();
        peer.write(&ok("read")).await;
    })
    .await;
    let mut quick = at(address);
    quick["read_timeout"] = json!(READ_TIMEOUT);
    let served = serve(&file(quick, json!({ "request_buffering": false })));
    let mut client = Client::connect(served.address).await;
    client
        .write(format!("{CHUNKED}\r\n3\r\nhal\r\n").as_bytes())
        .await;
    // Longer than the service may be silent: the wait itself is what is tested.
    tokio::time::sleep(std::time::Duration::from_millis(2 * READ_TIMEOUT)).await;
    client.write(b"0\r\n\r\n").await;
    assert_eq!(client.answer().await.text(), "read");
}
