//! The PROXY header in front of a connection (haproxy's specification, 2.1 and 2.2): who the client is, and who is none.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use http::Request;
use http_body_util::Full;
use portolan_gateway::Listener;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    client::{
        Client,
        frames::{self, PREFACE, settings},
        statuses,
        wires::{Ports, collect, exchange, handshake},
    },
    harness::{Served, serve_with},
};

const FINE: &str = "GET /fine HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
const SOON: Duration = Duration::from_secs(1);
/// RFC 5737 and RFC 3849: addresses that nobody has.
const V4: &str = "192.0.2.7";
const V6: &str = "2001:db8::7";

fn file() -> Value {
    let fine = json!([{
        "name": "request-termination",
        "config": { "status_code": 200, "message": "fine" },
    }]);
    json!({
        "_format_version": "3.0",
        "routes": [{ "name": "fine", "paths": ["/fine"], "plugins": fine }],
    })
}

fn serve() -> (Served, Ports) {
    let served = serve_with(&file().to_string(), |options| {
        options.bounds.handshake_timeout = SOON;
        options.listen = Ports::listeners()
            .into_iter()
            .map(|listener| Listener {
                proxy_protocol: true,
                ..listener
            })
            .collect();
    });
    let ports = Ports::of(&served.gateway);
    (served, ports)
}

/// Version 2: what it does and to which family, and the bytes after that.
fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[0x20 | command, family], &length, rest].concat()
}

/// From 192.0.2.7, port 5555, to 192.0.2.1, port 443; with an extension of no meaning.
fn binary_v4() -> Vec<u8> {
    let rest = [192, 0, 2, 7, 192, 0, 2, 1, 0x15, 0xb3, 0x01, 0xbb];
    let extension = [0xee, 0, 3, 1, 2, 3];
    binary(1, 0x11, &[&rest[..], &extension].concat())
}

