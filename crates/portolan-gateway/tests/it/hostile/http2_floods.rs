//! Much of what HTTP/2 allows (RFC 9113, 10.5): the gateway takes it or ends the connection, within its memory.

use super::{SOON, attack};
use crate::client::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, End, HEADERS, Http2, PING, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, frame,
};

const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const PROTOCOL_ERROR: u32 = 1;

/// Streams that are opened and given up at once (CVE-2023-44487).
fn reset(path: &str, streams: u32) -> Vec<u8> {
    (0..streams)
        .flat_map(|index| {
            let stream = 2 * index + 1;
            [
                frame(
                    HEADERS,
                    END_HEADERS | END_STREAM,
                    stream,
                    &frames::get(path),
                ),
                frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes()),
            ]
            .concat()
        })
        .collect()
}

#[test]
fn rapid_resets() {
    attack(
        |_| {},
        async |gateway| {
            for path in ["/fine", "/nowhere", "/chat"] {
                let client = Http2::connect(gateway.plain).await;
                client.flood(&reset(path, 10_000), 1).await;
            }
        },
    );
}

/// The same, where the gateway is the one that gives them up: each breaks a rule after it was opened (CVE-2025-8671).
#[test]
fn made_resets() {
    attack(
        |_| {},
        async |gateway| {
            let broken: Vec<u8> = (0..10_000_u32)
                .flat_map(|index| {
                    let stream = 2 * index + 1;
                    let flags = END_HEADERS | END_STREAM;
                    [
                        frame(HEADERS, flags, stream, &frames::get("/fine")),
                        frame(WINDOW_UPDATE, 0, stream, &0_u32.to_be_bytes()),
                    ]
                    .concat()
                })
                .collect();
            let client = Http2::connect(gateway.plain).await;
            let flooded = client.flood(&broken, 1).await;
            assert!(flooded.ended, "{flooded:?}");
            assert_ne!(flooded.goaway, Some(0));
        },
    );
}

/// More than it may open at a time.
#[test]
fn streams_past_the_bound_are_refused() {
    const BOUND: u32 = 8;
    attack(
        |options| options.bounds.streams = BOUND,
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            for stream in (1..=2 * 20).step_by(2) {
                // Their bodies are awaited.
                let post = frames::post("/chat");
                client.send(HEADERS, END_HEADERS, stream, &post).await;
            }
            let first_too_many = 2 * BOUND + 1;
            match client.end(first_too_many).await {
                // RFC 9113 5.1.2.
                End::Reset(code) => assert!([REFUSED_STREAM, PROTOCOL_ERROR].contains(&code)),
                other => assert!(matches!(other, End::Gone(_)), "{other:?}"),
            }
        },
    );
}

#[test]
fn the_bound_of_streams_is_told() {
    attack(
        |options| options.bounds.streams = 8,
        async |gateway| {
            let mut client = Http2::start(gateway.plain, &[]).await;
            let theirs = client.next().await.unwrap();
            assert_eq!(theirs.kind, SETTINGS);
            let told = theirs.payload.chunks(6).any(|setting| {
                setting[..2] == MAX_CONCURRENT_STREAMS.to_be_bytes()
                    && setting[2..] == 8_u32.to_be_bytes()
            });
            assert!(told, "{theirs:?}");
        },
    );
}

/// Each wants an answer.
fn questions() -> [Vec<u8>; 2] {
    [frame(SETTINGS, 0, 0, &[]), frame(PING, 0, 0, b"12345678")]
}

#[test]
fn questions_whose_answers_are_read() {
    attack(
        |_| {},
        async |gateway| {
            for question in questions() {
                let client = Http2::connect(gateway.plain).await;
                client.flood(&question.repeat(1_000), 100).await;
            }
        },
    );
}

#[test]
fn questions_whose_answers_are_not_read() {
    attack(
        |options| options.bounds.send_timeout = SOON,
        async |gateway| {
            for question in questions() {
                let client = Http2::connect(gateway.plain).await;
                // More than any socket holds of the answers.
                client.flood_unread(&question.repeat(1_000), 2_000).await;
            }
        },
    );
}

#[test]
fn window_updates() {
    attack(
        |_| {},
        async |gateway| {
            for stream in [0, 1] {
                let mut client = Http2::connect(gateway.plain).await;
                let post = frames::post("/chat");
                client.send(HEADERS, END_HEADERS, 1, &post).await;
                let piece = frame(WINDOW_UPDATE, 0, stream, &1_u32.to_be_bytes());
                client.flood(&piece.repeat(1_000), 100).await;
            }
        },
    );
}

