//! Against servers in the same process.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use http::Response;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::{Connection, Dialer, Prepared, socket::Socket};
use crate::bench::{
    certificate::{Certificate, Trust},
    request::Request,
    transport::Transport,
};

fn acceptor(certificate: &Certificate, alpn: &[u8]) -> TlsAcceptor {
    let chain = CertificateDer::from_pem_slice(certificate.chain.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).unwrap();
    let mut config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// Answers the requests of one connection, each with its path and body.
async fn echo_http2(listener: TcpListener, tls: Option<TlsAcceptor>) {
    let (stream, _) = listener.accept().await.unwrap();
    let socket: Socket = match tls {
        Some(tls) => Box::new(tls.accept(stream).await.unwrap()),
        None => Box::new(stream),
    };
    let mut connection = h2::server::handshake(socket).await.unwrap();
    while let Some(asked) = connection.accept().await {
        let (request, mut respond) = asked.unwrap();
        tokio::spawn(async move {
            let path = request.uri().path().to_owned();
            let mut upload = request.into_body();
            let mut said = path.into_bytes();
            while let Some(data) = upload.data().await {
                let data = data.unwrap();
                upload.flow_control().release_capacity(data.len()).unwrap();
                said.extend_from_slice(&data);
            }
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            // In two frames, and the end in one of its own.
            let rest = said.split_off(3);
            body.send_data(Bytes::from(said), false).unwrap();
            body.send_data(Bytes::from(rest), false).unwrap();
            body.send_data(Bytes::new(), true).unwrap();
        });
    }
}

async fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn request(body: String) -> Request {
    Request {
        authority: "localhost".to_owned(),
        path: "/p".to_owned(),
        credential: "Bearer fake".to_owned(),
        body,
    }
}

#[tokio::test]
async fn http2_over_tls_and_in_the_clear() {
    let certificate = Certificate::make().unwrap();
    let trust = Trust::only(&certificate.chain).unwrap();
    for transport in [Transport::Http2, Transport::ClearHttp2] {
        let (listener, address) = bound().await;
        let server = transport.alpn().map(|alpn| acceptor(&certificate, alpn));
        tokio::spawn(echo_http2(listener, server));
        let dialer = Dialer {
            address,
            transport,
            tls: transport.alpn().map(|alpn| trust.connector(alpn).unwrap()),
        };
        let mut connection = Connection::open(&dialer).await.unwrap();
        // The second is beyond HTTP/2's first window of 65,535 bytes; the third needs the connection kept.
        for body in ["a".to_owned(), "b".repeat(200_000), "c".to_owned()] {
            let asked = Prepared::of(&request(body.clone()), transport).unwrap();
            let answer = connection.ask(&asked).await.unwrap();
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body, format!("/p{body}").into_bytes());
            assert!(answer.longest_gap <= answer.took);
            assert!(connection.stays());
        }
    }
}

#[tokio::test]
async fn no_certificate_but_the_one_is_trusted() {
    let (listener, address) = bound().await;
    let server = acceptor(&Certificate::make().unwrap(), b"h2");
    let refused = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        server.accept(stream).await.is_err()
    });
    let other = Certificate::make().unwrap();
    let dialer = Dialer {
        address,
        transport: Transport::Http2,
        tls: Some(Trust::only(&other.chain).unwrap().connector(b"h2").unwrap()),
    };
    assert!(Connection::open(&dialer).await.is_err());
    assert!(refused.await.unwrap());
}
