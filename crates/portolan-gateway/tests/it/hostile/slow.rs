//! Those who take their time: with a head, with a body, with an answer, or who only hold a place.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{interval, timeout},
};

use super::{FINE, LONG, SOON, attack, hasty, refused};
use crate::{
    admin::status,
    client::{
        Client,
        frames::{self, Http2},
        request, statuses,
    },
    harness::{PATIENCE, ask},
};

/// Between two bytes: the attacker's pace.
const PACE: Duration = Duration::from_millis(50);
/// Bounds are kept within twice their length, and a busy machine takes its time besides.
const KEPT: Duration = Duration::from_secs(5);

/// Sends `head`, then byte for byte what follows, until the gateway has enough. What was said, and how long it took.
async fn drips(gateway: &super::Attacked, head: &str, drop: u8) -> (String, Duration) {
    let began = Instant::now();
    let stream = TcpStream::connect(gateway.plain).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    write.write_all(head.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let reading = async { while matches!(read.read_buf(&mut said).await, Ok(1..)) {} };
    let dripping = async {
        let mut pace = interval(PACE);
        while began.elapsed() < PATIENCE {
            pace.tick().await;
            // What is written after the end breaks nothing here; the reader sees the end.
            let _ = write.write_all(&[drop]).await;
        }
    };
    tokio::select! {
        () = reading => {}
        () = dripping => panic!("it is not given up"),
    }
    (String::from_utf8(said).unwrap(), began.elapsed())
}

/// nginx's `client_header_timeout` is for the whole head, however busily it comes.
#[test]
fn a_slow_head_is_given_up() {
    attack(
        |options| options.bounds.header_timeout = SOON,
        async |gateway| {
            for head in [
                "G",
                "GET /fine HTTP/1.1\r\n",
                "GET /fine HTTP/1.1\r\nhost: gateway.test\r\nx-slow: ",
            ] {
                let (said, took) = drips(gateway, head, b'x').await;
                let said = statuses(&said);
                assert!(said.is_empty() || said == [408], "{said:?}");
                assert!(took >= SOON && took < KEPT, "{took:?}");
            }
            // After a request that was served, too.
            let (said, _) = drips(gateway, &format!("{FINE}G"), b'x').await;
            assert_eq!(statuses(&said)[0], 200);
        },
    );
}

/// Neither one that never said anything, nor one between two requests.
#[test]
fn a_silent_connection_is_closed() {
    attack(
        |options| hasty(&mut options.bounds),
        async |gateway| {
            let began = Instant::now();
            let mut silent = Client::connect(gateway.plain).await;
            let mut idle = Client::connect(gateway.plain).await;
            idle.write(FINE.as_bytes()).await;
            assert_eq!(idle.answer().await.status, 200);
            assert!(silent.ended().await);
            assert!(idle.ended().await);
            // HTTP/2: before its first stream, and after its last.
            let mut silent = Http2::connect(gateway.plain).await;
            let mut idle = Http2::connect(gateway.plain).await;
            idle.ask(1, &frames::get("/fine")).await;
            assert_eq!(idle.end(1).await, frames::End::Answered(frames::OK));
            assert!(silent.find(|_| false).await.is_none());
            assert!(idle.find(|_| false).await.is_none());
            assert!(began.elapsed() < 2 * KEPT, "{:?}", began.elapsed());
        },
    );
}

/// The preface of HTTP/2 is a head too.
#[test]
fn a_slow_preface_is_given_up() {
    attack(
        |options| hasty(&mut options.bounds),
        async |gateway| {
            for part in [1, 10, 23] {
                let began = Instant::now();
                let mut client = Client::connect(gateway.plain).await;
                client.write(&frames::PREFACE[..part]).await;
                assert!(client.ended().await);
                assert!(began.elapsed() < KEPT, "{:?}", began.elapsed());
            }
            // A whole one, and half a header block.
            let mut client = Http2::connect(gateway.plain).await;
            client.send(frames::HEADERS, 0, 1, &[0x82]).await;
            assert!(client.find(|_| false).await.is_none());
        },
    );
}

/// Between two pieces of a body; a slow one is read.
#[test]
fn a_body_that_stalls_is_given_up() {
    attack(
        |options| options.bounds.body_timeout = SOON,
        async |gateway| {
            let body = ask(false).to_string();
            let whole = request("POST", "/chat", &[], &body);
            let (head, _) = whole.split_once('{').unwrap();
            let began = Instant::now();
            let mut client = Client::connect(gateway.plain).await;
            client.write(format!("{head}{{").as_bytes()).await;
            refused(&client.answer().await, 408, "Request timeout");
            assert!(client.ended().await);
            assert!(began.elapsed() >= SOON && began.elapsed() < KEPT);
            assert_eq!(gateway.mock.attempts().len(), 0);

            let slow = format!("{}{body}", " ".repeat(20));
            let whole = request("POST", "/chat", &[], &slow);
            let (head, _) = whole.split_once("  ").unwrap();
            let mut client = Client::connect(gateway.plain).await;
            client.write(head.as_bytes()).await;
            let began = Instant::now();
            let mut pace = interval(PACE);
            for space in &slow.as_bytes()[..20] {
                pace.tick().await;
                client.write(&[*space]).await;
            }
            // Longer than it may be silent, and never silent for so long.
            assert!(began.elapsed() > SOON);
            client.write(body.as_bytes()).await;
            assert_eq!(client.answer().await.status, 200);
        },
    );
}

/// Over HTTP/2 the stream alone.
#[test]
fn a_body_that_stalls_on_a_stream_is_given_up() {
    attack(
        |options| options.bounds.body_timeout = SOON,
        async |gateway| {
            let mut client = Http2::connect(gateway.plain).await;
            client
                .send(
                    frames::HEADERS,
                    frames::END_HEADERS,
                    1,
                    &frames::post("/chat"),
                )
                .await;
            client.send(frames::DATA, 0, 1, b"{").await;
            let end = client.end(1).await;
            assert_ne!(end, frames::End::Answered(frames::OK));
            assert_ne!(end, frames::End::Gone(None));
            client.ask(3, &frames::get("/fine")).await;
            assert_eq!(client.end(3).await, frames::End::Answered(frames::OK));
        },
    );
}

/// A stream goes no further than its client reads, and is given up when that stops.
#[test]
fn a_client_that_does_not_read_its_stream_is_given_up() {
    attack(
        |options| options.bounds.send_timeout = SOON,
        async |gateway| {
            let mut clients = Vec::new();
            for _ in 0..4 {
                let mut client = Client::connect(gateway.plain).await;
                client.post("/endless", &[], &ask(true).to_string()).await;
                clients.push(client);
            }
            gateway.endless.ended(4).await;
        },
    );
}

/// The same where no window is given, or none for the connection any more: no socket is full then.
#[test]
fn a_client_that_gives_no_window_is_given_up() {
    const INITIAL_WINDOW_SIZE: u16 = 4;
    attack(
        |options| options.bounds.send_timeout = SOON,
        async |gateway| {
            let body = ask(true).to_string();
            for (index, window) in [0, 1, 65_535].into_iter().enumerate() {
                let settings = [(INITIAL_WINDOW_SIZE, window)];
                let mut client = Http2::connect_with(gateway.plain, &settings).await;
                let mut block = frames::post("/endless");
                block.extend(frames::field("content-type", "application/json"));
                client
                    .send(frames::HEADERS, frames::END_HEADERS, 1, &block)
                    .await;
                client
                    .send(frames::DATA, frames::END_STREAM, 1, body.as_bytes())
                    .await;
                gateway.endless.ended(index + 1).await;
            }
        },
    );
}

/// One that is told to go, does not answer that, and opens a stream instead.
#[test]
fn a_client_that_takes_no_leave_must_read_all_the_same() {
    const INITIAL_WINDOW_SIZE: u16 = 4;
    attack(
        |options| hasty(&mut options.bounds),
        async |gateway| {
            let settings = [(INITIAL_WINDOW_SIZE, 0)];
            let mut client = Http2::connect_with(gateway.plain, &settings).await;
            let told = client.find(|frame| frame.kind == frames::GOAWAY).await;
            assert!(told.is_some());
            let mut block = frames::post("/endless");
            block.extend(frames::field("content-type", "application/json"));
            client
                .send(frames::HEADERS, frames::END_HEADERS, 1, &block)
                .await;
            let body = ask(true).to_string();
            client
                .send(frames::DATA, frames::END_STREAM, 1, body.as_bytes())
                .await;
            gateway.endless.ended(1).await;
        },
    );
}

/// One that asks and asks.
#[test]
fn a_client_that_reads_none_of_its_answers_is_given_up() {
    attack(
        |options| options.bounds.send_timeout = SOON,
        async |gateway| {
            let mut stream = TcpStream::connect(gateway.plain).await.unwrap();
            let piece = FINE.repeat(100);
            let asking = async { while stream.write_all(piece.as_bytes()).await.is_ok() {} };
            timeout(LONG, asking).await.expect("an end");
        },
    );
}

/// All of them are closed at once, and told as accepted but not handled, which is nginx's way.
#[test]
fn connections_past_the_bound_are_closed() {
    const BOUND: usize = 16;
    attack(
        |options| options.bounds.connections = BOUND,
        async |gateway| {
            let mut held = Vec::new();
            // Of the connections before, some may still be counted.
            let filling = async {
                while held.len() < BOUND {
                    held.extend(admitted(gateway).await);
                }
            };
            timeout(PATIENCE, filling).await.expect("room");
            let refusals = async || {
                let server = status(&gateway.served).await["server"].clone();
                let count = |name: &str| server[name].as_u64().unwrap();
                count("connections_accepted") - count("connections_handled")
            };
            let before = refusals().await;
            for _ in 0..50 {
                assert_eq!(gateway.says(FINE).await, "");
            }
            assert_eq!(refusals().await, before + 50);
            for client in &mut held {
                client.write(FINE.as_bytes()).await;
                assert_eq!(client.answer().await.status, 200);
            }
            // One that goes makes room for one, once the gateway has noticed.
            for _ in 0..BOUND {
                held.pop();
                let freed = async { while admitted(gateway).await.is_none() {} };
                timeout(PATIENCE, freed).await.expect("room");
            }
        },
    );
}

/// A connection that is served; none: it was turned away.
async fn admitted(gateway: &super::Attacked) -> Option<Client> {
    let mut client = Client::connect(gateway.plain).await;
    if !client.send(FINE.as_bytes()).await || !client.hears().await {
        return None;
    }
    assert_eq!(client.answer().await.status, 200);
    Some(client)
}
