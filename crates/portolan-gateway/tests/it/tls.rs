//! TLS towards clients: whose certificate is shown, what a route makes of it, and HTTP/2's end.

use http::Request;
use http_body_util::Full;
use portolan_mock::Step;
use serde_json::{Value, json};
use tokio::task;

use crate::{
    client::{
        Client,
        frames::{self, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, Http2},
        wires::{Ports, collect, exchange, tls},
    },
    harness::{Served, ask, loaded, scripted, serve_with, single, target},
};

/// A certificate of its own for each name of a file, and what is shown of it.
struct Made {
    certificate: Value,
    der: Vec<u8>,
}

fn made(names: &[&str]) -> Made {
    let own = rcgen::generate_simple_self_signed(["made.test".to_owned()]).unwrap();
    let snis: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    Made {
        certificate: json!({
            "cert": own.cert.pem(),
            "key": own.signing_key.serialize_pem(),
            "snis": snis,
        }),
        der: own.cert.der().to_vec(),
    }
}

fn with(certificates: &[&Made], routes: Value) -> Value {
    let certificates: Vec<&Value> = certificates.iter().map(|made| &made.certificate).collect();
    json!({ "_format_version": "3.0", "certificates": certificates, "routes": routes })
}

fn fine() -> Value {
    json!([{
        "name": "request-termination",
        "config": { "status_code": 200, "message": "fine" },
    }])
}

fn serve_both(file: &Value) -> (Served, Ports) {
    let served = serve_with(&file.to_string(), |options| {
        options.listen = Ports::listeners();
    });
    let ports = Ports::of(&served.gateway);
    (served, ports)
}

/// The certificate that who asks for `name` is shown.
async fn shown(ports: Ports, name: Option<&str>) -> Vec<u8> {
    let stream = tls(ports.tls, name, &[]).await.unwrap();
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    certificates[0].to_vec()
}

