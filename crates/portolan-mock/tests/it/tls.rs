use std::sync::Arc;

use http::Method;
use portolan_mock::{Authority, Mock, MockOptions, Step};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::client::{get, over_http1, over_http2, request};

async fn encrypted() -> (Authority, Mock) {
    let authority = Authority::new().unwrap();
    let names = ["api.openai.com", "api.cohere.com"];
    let mock = Mock::start(MockOptions {
        tls: Some(authority.server_config(&names).unwrap()),
        ..MockOptions::default()
    })
    .await
    .unwrap();
    (authority, mock)
}

async fn connect(
    authority: &Authority,
    mock: &Mock,
    name: &'static str,
    alpn: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let pem = authority.certificate_pem();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let stream = TcpStream::connect(mock.addr()).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(ServerName::try_from(name).unwrap(), stream)
        .await
}

#[tokio::test]
async fn both_versions_are_served_over_tls() {
    let (authority, mock) = encrypted().await;
    assert!(mock.url().starts_with("https://127.0.0.1:"));
    let body = json!({
        "model": "command-a-03-2025",
        "messages": [{ "role": "user", "content": "hi" }],
    })
    .to_string();
    let io = connect(&authority, &mock, "api.cohere.com", "http/1.1")
        .await
        .unwrap();
    let host = [("host", "api.cohere.com")];
    let answer = over_http1(io, request(Method::POST, "/v2/chat", &host, &body)).await;
    let text = &answer.json()["message"]["content"][0]["text"];
    assert_eq!(text, "You said: hi");

    let io = connect(&authority, &mock, "api.cohere.com", "h2")
        .await
        .unwrap();
    let uri = "https://api.cohere.com/v2/chat";
    let answer = over_http2(io, request(Method::POST, uri, &host, &body)).await;
    assert_eq!(answer.status, 200);
    // The mock itself is steered in plain on the same port.
    assert_eq!(get(&mock, "/_mock/health").await.status, 200);
}

#[tokio::test]
async fn a_name_the_mock_does_not_have_is_not_trusted() {
    let (authority, mock) = encrypted().await;
    assert!(
        connect(&authority, &mock, "api.mistral.ai", "h2")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_cut_is_exact_under_tls() {
    let (authority, mock) = encrypted().await;
    mock.script([Step {
        body: Some("0123456789".to_owned()),
        cut_after_bytes: Some(4),
        ..Step::default()
    }]);
    let io = connect(&authority, &mock, "api.openai.com", "http/1.1")
        .await
        .unwrap();
    let answer = over_http1(io, request(Method::POST, "/v1/chat/completions", &[], "{}")).await;
    assert_eq!(answer.body, "0123");
    assert!(!answer.whole);
}
