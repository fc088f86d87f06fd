//! Where one request ends and the next begins: what two readers could read in two ways is read in one, or by nobody.

use super::{FINE, attack, refused};
use crate::{
    client::{Client, request, statuses},
    harness::{ask, body as received},
};

const POST: &str =
    "POST /chat HTTP/1.1\r\nhost: gateway.test\r\ncontent-type: application/json\r\n";

fn chat() -> String {
    ask(false).to_string()
}

/// As chunks of so many bytes at most.
fn chunked(body: &str, size: usize) -> String {
    body.as_bytes()
        .chunks(size)
        .map(|piece| {
            format!(
                "{:x}\r\n{}\r\n",
                piece.len(),
                str::from_utf8(piece).unwrap()
            )
        })
        .collect()
}

/// RFC 9112 6.3: the coding counts, and the connection ends with the answer; the rest is no request.
#[test]
fn a_length_beside_a_coding_is_no_length() {
    attack(
        |_| {},
        async |gateway| {
            let body = chunked(&chat(), 1024);
            for (length, coding) in [(4, "chunked"), (1_000, "chunked"), (0, "CHUNKED")] {
                let (length, coding) = (
                    format!("content-length: {length}\r\n"),
                    format!("transfer-encoding: {coding}\r\n"),
                );
                for fields in [format!("{length}{coding}"), format!("{coding}{length}")] {
                    let said = gateway
                        .says(format!("{POST}{fields}\r\n{body}0\r\n\r\n{FINE}"))
                        .await;
                    assert_eq!(statuses(&said), [200], "{fields}");
                    let attempt = gateway.mock.attempts().len() - 1;
                    let received = received(&gateway.mock, attempt);
                    assert_eq!(received["messages"], ask(false)["messages"]);
                }
            }
        },
    );
}

/// nginx: 501. What stays in the body would go on under no name.
#[test]
fn a_coding_that_is_not_taken_off_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            let body = chunked(&chat(), 1024);
            for coding in [
                "gzip, chunked",
                "chunked, chunked",
                "gzip\r\ntransfer-encoding: chunked",
            ] {
                let head = format!("{POST}transfer-encoding: {coding}\r\n\r\n");
                let answer = gateway.answer(format!("{head}{body}0\r\n\r\n")).await;
                // hyper refuses some of them itself.
                match answer.status {
                    400 => refused(&answer, 400, "Bad request"),
                    _ => refused(&answer, 501, "Not implemented"),
                }
            }
            assert_eq!(gateway.mock.attempts().len(), 0);
        },
    );
}

/// RFC 9110 8.6: refused, or taken for one. Other lengths are refused with the malformed heads.
#[test]
fn a_length_that_is_said_twice_is_one_or_none() {
    attack(
        |_| {},
        async |gateway| {
            let body = chat();
            let length = format!("content-length: {}\r\n", body.len());
            let last = FINE.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
            let said = gateway
                .says(format!("{POST}{length}{length}\r\n{body}{last}"))
                .await;
            let said = statuses(&said);
            assert!(said == [200, 200] || said == [400], "{said:?}");
        },
    );
}

/// RFC 9112 7.1: hexadecimal digits, and no others; a line ends with CR and LF.
#[test]
fn a_bad_chunk_size_is_refused() {
    let body = chat();
    let sizes = [
        "\r\n",
        "-1\r\n",
        "+5\r\n",
        "0x5\r\n",
        "g\r\n",
        " 5\r\n",
        "5 5\r\n",
        ";\r\n",
        // One more than 64 bits have, and a size that would turn round.
        "10000000000000000\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        // A line feed alone, and a return alone.
        "5\n",
        "5\r",
        "5;a\n",
    ];
    attack(
        |_| {},
        async |gateway| {
            for size in sizes {
                let head = format!("{POST}transfer-encoding: chunked\r\n\r\n");
                let said = gateway
                    .says(format!("{head}{size}hello\r\n0\r\n\r\n{FINE}"))
                    .await;
                eprintln!("{size:?}");
                assert_eq!(statuses(&said), [400], "{said}");
            }
            // A chunk that is longer than it said.
            let said = gateway
                .says(format!(
                    "{POST}transfer-encoding: chunked\r\n\r\n5\r\n{body}\r\n0\r\n\r\n{FINE}"
                ))
                .await;
            assert_eq!(statuses(&said), [400], "{said}");
            assert_eq!(gateway.mock.attempts().len(), 0);
        },
    );
}

