//! A service's answer on its way to the client.

use std::time::Duration;

use serde_json::json;
use tokio::{sync::oneshot, time::timeout};

use super::{
    ask, at, before, file, get,
    service::{Peer, ok, service},
};
use crate::{
    client::Client,
    harness::{PATIENCE, READ_TIMEOUT, Served, serve},
};

/// Answers each request with these bytes, and closes.
async fn saying(answer: &'static str) -> Served {
    let address = service(move |_, mut peer| async move {
        peer.request().await;
        peer.write(answer).await;
    });
    before(address.await)
}

/// All that the gateway says to one request whose connection it closes.
async fn said(address: std::net::SocketAddr, head: &str) -> String {
    let mut client = Client::connect(address).await;
    client.write(head.as_bytes()).await;
    client.rest().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_passes_with_its_head() {
    let served = saying(
        "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 3\r\ncontent-type: text/tea\r\nset-cookie: a=b\r\nset-cookie: c=d\r\nserver: pot/1\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-accel-redirect: /inside\r\nconnection: x-hop\r\nx-hop: 1\r\n\r\ntea",
    )
    .await;
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.status, answer.text()), (418, "tea"));
    assert_eq!(answer.header("content-length"), "3");
    assert_eq!(answer.header("content-type"), "text/tea");
    assert_eq!(answer.header("server"), "pot/1");
    assert_eq!(answer.header("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    let cookies: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(cookies, ["a=b", "c=d"]);
    for gone in ["x-accel-redirect", "x-hop"] {
        assert_eq!(answer.find(gone), None, "{gone}");
    }
    assert!(answer.header("via").starts_with("1.1 portolan/"));
    for latency in ["x-kong-upstream-latency", "x-kong-proxy-latency"] {
        assert!(answer.header(latency).parse::<u64>().is_ok(), "{latency}");
    }
    let line = served.line();
    assert_eq!(line["response"]["status"], 418);
    assert_eq!(line["upstream_uri"], "/");
}

/// RFC 9110 15.2: interim answers are not the answer.
#[tokio::test(flavor = "multi_thread")]
async fn interim_answers_are_swallowed() {
    let served = saying(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
    )
    .await;
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.status, answer.text()), (200, "hi"));
    assert_eq!(answer.find("link"), None);
}

/// RFC 9110 6.4.1: these have no body, whatever their head says.
#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_are_whole_without_one() {
    let close = "host: gateway.test\r\nconnection: close\r\n\r\n";
    let served = saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").await;
    let answer = said(served.address, &format!("HEAD / HTTP/1.1\r\n{close}")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-length: 5\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    assert_eq!(served.line()["response"]["status"], 200);
    for (status, head) in [
        (204, "HTTP/1.1 204 No Content\r\netag: \"a\"\r\n\r\n"),
        (304, "HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n"),
    ] {
        let served = saying(head).await;
        let answer = said(served.address, &format!("GET / HTTP/1.1\r\n{close}")).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains("etag: \"a\"\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        assert!(!answer.contains("transfer-encoding"), "{answer}");
        assert_eq!(served.line()["response"]["status"], status);
    }
}

/// Each piece is with the client before the service sends the next.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_as_it_comes() {
    let (go, gone) = oneshot::channel::<()>();
    let gate = std::sync::Mutex::new(Some(gone));
    let address = service(move |_, mut peer| {
        let gate = gate.lock().unwrap().take();
        async move {
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                .await;
            gate.unwrap().await.unwrap();
            peer.write("4\r\nlast\r\n0\r\n\r\n").await;
        }
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    client.write(get("/").as_bytes()).await;
    client.seen("first").await;
    go.send(()).unwrap();
    let answer = client.answer().await;
    assert_eq!((answer.text(), answer.whole), ("firstlast", true));
    assert_eq!(served.line()["response"]["status"], 200);
}

/// An answer that ends with its connection has no length; to the client it gets one by chunks.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let served = saying("HTTP/1.1 200 OK\r\n\r\nuntil the end").await;
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.text(), answer.whole), ("until the end", true));
    // Both lengths at once: the chunks decide, and the other is not told.
    let served = saying(
        "HTTP/1.1 200 OK\r\ncontent-length: 99\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    )
    .await;
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.text(), answer.whole), ("hi", true));
    assert_eq!(answer.find("content-length"), None);
}

/// RFC 9110 8.6: of several that are alike, one is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_is_said_twice_is_told_once() {
    const TWICE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n";
    for (method, answer, body) in [
        (
            "GET",
            "HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nhi",
            "hi",
        ),
        ("HEAD", TWICE, ""),
    ] {
        let served = saying(answer).await;
        let head =
            format!("{method} / HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n");
        let told = said(served.address, &head).await;
        assert!(told.starts_with("HTTP/1.1 200 OK\r\n"), "{told}");
        let lengths = told.matches("content-length: 2\r\n").count();
        assert_eq!(lengths, 1, "{told}");
        assert!(told.ends_with(&format!("\r\n\r\n{body}")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_never_whole() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let served = saying(cut).await;
        let answer = ask(served.address, &get("/")).await;
        assert_eq!((answer.text(), answer.whole), ("half", false), "{cut}");
        assert_eq!(served.line()["response"]["status"], 200);
    }
}

/// `kong-core.md` 8.3: silence after the head closes the client's connection.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stalls_is_broken_off() {
    let address = service(|_, mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
            .await;
        assert!(peer.ended().await);
    })
    .await;
    let mut stalling = at(address);
    stalling["read_timeout"] = json!(READ_TIMEOUT);
    let served = serve(&file(stalling, json!({})));
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.text(), answer.whole), ("half", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_go_to_who_takes_them() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n";
    for (te, told) in [("te: trailers\r\n", true), ("", false)] {
        let served = saying(ANSWER).await;
        let head = format!("GET / HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n{te}\r\n");
        let answer = said(served.address, &head).await;
        assert_eq!(answer.contains("trailer: x-sum\r\n"), told, "{answer}");
        let end = if told {
            "0\r\nx-sum: 42\r\n\r\n"
        } else {
            "hi\r\n0\r\n\r\n"
        };
        assert!(answer.ends_with(end), "{answer}");
    }
}

/// Within 100 ms, as for providers.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_ends_the_exchange() {
    let (tell, told) = oneshot::channel::<()>();
    let gate = std::sync::Mutex::new(Some(tell));
    let address = service(move |_, mut peer: Peer| {
        let gate = gate.lock().unwrap().take();
        async move {
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
                .await;
            assert!(peer.ended().await);
            gate.unwrap().send(()).unwrap();
        }
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    client.write(get("/").as_bytes()).await;
    client.seen("half").await;
    drop(client);
    let bound = Duration::from_millis(100);
    timeout(bound, told).await.expect("at once").unwrap();
    assert_eq!(served.line()["response"]["status"], 499);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_to_a_service_serves_again() {
    let address = service(|number, mut peer| async move {
        assert_eq!(number, 0, "one connection");
        while peer.request().await.is_some() {
            peer.write(&ok("again")).await;
        }
    })
    .await;
    let served = before(address);
    let mut client = Client::connect(served.address).await;
    for _ in 0..3 {
        client.write(get("/").as_bytes()).await;
        let answer = timeout(PATIENCE, client.answer()).await.unwrap();
        assert_eq!(answer.text(), "again");
    }
}
