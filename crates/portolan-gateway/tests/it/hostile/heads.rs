//! Heads that are none, that mean two things, or that are too long: RFC 9112, and Kong's statuses.

use super::{FINE, attack, refused};
use crate::client::{Client, statuses};

const HOST: &str = "host: gateway.test\r\n";

/// RFC 9112 2.2, 3, 5 and 6.1, RFC 9110 5.5 and 8.6: no request that can be told.
#[test]
fn a_malformed_head_is_refused_and_ends_the_connection() {
    let line = "GET /fine HTTP/1.1\r\n";
    let with = |field: &str| format!("{line}{HOST}{field}\r\n\r\n");
    let heads = [
        // The request line.
        format!("\0\r\n\r\n{FINE}"),
        format!("garbage\r\n{HOST}\r\n"),
        format!(" GET /fine HTTP/1.1\r\n{HOST}\r\n"),
        format!("GE(T /fine HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET /fi\0ne HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET /fi ne HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET /fine HTTP/3.0\r\n{HOST}\r\n"),
        format!("GET /fine HTTP/1.1x\r\n{HOST}\r\n"),
        format!("GET /fine PTTH/1.1\r\n{HOST}\r\n"),
        format!("GET  /fine HTTP/1.1\r\n{HOST}\r\n"),
        // Fields.
        with("x-folded: one\r\n two"),
        with("x-folded: one\r\n\ttwo"),
        format!("{line} {HOST}\r\n"),
        with("x-spaced : one"),
        with(": one"),
        with("no colon"),
        with("x-n\0ul: one"),
        with("x-nul: o\0ne"),
        with("x-return: o\rne"),
        with("x-bell: o\x07ne"),
        with("x(y): one"),
        // How long the body is.
        with("content-length: -1"),
        with("content-length: +1"),
        with("content-length: 0x1"),
        with("content-length: 1 1"),
        with("content-length: one"),
        with("content-length: 99999999999999999999"),
        with("content-length: 1\r\ncontent-length: 2"),
        with("transfer-encoding: gzip"),
        with("transfer-encoding: chunked, gzip"),
        with("transfer-encoding: xchunked"),
        "POST /fine HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
    ];
    attack(
        |_| {},
        async |gateway| {
            for head in &heads {
                let mut client = Client::connect(gateway.plain).await;
                client.send(head.as_bytes()).await;
                let answer = client.answer().await;
                eprintln!("{head:?}");
                refused(&answer, 400, "Bad request");
                assert_eq!(answer.header("connection"), "close");
                assert_eq!(client.rest().await, "");
            }
        },
    );
}

/// RFC 9112 3.2: one host, and one that can be.
#[test]
fn a_request_without_one_host_is_refused() {
    let heads = [
        "GET /fine HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET /fine HTTP/1.1\r\n{HOST}{HOST}\r\n"),
        format!("GET /fine HTTP/1.1\r\n{HOST}host: other.test\r\n\r\n"),
        "GET /fine HTTP/1.1\r\nhost: a b\r\n\r\n".to_owned(),
        "GET /fine HTTP/1.1\r\nhost: gateway.test/fine\r\n\r\n".to_owned(),
        "GET /fine HTTP/1.1\r\nhost: me@gateway.test\r\n\r\n".to_owned(),
        "GET /fine HTTP/1.1\r\nhost: gateway.test:http\r\n\r\n".to_owned(),
        "GET /fine HTTP/1.1\r\nhost: [::1\r\n\r\n".to_owned(),
        // A host alone, which only CONNECT may ask for (RFC 9112, 3.2.3).
        format!("GET gateway.test:80 HTTP/1.1\r\n{HOST}\r\n"),
        format!("GET fine HTTP/1.1\r\n{HOST}\r\n"),
    ];
    attack(
        |_| {},
        async |gateway| {
            for head in &heads {
                eprintln!("{head:?}");
                refused(&gateway.answer(head).await, 400, "Bad request");
            }
        },
    );
}

