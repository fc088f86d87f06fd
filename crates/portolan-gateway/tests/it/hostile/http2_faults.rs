//! What breaks a rule of HTTP/2 (RFC 9113): the stream's ends the stream, the connection's ends the connection, and no such
//! request is answered as if it were one.

use super::attack;
use crate::{
    client::{
        Client,
        frames::{
            self, CONTINUATION, DATA, END_HEADERS, END_STREAM, End, HEADERS, Http2, PING, PREFACE,
            RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, settings,
        },
    },
    harness::ask,
};

const WHOLE: u8 = END_HEADERS | END_STREAM;

#[test]
fn what_breaks_the_connection_ends_it() {
    const PUSH_PROMISE: u8 = 5;
    let zero = 0_u32.to_be_bytes();
    let request = |stream| frame(HEADERS, WHOLE, stream, &frames::get("/fine"));
    let cases = [
        ("data on stream 0", frame(DATA, 0, 0, b"x")),
        (
            "data on a stream that nobody opened",
            frame(DATA, 0, 1, b"x"),
        ),
        ("headers on stream 0", request(0)),
        ("a stream that is the gateway's to open", request(2)),
        ("streams that go back", [request(5), request(3)].concat()),
        (
            "padding longer than its frame",
            frame(DATA, 8, 1, &[200, 0]),
        ),
        ("half a setting", frame(SETTINGS, 0, 0, &[0; 5])),
        ("settings of a stream", frame(SETTINGS, 0, 1, &[])),
        (
            "an acknowledgement that says something",
            frame(SETTINGS, 1, 0, &[0; 6]),
        ),
        ("a push that is neither on nor off", settings(&[(2, 2)])),
        ("a window that is no window", settings(&[(4, 1 << 31)])),
        ("frames that are too small", settings(&[(5, 16_383)])),
        ("a short ping", frame(PING, 0, 0, &[0; 7])),
        ("a ping on a stream", frame(PING, 0, 1, &[0; 8])),
        ("an update of nothing", frame(WINDOW_UPDATE, 0, 0, &zero)),
        (
            "a window that overflows",
            frame(WINDOW_UPDATE, 0, 0, &(u32::MAX >> 1).to_be_bytes()),
        ),
        (
            "an update of a stream that nobody opened",
            frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1]),
        ),
        (
            "a reset of a stream that nobody opened",
            frame(RST_STREAM, 0, 1, &zero),
        ),
        (
            "a client's push",
            frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, 0x82]),
        ),
        (
            "a continuation of nothing",
            frame(CONTINUATION, END_HEADERS, 1, &[0x82]),
        ),
        (
            "something else within a header block",
            [
                frame(HEADERS, END_STREAM, 1, &[0x82]),
                frame(DATA, 0, 1, b"x"),
            ]
            .concat(),
        ),
        (
            "another stream within a header block",
            [frame(HEADERS, END_STREAM, 1, &[0x82]), request(3)].concat(),
        ),
        ("a frame that is too long", frame(DATA, 0, 1, &[0; 16_385])),
        (
            "a header block that is none",
            frame(HEADERS, WHOLE, 1, &[0xff; 20]),
        ),
        (
            "a field that is in no table",
            frame(HEADERS, WHOLE, 1, &[0x80 | 100]),
        ),
        ("a field 0", frame(HEADERS, WHOLE, 1, &[0x80])),
        (
            "a table larger than allowed",
            frame(HEADERS, WHOLE, 1, &[0x3f, 0xff, 0xff, 0x7f]),
        ),
    ];
    attack(
        |_| {},
        async |gateway| {
            for (what, bytes) in &cases {
                eprintln!("{what}");
                let mut client = Http2::connect(gateway.plain).await;
                client.write(bytes).await;
                let goaway = client.find(|frame| frame.kind == frames::GOAWAY).await;
                if let Some(goaway) = goaway {
                    assert_ne!(goaway.code(), 0, "{what}");
                    assert!(client.find(|_| false).await.is_none());
                }
            }
        },
    );
}