/// Kong's order: a name's own, its wildcards, `*`; and to who names none, the gateway's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_shown_its_certificate() {
    let exact = made(&["a.wild.test", "plain.test"]);
    let left = made(&["*.wild.test"]);
    let right = made(&["example.*"]);
    let any = made(&["*"]);
    let (_served, ports) = serve_both(&with(&[&exact, &left, &right, &any], json!([])));
    for (name, of) in [
        ("a.wild.test", &exact),
        ("A.Wild.Test", &exact),
        ("plain.test", &exact),
        ("b.wild.test", &left),
        ("example.test", &right),
        ("elsewhere.test", &any),
        ("wild.test", &any),
    ] {
        assert_eq!(shown(ports, Some(name)).await, of.der, "{name}");
    }
    let own = shown(ports, None).await;
    for made in [&exact, &left, &right, &any] {
        assert_ne!(own, made.der);
    }
    // The same for as long as the gateway runs.
    assert_eq!(shown(ports, None).await, own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_a_certificate_is_shown_the_gateways_own() {
    let other = made(&["other.test"]);
    let (_served, ports) = serve_both(&with(&[&other], json!([])));
    let own = shown(ports, None).await;
    assert_ne!(own, other.der);
    assert_eq!(shown(ports, Some("gateway.test")).await, own);
    assert_eq!(shown(ports, Some("other.test")).await, other.der);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_changes_the_certificates() {
    let (first, second) = (made(&["gateway.test"]), made(&["gateway.test"]));
    let route = json!([{ "name": "fine", "paths": ["/fine"], "plugins": fine() }]);
    let (served, ports) = serve_both(&with(&[&first], route.clone()));
    let name = Some("gateway.test");
    assert_eq!(shown(ports, name).await, first.der);
    // Open before, and served after.
    let open = tls(ports.tls, name, &[]).await.unwrap();
    let file = with(&[&second], route.clone()).to_string();
    served.gateway.reload(&loaded(&file).config).unwrap();
    assert_eq!(shown(ports, name).await, second.der);
    let request = Request::get("/fine").header("host", "gateway.test");
    let request = request.body(Full::default()).unwrap();
    assert_eq!(exchange(open, false, request).await.status(), 200);
    // None any more: the gateway's own.
    let file = with(&[], route).to_string();
    served.gateway.reload(&loaded(&file).config).unwrap();
    assert_ne!(shown(ports, name).await, second.der);
}

/// Over TLS, of who asked for `name`.
async fn status(ports: Ports, name: Option<&str>, path: &str) -> u16 {
    let stream = tls(ports.tls, name, &[]).await.unwrap();
    let request = Request::get(path).header("host", "gateway.test");
    let request = request.body(Full::default()).unwrap();
    exchange(stream, false, request).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_chosen_by_the_name_of_the_handshake() {
    let routes = json!([
        { "name": "a", "snis": ["a.test"], "paths": ["/a"], "protocols": ["https"], "plugins": fine() },
        { "name": "both", "paths": ["/both"], "protocols": ["http", "https"], "plugins": fine() },
    ]);
    let (_served, ports) = serve_both(&with(&[], routes));
    for (name, path, expected) in [
        (Some("a.test"), "/a", 200),
        (Some("A.test"), "/a", 200),
        (Some("b.test"), "/a", 404),
        (None, "/a", 404),
        (Some("b.test"), "/both", 200),
        (None, "/both", 200),
    ] {
        let answered = status(ports, name, path).await;
        assert_eq!(answered, expected, "{name:?} {path}");
    }
}

/// Kong's two ways to ask for TLS (`https_redirect_status_code`).
#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_https_says_so_over_http() {
    let route = |name: &str, status: u16| {
        json!({
            "name": name,
            "paths": [format!("/{name}")],
            "protocols": ["https"],
            "https_redirect_status_code": status,
            "plugins": fine(),
        })
    };
    let routes = [
        route("upgrade", 426),
        route("moved", 301),
        route("found", 302),
        route("temporary", 307),
        route("permanent", 308),
    ];
    let (_served, ports) = serve_both(&with(&[], json!(routes)));
    let mut client = Client::connect(ports.plain).await;
    for (name, status) in [
        ("upgrade", 426),
        ("moved", 301),
        ("found", 302),
        ("temporary", 307),
        ("permanent", 308),
    ] {
        let head = format!("GET /{name}/x?a=b%20c HTTP/1.1\r\nhost: gateway.test:8000\r\n\r\n");
        client.write(head.as_bytes()).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status, "{name}");
        if status == 426 {
            assert_eq!(answer.json()["message"], "Please use HTTPS protocol");
            assert_eq!(answer.header("connection").to_ascii_lowercase(), "upgrade");
            assert_eq!(answer.header("upgrade"), "TLS/1.2, HTTP/1.1");
        } else {
            let expected = format!("https://gateway.test/{name}/x?a=b%20c");
            assert_eq!(answer.header("location"), expected);
            assert_eq!(answer.text(), "");
        }
        let secure = format!("/{name}/x?a=b%20c");
        assert_eq!(
            self::status(ports, Some("gateway.test"), &secure).await,
            200
        );
    }
}

/// RFC 9113 6.8: no new streams, and the one that runs goes on to its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_tells_http2_to_go_and_lets_its_stream_finish() {
    let text = "word ".repeat(30);
    let step = Step {
        text: Some(text.clone()),
        chunk_delay_ms: Some(20),
        ..Step::default()
    };
    let mock = scripted(step).await;
    let (served, ports) = serve_both(&single(target("openai", &mock)));
    let mut client = Http2::connect(ports.plain).await;
    let mut block = frames::post("/chat");
    block.extend(frames::field("content-type", "application/json"));
    client.send(HEADERS, END_HEADERS, 1, &block).await;
    let body = ask(true).to_string();
    client.send(DATA, END_STREAM, 1, body.as_bytes()).await;
    let first = client.find(|frame| frame.kind == DATA).await.unwrap();
    let mut said = first.payload;
    let draining = task::spawn_blocking(move || served.line());
    let mut goaway = false;
    loop {
        let frame = client.next().await.expect("the end of the stream");
        match frame.kind {
            GOAWAY => {
                assert_eq!(frame.code(), 0);
                goaway = true;
            }
            frames::PING if frame.flags == 0 => {
                client
                    .send(frames::PING, frames::ACK, 0, &frame.payload)
                    .await;
            }
            DATA => {
                assert_eq!(frame.stream, 1);
                said.extend(&frame.payload);
                if frame.flags & END_STREAM != 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    assert!(goaway);
    let said = String::from_utf8(said).unwrap();
    assert!(said.ends_with("data: [DONE]\n\n"), "{said}");
    assert_eq!(said.matches("word").count(), 30);
    assert!(client.find(|_| false).await.is_none());
    assert_eq!(draining.await.unwrap()["response"]["complete"], true);
}

/// A client that knows our end from a cut (RFC 8446, 6.1).
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_ends_with_the_connection_ends_in_order() {
    let routes = json!([{ "name": "fine", "paths": ["/fine"], "plugins": fine() }]);
    let (_served, ports) = serve_both(&with(&[], routes));
    let stream = tls(ports.tls, Some("gateway.test"), &[]).await.unwrap();
    let request = Request::get("/fine")
        .header("host", "gateway.test")
        .header("connection", "close");
    let request = request.body(Full::default()).unwrap();
    let answer = collect(exchange(stream, false, request).await).await;
    assert_eq!((answer.status, answer.whole), (200, true));
    // rustls tells an end without `close_notify` by an error.
    let mut stream = tls(ports.tls, Some("gateway.test"), &[]).await.unwrap();
    let head = b"GET /fine HTTP/1.0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, head)
        .await
        .unwrap();
    let mut said = String::new();
    let read = tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut said).await;
    assert!(read.is_ok(), "{read:?}");
    assert!(said.ends_with("{\"message\":\"fine\"}"), "{said}");
}