fn binary_v6() -> Vec<u8> {
    let address = |last: u8| {
        let mut address = [0; 16];
        address[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        address[15] = last;
        address
    };
    let ports = [0x15, 0xb3, 0x01, 0xbb];
    binary(1, 0x21, &[&address(7)[..], &address(1), &ports].concat())
}

/// Each kind of header, and whom it names; none: the connection's own peer.
fn headers() -> Vec<(Vec<u8>, Option<&'static str>)> {
    let line = |line: &str| format!("{line}\r\n").into_bytes();
    vec![
        (line("PROXY TCP4 192.0.2.7 192.0.2.1 5555 443"), Some(V4)),
        (
            line("PROXY TCP6 2001:db8::7 2001:db8::1 5555 443"),
            Some(V6),
        ),
        (line("PROXY UNKNOWN"), None),
        (line("PROXY UNKNOWN 192.0.2.7 192.0.2.1 5555 443"), None),
        (binary_v4(), Some(V4)),
        (binary_v6(), Some(V6)),
        // LOCAL: the proxy asks for itself, whatever addresses stand there.
        (binary(0, 0, &[]), None),
        (
            binary(0, 0x11, &[192, 0, 2, 7, 192, 0, 2, 1, 0, 1, 0, 1]),
            None,
        ),
        // Of no family, and of a Unix socket.
        (binary(1, 0, &[]), None),
        (binary(1, 0x31, &[0; 216]), None),
    ]
}

fn clients(served: Served) -> Vec<String> {
    let lines = served.settled();
    let client = |line: &Value| line["client_ip"].as_str().unwrap().to_owned();
    lines.iter().map(client).collect()
}

fn named(headers: &[(Vec<u8>, Option<&str>)]) -> Vec<String> {
    let client = |(_, named): &(Vec<u8>, Option<&str>)| named.unwrap_or("127.0.0.1").to_owned();
    headers.iter().map(client).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_whom_the_header_names() {
    let (served, ports) = serve();
    let headers = headers();
    for (header, _) in &headers {
        let mut client = Client::connect(ports.plain).await;
        client.write(&[&header[..], FINE.as_bytes()].concat()).await;
        assert_eq!(statuses(&client.rest().await), [200], "{header:?}");
    }
    assert_eq!(clients(served), named(&headers));
}

/// However it comes in.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_may_come_byte_for_byte() {
    let (served, ports) = serve();
    let headers = headers();
    for (header, _) in &headers {
        let stream = TcpStream::connect(ports.plain).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Client::over(stream);
        for byte in [&header[..], FINE.as_bytes()].concat() {
            client.write(&[byte]).await;
        }
        assert_eq!(statuses(&client.rest().await), [200], "{header:?}");
    }
    assert_eq!(clients(served), named(&headers));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_and_http2_begin_after_it() {
    let (served, ports) = serve();
    for (name, is_http2) in [(&b"http/1.1"[..], false), (&b"h2"[..], true)] {
        let mut stream = TcpStream::connect(ports.tls).await.unwrap();
        stream.write_all(&binary_v4()).await.unwrap();
        let stream = handshake(stream, Some("gateway.test"), &[name]).await;
        let uri = if is_http2 {
            "https://gateway.test/fine"
        } else {
            "/fine"
        };
        let mut request = Request::get(uri);
        if !is_http2 {
            request = request.header("host", "gateway.test");
        }
        let request = request.body(Full::default()).unwrap();
        let answer = collect(exchange(stream.unwrap(), is_http2, request).await).await;
        assert_eq!((answer.status, answer.whole), (200, true));
    }
    // Without TLS, in one piece with HTTP/2's own beginning.
    let mut client = Client::connect(ports.plain).await;
    let whole = frames::END_HEADERS | frames::END_STREAM;
    let get = frames::frame(frames::HEADERS, whole, 1, &frames::get("/fine"));
    client
        .write(&[&binary_v6()[..], PREFACE, &settings(&[]), &get].concat())
        .await;
    client.seen("fine").await;
    drop(client);
    assert_eq!(clients(served), [V4, V4, V6]);
}

/// Closed, with nothing said: who came is not known.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_header_is_closed() {
    let (served, ports) = serve();
    let line = |line: &str| format!("{line}\r\n{FINE}").into_bytes();
    let mut wrong_version = binary_v4();
    wrong_version[12] = 0x31;
    let mut wrong_command = binary_v4();
    wrong_command[12] = 0x2f;
    for bytes in [
        FINE.as_bytes().to_vec(),
        [PREFACE, &settings(&[])].concat(),
        vec![0xff; 4096],
        line("PROXY"),
        line("PROXY "),
        line("PROXY TCP4"),
        line("PROXY TCP5 192.0.2.7 192.0.2.1 5555 443"),
        line("PROXY TCP4 192.0.2.7 192.0.2.1 5555"),
        line("PROXY TCP4 192.0.2.7 192.0.2.1 5555 443 more"),
        line("PROXY TCP4 192.0.2.7 192.0.2.1 65536 443"),
        line("PROXY TCP4 192.0.2.7 192.0.2.1 +1 443"),
        line("PROXY TCP4 192.0.2.256 192.0.2.1 5555 443"),
        line("PROXY TCP4 2001:db8::7 2001:db8::1 5555 443"),
        line("PROXY TCP6 192.0.2.7 192.0.2.1 5555 443"),
        line("PROXY TCP4  192.0.2.7 192.0.2.1 5555 443"),
        line("proxy TCP4 192.0.2.7 192.0.2.1 5555 443"),
        // A line feed alone, and more than the 107 bytes that a line may have.
        format!("PROXY TCP4 192.0.2.7 192.0.2.1 5555 443\n{FINE}").into_bytes(),
        line(&format!("PROXY UNKNOWN {}", "x".repeat(200))),
        "PROXY TCP4 ".repeat(1_000).into_bytes(),
        [&wrong_version[..], FINE.as_bytes()].concat(),
        [&wrong_command[..], FINE.as_bytes()].concat(),
        // Too short for what it says it holds, and longer than anything it could.
        [&binary(1, 0x11, &[192, 0, 2, 7])[..], FINE.as_bytes()].concat(),
        [&binary(1, 0x11, &[0; 65_535])[..], FINE.as_bytes()].concat(),
    ] {
        for address in [ports.plain, ports.tls] {
            let mut client = Client::connect(address).await;
            client.send(&bytes).await;
            assert_eq!(statuses(&client.rest().await), [0; 0], "{bytes:?}");
        }
    }
    assert_eq!(clients(served), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_does_not_come_is_not_waited_for() {
    let (_served, ports) = serve();
    let began = Instant::now();
    let mut waiting = Vec::new();
    for address in [ports.plain, ports.tls] {
        for part in [&b""[..], b"PROXY TCP4 192", &SIGNATURE[..5], SIGNATURE] {
            let mut client = Client::connect(address).await;
            client.write(part).await;
            waiting.push(client);
        }
    }
    for client in &mut waiting {
        assert!(client.ended().await);
    }
    assert!(began.elapsed() >= SOON);
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// On a listener that does not ask for it, it is no HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_it_is_refused() {
    let served = serve_with(&file().to_string(), |options| {
        options.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0)).into()];
    });
    for header in [
        b"PROXY TCP4 192.0.2.7 192.0.2.1 5555 443\r\n".to_vec(),
        binary_v4(),
    ] {
        let mut client = Client::connect(served.address).await;
        client.send(&[&header[..], FINE.as_bytes()].concat()).await;
        assert_eq!(statuses(&client.rest().await), [400], "{header:?}");
    }
}