/// RFC 9113 8.1.1 to 8.3: malformed, and 400 or a reset.
#[test]
fn a_malformed_request_is_not_served() {
    let field = frames::field;
    let get = || frames::get("/fine");
    let with = |name: &str, value: &str| [get(), field(name, value)].concat();
    let raw = |fields: &[(&str, &str)]| -> Vec<u8> {
        fields
            .iter()
            .flat_map(|(name, value)| field(name, value))
            .collect()
    };
    let full = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "gateway.test"),
        (":path", "/fine"),
    ];
    let cases = [
        ("a name in upper case", with("X-Upper", "1")),
        ("a name with a space", with("x y", "1")),
        ("no name", with("", "1")),
        ("NUL in a value", with("x", "a\0b")),
        ("a line feed in a value", with("x", "a\nb: c")),
        ("a return in a value", with("x", "a\rb")),
        ("connection", with("connection", "keep-alive")),
        ("keep-alive", with("keep-alive", "1")),
        ("proxy-connection", with("proxy-connection", "1")),
        ("transfer-encoding", with("transfer-encoding", "chunked")),
        ("upgrade", with("upgrade", "websocket")),
        ("TE that is no trailers", with("te", "gzip")),
        ("another host", with("host", "other.test")),
        (
            "two lengths",
            [with("content-length", "0"), field("content-length", "1")].concat(),
        ),
        ("a length that is none", with("content-length", "-1")),
        ("a length without a body", with("content-length", "5")),
        ("an unknown pseudo-field", with(":other", "1")),
        ("an answer's pseudo-field", with(":status", "200")),
        ("two paths", with(":path", "/fine")),
        (
            "a pseudo-field after a field",
            [field("x", "1"), get()].concat(),
        ),
        ("no method", raw(&full[1..])),
        ("no scheme", raw(&[full[0], full[2], full[3]])),
        ("no path", raw(&full[..3])),
        ("no host", raw(&[full[0], full[1], full[3]])),
        (
            "an empty path",
            raw(&[full[0], full[1], full[2], (":path", "")]),
        ),
        (
            "a path without a slash",
            raw(&[full[0], full[1], full[2], (":path", "fine")]),
        ),
        (
            "a host that is none",
            raw(&[full[0], full[1], (":authority", "a b"), full[3]]),
        ),
    ];
    attack(
        |_| {},
        async |gateway| {
            // So that nothing else is wrong with them.
            let mut client = Http2::connect(gateway.plain).await;
            client.ask(1, &raw(&full)).await;
            assert_eq!(client.end(1).await, End::Answered(frames::OK));
            for (what, block) in &cases {
                eprintln!("{what}");
                let mut client = Http2::connect(gateway.plain).await;
                client.ask(1, block).await;
                match client.end(1).await {
                    // 400 is among HPACK's own.
                    End::Answered(status) => assert_eq!(status, 0x8c, "{what}"),
                    End::Reset(code) => assert_ne!(code, 0, "{what}"),
                    End::Gone(code) => assert_ne!(code, Some(0), "{what}"),
                }
            }
        },
    );
}

/// RFC 9113 8.1.1: a length that is not the body's makes it malformed.
#[test]
fn a_body_that_is_not_as_long_as_announced_is_not_served() {
    attack(
        |_| {},
        async |gateway| {
            let body = ask(false).to_string();
            for length in [body.len() - 1, body.len() + 1] {
                let block = [
                    frames::post("/chat"),
                    frames::field("content-type", "application/json"),
                    frames::field("content-length", &length.to_string()),
                ]
                .concat();
                let mut client = Http2::connect(gateway.plain).await;
                client.send(HEADERS, END_HEADERS, 1, &block).await;
                client.send(DATA, END_STREAM, 1, body.as_bytes()).await;
                assert_ne!(client.end(1).await, End::Answered(frames::OK));
            }
            assert_eq!(gateway.mock.attempts().len(), 0);
        },
    );
}

/// RFC 9113 5.1: STREAM_CLOSED, of the stream or of the connection, or nothing; never another answer.
#[test]
fn data_on_a_closed_stream_is_an_error() {
    attack(
        |_| {},
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            client.ask(1, &frames::get("/fine")).await;
            client.send(DATA, END_STREAM, 1, b"more").await;
            let first = client.end(1).await;
            let second = client.end(1).await;
            assert!(!matches!(second, End::Answered(_)), "{first:?}, {second:?}");
            // And headers.
            let mut client = Http2::connect(gateway.plain).await;
            client.ask(1, &frames::get("/fine")).await;
            client.ask(1, &frames::get("/fine")).await;
            let first = client.end(1).await;
            let second = client.end(1).await;
            assert!(!matches!(second, End::Answered(_)), "{first:?}, {second:?}");
        },
    );
}

/// The preface, and what only looks like it.
#[test]
fn a_preface_that_is_none_is_refused() {
    attack(
        |_| {},
        async |gateway| {
            for preface in [
                "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
                "PRI * HTTP/1.1\r\nhost: gateway.test\r\n\r\n",
                "PRI /fine HTTP/2.0\r\nhost: gateway.test\r\n\r\n",
            ] {
                let mut client = Client::connect(gateway.plain).await;
                client.send(preface.as_bytes()).await;
                if client.hears().await {
                    let status = client.answer().await.status;
                    assert!((400..=599).contains(&status), "{preface:?}: {status}");
                }
            }
            // No settings, but garbage, after a preface that is one.
            let mut client = Client::connect(gateway.plain).await;
            client.send(&[PREFACE, &[0xff; 1024]].concat()).await;
            let said = client.rest().await;
            assert!(!said.contains("HTTP/1.1"), "{said}");
            // HTTP/1.1 on a connection of HTTP/2.
            let mut client = Client::connect(gateway.plain).await;
            let then = [PREFACE, &settings(&[]), super::FINE.as_bytes()].concat();
            client.send(&then).await;
            let said = client.rest().await;
            assert!(!said.contains("fine"), "{said}");
        },
    );
}