/// RFC 9112 7.1.1 and 7.1.2: extensions mean nothing to us, trailers nothing to a provider.
#[test]
fn chunks_with_extensions_and_trailers_are_read() {
    attack(
        |_| {},
        async |gateway| {
            let extension = ";name=value;quoted=\"a b\"\r\n{";
            let pieces = chunked(&chat(), 7).replace("\r\n{", extension);
            let mut client = Client::connect(gateway.plain).await;
            let head = format!("{POST}transfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n");
            client
                .write(
                    format!("{head}{pieces}0;last\r\nx-sum: 1\r\nx-other: 2\r\n\r\n{FINE}")
                        .as_bytes(),
                )
                .await;
            assert_eq!(client.answer().await.status, 200);
            // The next request begins after the trailers.
            assert_eq!(client.answer().await.status, 200);
            let received = received(&gateway.mock, 0);
            assert_eq!(received["messages"], ask(false)["messages"]);
            let sent = &gateway.mock.attempts()[0].headers;
            assert!(!sent.contains_key("x-sum") && !sent.contains_key("trailer"));
        },
    );
}

#[test]
fn endless_extensions_and_trailers_are_refused() {
    attack(
        |_| {},
        async |gateway| {
            let head = format!("{POST}transfer-encoding: chunked\r\n\r\n");
            let extension = format!("5;{}", "x".repeat(1024 * 1024));
            let trailers: String = (0..10_000).map(|name| format!("x-{name}: 1\r\n")).collect();
            for rest in [
                format!("{extension}\r\nhello\r\n0\r\n\r\n"),
                format!("{}0\r\n{trailers}\r\n", chunked(&chat(), 1024)),
                format!(
                    "{}0\r\nx: {}\r\n\r\n",
                    chunked(&chat(), 1024),
                    "x".repeat(1024 * 1024)
                ),
            ] {
                let said = statuses(&gateway.says(format!("{head}{rest}{FINE}")).await);
                assert!(said.is_empty() || said == [400], "{said:?}");
            }
            // Each chunk of one byte with an extension: many small ones are as bad as a long one.
            let chunk = format!("1;{}\r\n \r\n", "x".repeat(100));
            let said = gateway
                .says(format!("{head}{}0\r\n\r\n", chunk.repeat(10_000)))
                .await;
            let said = statuses(&said);
            assert!(said.is_empty() || said == [400], "{said:?}");
        },
    );
}

#[test]
fn pipelined_requests_are_answered_in_order_up_to_the_first_that_is_none() {
    attack(
        |_| {},
        async |gateway| {
            let missing = FINE.replace("/fine", "/nowhere");
            let said = gateway
                .says(format!("{FINE}{missing}\0garbage\r\n\r\n{FINE}"))
                .await;
            assert_eq!(statuses(&said), [200, 404, 400]);
            let mut client = Client::connect(gateway.plain).await;
            client
                .write(format!("{FINE}{missing}\0garbage\r\n\r\n{FINE}").as_bytes())
                .await;
            assert_eq!(client.answer().await.status, 200);
            assert_eq!(client.answer().await.status, 404);
            refused(&client.answer().await, 400, "Bad request");
            assert!(client.ended().await);
            // After a body, too.
            let post = request("POST", "/chat", &[], &chat());
            let said = gateway.says(format!("{post}{post}\0\r\n\r\n")).await;
            assert_eq!(statuses(&said), [200, 200, 400]);
        },
    );
}

/// RFC 9112 9.3: one request a connection, unless the client asks for more; and no chunks for it.
#[test]
fn http_1_0_is_served() {
    attack(
        |_| {},
        async |gateway| {
            let said = gateway
                .says("GET /fine HTTP/1.0\r\n\r\nGET /fine HTTP/1.0\r\n\r\n")
                .await;
            assert_eq!(statuses(&said), [200]);

            let kept = "GET /fine HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
            let mut client = Client::connect(gateway.plain).await;
            client.write(kept.as_bytes()).await;
            let answer = client.answer().await;
            assert_eq!(answer.header("connection"), "keep-alive");
            client.write(b"GET /fine HTTP/1.0\r\n\r\n").await;
            assert_eq!(client.answer().await.status, 200);
            assert!(client.ended().await);

            let stream = request("POST", "/chat", &[], &ask(true).to_string());
            let said = gateway.says(stream.replace("HTTP/1.1", "HTTP/1.0")).await;
            assert_eq!(statuses(&said), [200]);
            assert!(!said.contains("transfer-encoding"), "{said}");
            assert!(said.ends_with("data: [DONE]\n\n"), "{said}");
        },
    );
}
