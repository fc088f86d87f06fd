//! WebSocket, and what else follows a 101.

use serde_json::json;

use super::{
    at, before, file,
    service::{field, service},
};
use crate::{
    client::Client,
    harness::{READ_TIMEOUT, serve},
};

const ASKED: &str = "GET /chat HTTP/1.1\r\nhost: gateway.test\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
/// The answer of RFC 6455 1.3, with the beginning of what follows in the same write.
const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello";

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_both_ways_after_a_101() {
    let address = service(|_, mut peer| async move {
        let head = peer.head().await.unwrap();
        assert_eq!(field(&head, "upgrade"), Some("websocket"));
        assert_eq!(field(&head, "connection"), Some("keep-alive, Upgrade"));
        assert_eq!(field(&head, "sec-websocket-version"), Some("13"));
        peer.write(SWITCHED).await;
        for word in ["one", "two"] {
            assert_eq!(peer.until(word).await.as_deref(), Some(word));
            peer.write(&word.to_uppercase()).await;
        }
        // The client's end is handed on, and this side may still speak.
        assert!(peer.ended().await);
        peer.write("bye").await;
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    client.write(ASKED.as_bytes()).await;
    client.seen("hello").await;
    client.write(b"one").await;
    client.seen("ONE").await;
    client.write(b"two").await;
    client.seen("TWO").await;
    client.shut().await;
    let said = client.rest().await;
    let (head, rest) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let head = format!("{head}\r\n\r\n");
    assert_eq!(field(&head, "upgrade"), Some("websocket"));
    let connection = field(&head, "connection").unwrap();
    assert!(connection.eq_ignore_ascii_case("upgrade"), "{connection}");
    let accept = field(&head, "sec-websocket-accept");
    assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(rest, "helloONETWObye");
    let line = served.line();
    assert_eq!(line["response"]["status"], 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_upgrade_is_an_ordinary_answer() {
    let address = service(|_, mut peer| async move {
        for _ in 0..2 {
            peer.head().await.unwrap();
            peer.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno")
                .await;
        }
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    for _ in 0..2 {
        client.write(ASKED.as_bytes()).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text()), (403, "no"));
    }
}

/// Other protocols than WebSocket are not asked for, as in Kong; a 101 then is no answer.
#[tokio::test(flavor = "multi_thread")]
async fn another_protocol_is_not_handed_on() {
    let address = service(|_, mut peer| async move {
        let head = peer.head().await.unwrap();
        assert_eq!(field(&head, "upgrade"), None);
        assert_eq!(field(&head, "connection"), Some("keep-alive"));
        peer.write(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: Upgrade\r\n\r\n",
        )
        .await;
        peer.until("never").await;
    });
    let served = before(address.await);
    let mut client = Client::connect(served.address).await;
    let asked = ASKED.replace("WebSocket", "h2c");
    client.write(asked.as_bytes()).await;
    assert_eq!(client.answer().await.status, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_tunnel_ends() {
    let address = service(|_, mut peer| async move {
        peer.head().await.unwrap();
        peer.write(SWITCHED).await;
        assert!(peer.until("never").await.is_none());
    });
    let mut quick = at(address.await);
    quick["read_timeout"] = json!(READ_TIMEOUT);
    let served = serve(&file(quick, json!({})));
    let mut client = Client::connect(served.address).await;
    client.write(ASKED.as_bytes()).await;
    assert!(client.rest().await.ends_with("\r\n\r\nhello"));
}
