use std::{convert::Infallible, future::poll_fn};

use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::telemetry::{AccessLog, Log};

async fn pair() -> (ClientSocket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let waiting = Waiting::new(Arc::default(), (None, None));
    (ClientSocket::new(Stream::Plain(stream), waiting), client)
}

/// What hyper begins with is what the client began with, whatever was looked at before.
#[tokio::test]
async fn the_preface_of_http_2_is_seen_and_kept() {
    let other = b"PRI * HTTP/1.1\r\nhost: a\r\n\r\n";
    for (sent, http2) in [
        (PREFACE, true),
        (&PREFACE[..23], false),
        (other.as_slice(), false),
        (b"POST / HTTP/1.1\r\n\r\n".as_slice(), false),
        (&PREFACE[..0], false),
    ] {
        let (mut socket, mut client) = pair().await;
        client.write_all(sent).await.unwrap();
        drop(client);
        assert_eq!(poll_fn(|cx| socket.poll_preface(cx)).await, http2);
        let mut kept = Vec::new();
        socket.read_to_end(&mut kept).await.unwrap();
        assert_eq!(kept, sent);
    }
}

/// Served by hyper, with 1024 bytes for a head.
async fn answered(sent: &[u8]) -> String {
    let (mut socket, mut client) = pair().await;
    let log = Log::open(&AccessLog::Off).unwrap().writer();
    socket.refuse_with(Refusals::new([127, 0, 0, 1].into(), log, 1024));
    let (watch, waiting) = (socket.watch(), socket.waiting.clone());
    let service = service_fn(|_: Request<Incoming>| {
        let served = waiting.served();
        async move {
            let body = served.bind(Empty::<Bytes>::new());
            Ok::<_, Infallible>(Response::builder().status(400).body(body).unwrap())
        }
    });
    client.write_all(sent).await.unwrap();
    let served = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(1024)
        .serve_connection(TokioIo::new(socket), service)
        .await;
    let finishing = watch.finish(served.is_ok(), false);
    let mut answer = String::new();
    let reading = async {
        client.read_to_string(&mut answer).await.unwrap();
        drop(client);
    };
    tokio::join!(finishing, reading);
    answer
}

#[tokio::test]
async fn hypers_refusals_are_told_as_kongs() {
    let long = "a".repeat(2000);
    for (sent, status, message) in [
        ("no request\r\n\r\n", "400 Bad Request", "Bad request"),
        (
            format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n").as_str(),
            "414 URI Too Long",
            "URI too long",
        ),
        (
            format!("GET / HTTP/1.1\r\nhost: a\r\nx: {long}\r\n\r\n").as_str(),
            "400 Bad Request",
            "Request header or cookie too large",
        ),
    ] {
        let answer = answered(sent.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{head}"
        );
        assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
        let id = head
            .split("\r\n")
            .find_map(|line| line.strip_prefix("x-kong-request-id: "))
            .unwrap();
        assert_eq!(body, format!("{message}\nrequest_id: {id}\n"));
    }
}

/// An answer of the service stays as it is, whatever its status; a refusal follows it all the same.
#[tokio::test]
async fn only_hypers_own_are_told_anew() {
    let asked = "GET / HTTP/1.1\r\nhost: a\r\n\r\nno request\r\n\r\n";
    let answer = answered(asked.as_bytes()).await;
    let (first, second) = answer.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{first}");
    assert!(first.contains("\r\ncontent-length: 0"), "{first}");
    assert!(
        second.starts_with("HTTP/1.1 400 Bad Request\r\n"),
        "{second}"
    );
    assert!(
        second.contains("\r\n\r\nBad request\nrequest_id: "),
        "{second}"
    );
}