/// RFC 9112 3.2.2: the target's host is meant, whatever the field says.
#[test]
fn the_host_of_an_absolute_target_counts() {
    attack(
        |_| {},
        async |gateway| {
            for (target, host, status) in [
                ("http://named.test/named", "other.test", 200),
                ("http://named.test:80/named?a=b", "other.test", 200),
                ("http://other.test/named", "named.test", 404),
                ("/named", "named.test", 200),
                ("/named", "other.test", 404),
            ] {
                let head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n");
                assert_eq!(gateway.answer(&head).await.status, status, "{head}");
            }
            // Before any router sees it.
            let userinfo = "GET http://me@named.test/named HTTP/1.1\r\nhost: named.test\r\n\r\n";
            assert_ne!(gateway.answer(userinfo).await.status, 200);
        },
    );
}

/// Nobody is connected through a gateway, and nothing a client sent is shown back to it.
#[test]
fn connect_and_trace_are_refused() {
    attack(
        |_| {},
        async |gateway| {
            for head in [
                format!("CONNECT gateway.test:443 HTTP/1.1\r\n{HOST}\r\n"),
                format!("CONNECT /fine HTTP/1.1\r\n{HOST}\r\n"),
                format!("TRACE /fine HTTP/1.1\r\n{HOST}cookie: FAKE\r\n\r\n"),
            ] {
                let answer = gateway.answer(&head).await;
                assert!([400, 405].contains(&answer.status), "{head}: {answer:?}");
                assert!(!answer.text().contains("FAKE"));
            }
            let connect = format!("CONNECT gateway.test:443 HTTP/1.1\r\n{HOST}\r\n");
            refused(&gateway.answer(&connect).await, 405, "Method not allowed");
        },
    );
}

/// RFC 9112 2.2 leaves a line feed alone to the reader; it may not be read in two ways.
#[test]
fn a_bare_line_feed_ends_a_line_or_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            let head = "GET /fine HTTP/1.1\nhost: gateway.test\nconnection: close\n\n";
            let said = statuses(&gateway.says(head).await);
            assert!(said == [200] || said == [400], "{said:?}");
        },
    );
}

fn fields(count: usize) -> String {
    let fields: String = (0..count).map(|name| format!("x-{name}: 1\r\n")).collect();
    format!("GET /fine HTTP/1.1\r\n{HOST}{fields}\r\n")
}

/// 100 in all are ours; nginx's 494 is told as 400.
#[test]
fn too_many_headers_are_refused() {
    attack(
        |_| {},
        async |gateway| {
            assert_eq!(gateway.answer(fields(99)).await.status, 200);
            for count in [100, 1_000, 10_000] {
                let answer = gateway.answer(fields(count)).await;
                refused(&answer, 400, "Request header or cookie too large");
            }
        },
    );
}

#[test]
fn a_header_line_of_a_megabyte_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            for bytes in [40 * 1024, 1024 * 1024] {
                let long = "x".repeat(bytes);
                for field in [format!("x-long: {long}"), format!("{long}: 1"), long] {
                    let head = format!("GET /fine HTTP/1.1\r\n{HOST}{field}\r\n\r\n");
                    let answer = gateway.answer(head).await;
                    refused(&answer, 400, "Request header or cookie too large");
                }
            }
        },
    );
}

/// A line that never ends, of as many bytes as are taken.
#[test]
fn a_head_without_an_end_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Client::connect(gateway.plain).await;
            client
                .write(format!("GET /fine HTTP/1.1\r\n{HOST}x: ").as_bytes())
                .await;
            let piece = [b'x'; 16 * 1024];
            let mut sent = 0;
            while sent < 4_096 && client.send(&piece).await {
                sent += 1;
            }
            assert!(sent < 4_096, "64 MiB were taken");
        },
    );
}

/// 16 KiB of path and query are ours.
#[test]
fn a_long_uri_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            let head = |length: usize| {
                let rest = "x".repeat(length - "/fine?".len());
                format!("GET /fine?{rest} HTTP/1.1\r\n{HOST}\r\n")
            };
            let kib = 1024;
            assert_eq!(gateway.answer(head(16 * kib)).await.status, 200);
            for length in [16 * kib + 1, 31 * kib, 40 * kib, 100 * kib, 1024 * kib] {
                eprintln!("{length}");
                refused(&gateway.answer(head(length)).await, 414, "URI too long");
            }
        },
    );
}
