mod faults;
mod http2;

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::Body;
use portolan_config::compiled::{Origin, Timeouts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::yield_now,
};

use super::{
    Call, Destination, Options, Received, RequestHead, Resolve, Segments, SendError, Upstream,
    UpstreamBody, error::BodyError, turn::Turn,
};

const LONG: Duration = Duration::from_secs(10);
const PONG: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong";
const PONG_CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\npo\r\n2\r\nng\r\n0\r\n\r\n";
const BOUNDS: Timeouts = Timeouts {
    connect: LONG,
    write: LONG,
    read: LONG,
};

async fn listen() -> (TcpListener, Origin) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin {
        tls: false,
        host: "127.0.0.1".into(),
        port: listener.local_addr().unwrap().port(),
    };
    (listener, origin)
}

fn upstream() -> Upstream {
    Upstream::new(&Options::default()).unwrap()
}

fn head(body: &Segments) -> RequestHead {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("provider.test"));
    headers.insert("content-length", HeaderValue::from(body.len()));
    RequestHead {
        method: Method::POST,
        path_and_query: "/v1/chat?a=b".parse().unwrap(),
        headers,
    }
}

async fn send(
    upstream: &Upstream,
    origin: &Origin,
    body: impl Into<Segments>,
    timeouts: &Timeouts,
) -> Result<Received, SendError> {
    let body = body.into();
    let to = provider(origin);
    let call = Call {
        to: &to,
        head: head(&body),
        body: body.into(),
        timeouts,
        failed: 0,
        upgrade: false,
    };
    upstream.send(call).await
}

fn provider(origin: &Origin) -> Destination {
    Destination {
        origin: origin.clone(),
        tls: None,
    }
}

async fn ping(upstream: &Upstream, origin: &Origin) -> Result<Received, SendError> {
    let slices = [&b"pi"[..], b"", b"ng"].map(Bytes::from_static);
    send(upstream, origin, slices, &BOUNDS).await
}

/// Reads one `ping`, and returns what came.
async fn pinged(socket: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\nping") {
        assert_ne!(socket.read_buf(&mut read).await.unwrap(), 0, "{read:?}");
    }
    read
}

async fn chunk(body: &mut UpstreamBody) -> Option<Result<Bytes, BodyError>> {
    poll_fn(|cx| body.poll_chunk(cx)).await
}

async fn whole(body: &mut UpstreamBody) -> Vec<u8> {
    let mut read = Vec::new();
    while let Some(bytes) = chunk(body).await {
        read.extend_from_slice(&bytes.unwrap());
    }
    read
}

/// Sends one `ping` to a provider that reads it, writes `answer` and closes.
async fn answered(answer: &[u8]) -> Result<Received, SendError> {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        socket.write_all(answer).await.unwrap();
    };
    tokio::join!(provider, ping(&upstream, &origin)).1
}

#[test]
fn resolve_takes_curls_form_and_a_port_of_its_own() {
    let to = |text: &str, host: &str, port| {
        let origin = Origin {
            tls: true,
            host: host.into(),
            port,
        };
        let entry: Resolve = text.parse().unwrap();
        entry.address_of(&origin).map(|address| address.to_string())
    };
    let found = |text: &str, host: &str| to(text, host, 443);
    assert_eq!(
        found("API.test:443:127.0.0.1", "api.test").as_deref(),
        Some("127.0.0.1:443")
    );
    assert_eq!(
        found("api.test:443:127.0.0.1:9443", "api.test").as_deref(),
        Some("127.0.0.1:9443")
    );
    for address in ["::1", "[::1]"] {
        assert_eq!(
            found(&format!("api.test:443:{address}"), "api.test").as_deref(),
            Some("[::1]:443")
        );
    }
    assert_eq!(
        found("api.test:443:[::1]:9443", "api.test").as_deref(),
        Some("[::1]:9443")
    );
    assert_eq!(found("api.test:443:127.0.0.1", "other.test"), None);
    assert_eq!(to("api.test:443:127.0.0.1", "api.test", 80), None);
}

#[test]
fn resolve_says_what_it_found() {
    for text in [
        "api.test",
        "api.test:443",
        ":443:127.0.0.1",
        "api.test:https:127.0.0.1",
        "api.test:443:elsewhere",
    ] {
        let error = text.parse::<Resolve>().unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
        assert!(error.contains("HOST:PORT:ADDRESS"), "{error}");
    }
}

