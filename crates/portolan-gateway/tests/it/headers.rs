//! The headers that an answer carries.

use std::net::SocketAddr;

use portolan_gateway::Trusted;
use portolan_mock::Step;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use crate::{
    client::{Answer, Client, chat},
    harness::{ask, file, mock, scripted, serve, serve_with, single, target},
};

/// 32 lower-case hexadecimal digits: `kong-core.md` 3.5.
fn is_id(id: &str) -> bool {
    id.len() == 32
        && id
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}

fn proxied(answer: &Answer) {
    for latency in ["x-kong-upstream-latency", "x-kong-proxy-latency"] {
        let value = answer.header(latency);
        assert!(value.parse::<u64>().is_ok(), "{latency}: {value}");
    }
    assert_eq!(answer.find("x-kong-response-latency"), None);
    assert!(answer.header("via").starts_with("1.1 portolan/"));
    assert!(answer.header("server").starts_with("portolan/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_names_its_model_and_its_request() {
    for (provider, model) in [
        ("openai", "openai/gpt-4o-mini"),
        ("mistral", "mistral/mistral-small-latest"),
        ("cohere", "cohere/command-a-03-2025"),
    ] {
        for stream in [false, true] {
            let mock = mock().await;
            let served = serve(&single(target(provider, &mock)));
            let answer = chat(served.address, &ask(stream)).await;
            assert_eq!(answer.header("x-kong-llm-model"), model);
            let id = answer.header("x-kong-request-id");
            assert!(is_id(id), "{id}");
            proxied(&answer);
            assert_eq!(served.line()["request"]["id"], json!(id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_have_two_ids() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let one = chat(served.address, &ask(false)).await;
    let two = chat(served.address, &ask(false)).await;
    assert_ne!(
        one.header("x-kong-request-id"),
        two.header("x-kong-request-id")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_named_only_on_a_200_and_where_the_file_lets_it() {
    let refusing = scripted(Step {
        status: Some(400),
        ..Step::default()
    })
    .await;
    let served = serve(&single(target("openai", &refusing)));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(
        (answer.status, answer.find("x-kong-llm-model")),
        (400, None)
    );
    // Proxied all the same.
    proxied(&answer);

    let mock = mock().await;
    let served = serve(&file(json!({
        "model_name_header": false,
        "targets": [target("openai", &mock)],
    })));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(
        (answer.status, answer.find("x-kong-llm-model")),
        (200, None)
    );
}

/// `kong-core.md` 3.5: a 502 after proxying was tried is proxied; Kong's `Via` follows the provider's.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_upstream_and_a_foreign_via_carry_kongs_headers() {
    let closing = scripted(Step {
        close_before_headers: true,
        ..Step::default()
    })
    .await;
    let served = serve(&single(target("openai", &closing)));
    let answer = chat(served.address, &ask(false)).await;
    assert_eq!(answer.status, 502);
    proxied(&answer);

    let mut step = Step::default();
    for (name, value) in [
        ("via", "1.1 google"),
        ("server", "cloudflare"),
        ("set-cookie", "__cf_bm=FAKE"),
        ("alt-svc", "h3=\":443\""),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("x-ratelimit-remaining-tokens", "149984"),
        ("openai-processing-ms", "42"),
    ] {
        step.headers.insert(name.to_owned(), value.to_owned());
    }
    let mock = scripted(step).await;
    let served = serve(&single(target("openai", &mock)));
    let answer = chat(served.address, &ask(false)).await;
    assert!(
        answer
            .header("via")
            .starts_with("1.1 google, 1.1 portolan/")
    );
    assert_eq!(answer.header("server"), "cloudflare");
    assert_eq!(answer.header("x-ratelimit-remaining-tokens"), "149984");
    assert_eq!(answer.header("openai-processing-ms"), "42");
    for gone in ["set-cookie", "alt-svc", "x-hop"] {
        assert_eq!(answer.find(gone), None, "{gone}");
    }
}

/// A service that answers one request; gives the head that it got, its names in lower case.
async fn service(answer: &'static str) -> (SocketAddr, JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut head).await.unwrap(), 0, "half a head");
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        let head = String::from_utf8(head).unwrap();
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect()
    });
    (address, asked)
}

/// A file of one service at `/api`.
fn plain(address: SocketAddr) -> String {
    json!({
        "_format_version": "3.0",
        "services": [{
            "name": "plain",
            "url": format!("http://{address}"),
            "retries": 0,
            "routes": [{ "name": "api", "paths": ["/api"] }],
        }],
    })
    .to_string()
}

async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: Gateway.test:8000\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut client = Client::connect(address).await;
    client.write(format!("{head}\r\n").as_bytes()).await;
    client.answer().await
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

/// `kong-core.md` 3.5, the no-match set; hyper leaves `Connection` out where HTTP/1.1 means it anyway.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_gateways_own_has_kongs_headers() {
    let (address, _) = service("").await;
    let served = serve_with(&plain(address), |_| {});
    let answer = get(served.address, "/nope", &[]).await;
    assert_eq!(
        names(&answer.headers),
        [
            "content-length",
            "content-type",
            "date",
            "server",
            "x-kong-request-id",
            "x-kong-response-latency",
        ]
    );
}

/// `kong-core.md` 3.5 and 3.6, both ways.
#[tokio::test(flavor = "multi_thread")]
async fn a_plain_request_is_forwarded_with_kongs_headers() {
    let (address, asked) = service(
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nvia: 1.1 inner\r\nset-cookie: a=b\r\nx-accel-buffering: no\r\n\r\nhi",
    )
    .await;
    let served = serve_with(&plain(address), |_| {});
    let forged = [
        ("accept", "*/*"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/forged"),
        ("x-kong-request-id", "ffffffffffffffffffffffffffffffff"),
    ];
    let answer = get(served.address, "/api/x?q=1", &forged).await;
    assert_eq!((answer.status, answer.text()), (200, "hi"));
    assert_eq!(
        names(&answer.headers),
        [
            "content-length",
            "date",
            "server",
            "set-cookie",
            "via",
            "x-kong-proxy-latency",
            "x-kong-request-id",
            "x-kong-upstream-latency",
        ]
    );
    assert!(answer.header("via").starts_with("1.1 inner, 1.1 portolan/"));
    let mut asked = asked.await.unwrap();
    asked.sort_unstable();
    let id = answer.header("x-kong-request-id");
    let port = served.address.port().to_string();
    let via = format!("1.1 {}", answer.header("server"));
    let host = address.to_string();
    let expected = [
        ("accept", "*/*"),
        ("connection", "keep-alive"),
        ("host", host.as_str()),
        ("via", via.as_str()),
        ("x-forwarded-for", "203.0.113.7, 127.0.0.1"),
        ("x-forwarded-host", "gateway.test"),
        ("x-forwarded-path", "/api/x"),
        ("x-forwarded-port", port.as_str()),
        ("x-forwarded-prefix", "/api"),
        ("x-forwarded-proto", "http"),
        ("x-kong-request-id", id),
        ("x-real-ip", "127.0.0.1"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(asked, expected);
}

/// `kong-core.md` 3.6: `trusted_ips` and `real_ip_header`.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_trusted_proxy_says_goes_on() {
    let (address, asked) = service("HTTP/1.1 204 No Content\r\n\r\n").await;
    let served = serve_with(&plain(address), |options| {
        options.trusted = Trusted {
            ranges: vec![
                Trusted::range("127.0.0.0/8").unwrap(),
                Trusted::range("10.0.0.0/8").unwrap(),
            ],
            header: "X-Forwarded-For".parse().unwrap(),
            recursive: true,
        };
    });
    let said = [
        ("x-forwarded-for", "198.51.100.1, 203.0.113.7, 10.0.0.3"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "public.test"),
        ("x-forwarded-port", "443"),
        ("connection", "close"),
    ];
    let mut client = Client::connect(served.address).await;
    let mut head = "GET /api HTTP/1.1\r\nhost: gateway.test\r\n".to_owned();
    for (name, value) in said {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    client.write(format!("{head}\r\n").as_bytes()).await;
    client.seen("HTTP/1.1 204").await;
    let asked = asked.await.unwrap();
    let value = |name: &str| {
        let found = asked.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let list = "198.51.100.1, 203.0.113.7, 10.0.0.3, 127.0.0.1";
    assert_eq!(value("x-forwarded-for"), list);
    assert_eq!(value("x-real-ip"), "203.0.113.7");
    assert_eq!(value("x-forwarded-proto"), "https");
    assert_eq!(value("x-forwarded-host"), "public.test");
    assert_eq!(value("x-forwarded-port"), "443");
    drop(client);
    assert_eq!(served.line()["client_ip"], "203.0.113.7");
}

/// `kong-core.md` 3.4 (N) and 3.5: proxying was tried, and nginx answers a client that accepts nothing in plain text.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_be_reached_is_a_502_with_a_proxied_answers_headers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let served = serve_with(&plain(address), |_| {});
    let text = "An invalid response was received from the upstream server";
    let answer = get(served.address, "/api", &[]).await;
    let id = answer.header("x-kong-request-id");
    let body = format!("{text}\nrequest_id: {id}\n");
    assert_eq!((answer.status, answer.text()), (502, body.as_str()));
    proxied(&answer);
    let answer = get(served.address, "/api", &[("accept", "*/*")]).await;
    assert_eq!(
        (answer.status, &answer.json()["message"]),
        (502, &json!(text))
    );
    assert_eq!(
        names(&answer.headers),
        [
            "content-length",
            "content-type",
            "date",
            "server",
            "via",
            "x-kong-proxy-latency",
            "x-kong-request-id",
            "x-kong-upstream-latency",
        ]
    );
}
