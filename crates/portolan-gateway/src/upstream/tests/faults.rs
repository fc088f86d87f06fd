//! Each fault a provider can cause, and each bound on waiting for it.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use portolan_config::compiled::{Origin, Timeouts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    time::timeout,
};

use super::super::{SendError, SendErrorKind};
use super::{
    BOUNDS, LONG, PONG, PONG_CHUNKED, answered, chunk, listen, ping, pinged, send, upstream, whole,
};

const SHORT: Duration = Duration::from_millis(40);

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let (listener, origin) = listen().await;
    drop(listener);
    let error = ping(&upstream(), &origin).await.err().unwrap();
    assert_eq!(error.kind, SendErrorKind::Connect);
    assert!(error.unsent);
    assert_eq!(error.peer.unwrap().port(), origin.port);
    // Handed back as it was: it can go elsewhere.
    let head = error.head.unwrap();
    assert_eq!(head.method, "POST");
    assert_eq!(head.path_and_query, "/v1/chat?a=b");
    assert_eq!(head.headers["host"], "provider.test");
    assert_eq!(head.headers["content-length"], "4");
}

#[tokio::test]
async fn a_connection_that_ends_before_an_answer_did_send() {
    let error = answered(b"").await.err().unwrap();
    assert_eq!((error.kind, error.unsent), (SendErrorKind::Closed, false));
    assert!(error.head.is_none());
    let error = answered(b"HTTP/1.1 200 OK\r\ncontent-le")
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind, error.unsent), (SendErrorKind::Closed, false));
}

#[tokio::test]
async fn a_reset_before_an_answer_did_send() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let provider = async {
        let (socket, _) = listener.accept().await.unwrap();
        // Closed with bytes unread: the kernel resets.
        socket.readable().await.unwrap();
    };
    let ((), result) = tokio::join!(provider, ping(&upstream, &origin));
    let error = result.err().unwrap();
    assert_eq!((error.kind, error.unsent), (SendErrorKind::Closed, false));
}

#[tokio::test]
async fn what_is_not_http_is_an_invalid_response() {
    let error = answered(b"220 mail.test ESMTP\r\n\r\n")
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.kind, error.unsent),
        (SendErrorKind::InvalidResponse, false)
    );
    assert!(!error.to_string().contains("ESMTP"), "{error}");
}

#[tokio::test]
async fn informational_heads_are_skipped() {
    let answer = [b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", PONG].concat();
    let mut received = answered(&answer).await.unwrap();
    assert_eq!(received.status, StatusCode::OK);
    assert_eq!(whole(&mut received.body).await, b"pong");
}

#[tokio::test]
async fn a_cut_body_is_never_a_whole_one() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npong"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npong\r\n",
    ] {
        let mut body = answered(answer).await.unwrap().body;
        assert_eq!(chunk(&mut body).await.unwrap().unwrap(), "pong");
        assert!(chunk(&mut body).await.unwrap().is_err());
        assert!(chunk(&mut body).await.is_none());
    }
}

/// A listener that accepts and then neither reads nor writes.
async fn silence(tls: bool, timeouts: Timeouts, body: Bytes) -> SendError {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let origin = Origin { tls, ..origin };
    let (accepted, result) = tokio::join!(
        listener.accept(),
        timeout(LONG, send(&upstream, &origin, body, &timeouts))
    );
    let (_held, _) = accepted.unwrap();
    result.unwrap().err().unwrap()
}

#[tokio::test]
async fn each_deadline_has_its_name() {
    let ping = Bytes::from_static(b"ping");
    let read = Timeouts {
        read: SHORT,
        ..BOUNDS
    };
    let error = silence(false, read, ping.clone()).await;
    assert_eq!(
        (error.kind, error.unsent),
        (SendErrorKind::ReadTimeout, false)
    );

    let write = Timeouts {
        write: SHORT,
        ..BOUNDS
    };
    // More than the two kernels' socket buffers take.
    let error = silence(false, write, vec![0; 64 << 20].into()).await;
    assert_eq!(
        (error.kind, error.unsent),
        (SendErrorKind::WriteTimeout, false)
    );

    let connect = Timeouts {
        connect: SHORT,
        ..BOUNDS
    };
    let error = silence(true, connect, ping).await;
    assert_eq!(
        (error.kind, error.unsent),
        (SendErrorKind::ConnectTimeout, true)
    );
    assert!(error.peer.is_some());
}

#[tokio::test]
async fn a_peer_without_tls_fails_the_handshake() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let origin = Origin {
        tls: true,
        ..origin
    };
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"no TLS is spoken here").await.unwrap();
        socket
    };
    let (_held, result) = tokio::join!(provider, ping(&upstream, &origin));
    let error = result.err().unwrap();
    assert_eq!((error.kind, error.unsent), (SendErrorKind::Tls, true));
}

async fn assert_ended(socket: &mut TcpStream) {
    let end = timeout(LONG, socket.read(&mut [0])).await.unwrap();
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}

#[tokio::test]
async fn dropping_the_send_ends_the_exchange() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let (arrive, arrived) = oneshot::channel();
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        arrive.send(()).unwrap();
        assert_ended(&mut socket).await;
    };
    let client = async {
        tokio::select! {
            _ = ping(&upstream, &origin) => panic!("nothing was answered"),
            arrived = arrived => arrived.unwrap(),
        }
    };
    tokio::join!(provider, client);
}

#[tokio::test]
async fn dropping_an_unfinished_body_ends_the_exchange() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        let part = PONG_CHUNKED.strip_suffix(b"0\r\n\r\n").unwrap();
        socket.write_all(part).await.unwrap();
        assert_ended(&mut socket).await;
    };
    let client = async {
        let mut received = ping(&upstream, &origin).await.unwrap();
        assert!(chunk(&mut received.body).await.unwrap().is_ok());
    };
    tokio::join!(provider, client);
}