#[tokio::test]
async fn segments_leave_in_order_and_know_their_length() {
    let mut body = Segments::from(vec![
        Bytes::new(),
        Bytes::from_static(b"ab"),
        Bytes::new(),
        Bytes::from_static(b"c"),
    ]);
    let mut seen = Vec::new();
    assert_eq!(body.size_hint().exact(), Some(3));
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        seen.push((frame.unwrap().into_data().unwrap(), body.len()));
    }
    assert_eq!(
        seen,
        [
            (Bytes::from_static(b"ab"), 1),
            (Bytes::from_static(b"c"), 0)
        ]
    );
    assert!(Segments::from(Bytes::new()).is_end_stream());
}

struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_turn_holds_wakes_back_until_it_waits() {
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let count = || wakes.0.load(Ordering::Relaxed);
    let task = Waker::from(Arc::clone(&wakes));
    let cx = Context::from_waker(&task);
    let turn = Arc::<Turn>::default();
    let waker = Waker::from(Arc::clone(&turn));

    turn.begin();
    waker.wake_by_ref();
    assert_eq!((count(), turn.woken()), (0, true));
    turn.wait(&cx);
    assert_eq!(count(), 1);
    waker.wake_by_ref();
    assert_eq!(count(), 2);
    turn.begin();
    assert!(!turn.woken());
    turn.wait(&cx);
    assert_eq!(count(), 2);
}

#[tokio::test]
async fn a_connection_carries_the_next_request_after_a_whole_answer() {
    for answer in [PONG, PONG_CHUNKED] {
        let (listener, origin) = listen().await;
        let upstream = upstream();
        let provider = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            for _ in 0..3 {
                let request = pinged(&mut socket).await;
                assert!(request.starts_with(b"POST /v1/chat?a=b HTTP/1.1\r\n"));
                socket.write_all(answer).await.unwrap();
            }
            socket
        };
        let client = async {
            for reused in [false, true, true] {
                let mut received = ping(&upstream, &origin).await.unwrap();
                assert_eq!(received.reused, reused);
                assert_eq!(received.status, StatusCode::OK);
                assert_eq!(received.peer.unwrap().port(), origin.port);
                let stated = received.headers.contains_key("content-length").then_some(4);
                assert_eq!(received.body.exact_len(), stated);
                assert_eq!(whole(&mut received.body).await, b"pong");
            }
        };
        tokio::join!(provider, client);
    }
}

#[tokio::test]
async fn an_answer_without_a_body_frees_its_connection_at_once() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        for _ in 0..2 {
            pinged(&mut socket).await;
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            socket.write_all(answer).await.unwrap();
        }
        socket
    };
    let client = async {
        let first = ping(&upstream, &origin).await.unwrap();
        let second = ping(&upstream, &origin).await.unwrap();
        assert_eq!((first.reused, second.reused), (false, true));
    };
    tokio::join!(provider, client);
}

#[tokio::test]
async fn an_idle_connection_that_died_is_replaced_unseen() {
    let (listener, origin) = listen().await;
    let upstream = upstream();
    let (close, closed) = oneshot::channel();
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        socket.write_all(PONG).await.unwrap();
        drop(socket);
        close.send(()).unwrap();
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        socket.write_all(PONG).await.unwrap();
    };
    let client = async {
        let mut first = ping(&upstream, &origin).await.unwrap();
        whole(&mut first.body).await;
        closed.await.unwrap();
        // Lets the runtime see the socket's end.
        for _ in 0..3 {
            yield_now().await;
        }
        let second = ping(&upstream, &origin).await.unwrap();
        assert!(!second.reused);
    };
    tokio::join!(provider, client);
}

#[tokio::test]
async fn a_resolve_entry_leads_elsewhere() {
    let (listener, local) = listen().await;
    let entry = format!("provider.test:80:127.0.0.1:{}", local.port);
    let upstream = Upstream::new(&Options {
        resolve: vec![entry.parse().unwrap()],
        extra_roots: Vec::new(),
    })
    .unwrap()
    .shard();
    let origin = Origin {
        host: "provider.test".into(),
        port: 80,
        ..local
    };
    let provider = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        pinged(&mut socket).await;
        socket.write_all(PONG).await.unwrap();
    };
    let ((), received) = tokio::join!(provider, ping(&upstream, &origin));
    assert_eq!(received.unwrap().status, StatusCode::OK);
}