/// Frames that bring nothing (CVE-2019-9518).
#[test]
fn empty_frames() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            let post = frames::post("/chat");
            client.send(HEADERS, END_HEADERS, 1, &post).await;
            client
                .flood(&frame(DATA, 0, 1, &[]).repeat(1_000), 100)
                .await;
        },
    );
}

/// Of frames that nobody knows, which are to be skipped (RFC 9113, 4.1), and of priorities, which mean nothing now.
#[test]
fn frames_without_a_meaning() {
    const PRIORITY: u8 = 2;
    attack(
        |_| {},
        async |gateway| {
            let unknown = frame(0xfa, 0xff, 0, &[0; 16 * 1024]);
            let priority = frame(PRIORITY, 0, 7, &[0, 0, 0, 0, 16]);
            for (piece, times) in [(unknown, 1_000), (priority.repeat(1_000), 100)] {
                let client = Http2::connect(gateway.plain).await;
                client.flood(&piece, times).await;
            }
        },
    );
}

/// A header block that does not end (CVE-2024-27316): the connection does.
#[test]
fn continuations() {
    attack(
        |_| {},
        async |gateway| {
            let long = frames::field("x-long", &"x".repeat(16_000));
            for (piece, times) in [
                (frame(CONTINUATION, 0, 1, &long), 10_000),
                (frame(CONTINUATION, 0, 1, &[]).repeat(1_000), 1_000),
                (
                    frame(CONTINUATION, 0, 1, &frames::field("x", "y")).repeat(1_000),
                    1_000,
                ),
            ] {
                let mut client = Http2::connect(gateway.plain).await;
                client
                    .send(HEADERS, END_STREAM, 1, &frames::get("/fine"))
                    .await;
                let flooded = client.flood(&piece, times).await;
                assert!(flooded.ended, "{flooded:?}");
            }
        },
    );
}

/// RFC 9113 10.5.1: 431 to the stream, or worse.
#[test]
fn a_header_list_that_is_too_large() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            let part = frames::field("x-long", &"x".repeat(16_000));
            client
                .send(HEADERS, END_STREAM, 1, &frames::get("/fine"))
                .await;
            client.send(CONTINUATION, 0, 1, &part).await;
            client.send(CONTINUATION, 0, 1, &part).await;
            client.send(CONTINUATION, END_HEADERS, 1, &part).await;
            assert_ne!(client.end(1).await, End::Answered(frames::OK));
            // Many short ones within the bytes: 200 in all are ours.
            let mut client = Http2::connect(gateway.plain).await;
            let many = frames::field("x", "y").repeat(300);
            let block = [frames::get("/fine"), many].concat();
            client.ask(1, &block).await;
            assert_ne!(client.end(1).await, End::Answered(frames::OK));
        },
    );
}

/// Few bytes that mean many (RFC 7541, 7.3): one long field in the table, then named again and again.
#[test]
fn a_header_table_that_swells() {
    attack(
        |_| {},
        async |gateway| {
            // With incremental indexing; the first dynamic entry is 62.
            let mut entry = vec![0x40];
            frames::string("x-long", &mut entry);
            frames::string(&"x".repeat(3_900), &mut entry);
            let block = [frames::get("/fine"), entry, vec![0x80 | 62; 12_000]].concat();
            for _ in 0..20 {
                let mut client = Http2::connect(gateway.plain).await;
                client.ask(1, &block).await;
                assert_ne!(client.end(1).await, End::Answered(frames::OK));
            }
        },
    );
}

/// 128 MiB, without a thought for windows.
#[test]
fn data_that_nobody_wants() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            let post = frames::post("/nowhere");
            for stream in [1, 3, 5, 7] {
                client.send(HEADERS, END_HEADERS, stream, &post).await;
            }
            let piece: Vec<u8> = [1, 3, 5, 7]
                .into_iter()
                .flat_map(|stream| frame(DATA, 0, stream, &[b' '; 16 * 1024]))
                .collect();
            client.flood(&piece, 2_000).await;
        },
    );
}

/// An early answer over HTTP/2: it comes, and no more of the body is asked for.
#[test]
fn an_answer_comes_before_the_body() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            let block = frames::post("/nowhere");
            client.send(HEADERS, END_HEADERS, 1, &block).await;
            client.send(DATA, 0, 1, &[b' '; 16 * 1024]).await;
            // 404 is among HPACK's own.
            assert_eq!(client.end(1).await, End::Answered(0x8d));
            client.ask(3, &frames::get("/fine")).await;
            assert_eq!(client.end(3).await, End::Answered(frames::OK));
        },
    );
}
