//! The four ways to reach a gateway: HTTP/1.1 and HTTP/2, plain and over TLS.

use std::{io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use portolan_gateway::{Gateway, Listener};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Answer;
use crate::harness::PATIENCE;

pub(crate) const HOST: &str = "gateway.test";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Http1,
    Http2,
    TlsHttp1,
    TlsHttp2,
}

/// Where one gateway listens both ways.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) plain: SocketAddr,
    pub(crate) tls: SocketAddr,
}

impl Ports {
    /// For a gateway's options; [`Ports::of`] then finds them.
    pub(crate) fn listeners() -> Vec<Listener> {
        let plain = Listener::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        let tls = Listener {
            tls: true,
            ..plain.clone()
        };
        vec![plain, tls]
    }

    pub(crate) fn of(gateway: &Gateway) -> Self {
        let addresses = gateway.addresses();
        assert_eq!(addresses.len(), 2);
        Self {
            plain: addresses[0],
            tls: addresses[1],
        }
    }
}

impl Wire {
    pub(crate) const ALL: [Self; 4] = [Self::Http1, Self::Http2, Self::TlsHttp1, Self::TlsHttp2];

    fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::TlsHttp2)
    }

    fn is_tls(self) -> bool {
        matches!(self, Self::TlsHttp1 | Self::TlsHttp2)
    }

    /// Asks over a connection of its own; the body may still be coming.
    pub(crate) async fn call(
        self,
        ports: Ports,
        (method, target): (&str, &str),
        body: &str,
    ) -> Response<Incoming> {
        let mut request = Request::builder().method(method);
        request = if self.is_http2() {
            let scheme = if self.is_tls() { "https" } else { "http" };
            request.uri(format!("{scheme}://{HOST}{target}"))
        } else {
            request.uri(target).header("host", HOST)
        };
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .unwrap();
        let exchange = async {
            if self.is_tls() {
                let offered: &[u8] = if self.is_http2() { b"h2" } else { b"http/1.1" };
                let stream = tls(ports.tls, Some(HOST), &[offered]).await.unwrap();
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(offered));
                exchange(stream, self.is_http2(), request).await
            } else {
                let stream = TcpStream::connect(ports.plain).await.unwrap();
                exchange(stream, self.is_http2(), request).await
            }
        };
        timeout(PATIENCE, exchange).await.expect("an answer")
    }

    /// The same, to the end of the body.
    pub(crate) async fn ask(self, ports: Ports, asked: (&str, &str), body: &str) -> Answer {
        collect(self.call(ports, asked, body).await).await
    }
}

/// One request over `stream`.
pub(crate) async fn exchange<S>(
    stream: S,
    is_http2: bool,
    request: Request<Full<Bytes>>,
) -> Response<Incoming>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    if is_http2 {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    } else {
        let (mut sender, connection) = http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }
}

pub(crate) async fn collect(response: Response<Incoming>) -> Answer {
    let (head, mut body) = response.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let mut answer = Answer {
        status: head.status.as_u16(),
        headers,
        body: Vec::new(),
        whole: false,
    };
    loop {
        let frame = timeout(PATIENCE, body.frame()).await;
        match frame.expect("a body that goes on") {
            None => break answer.whole = true,
            Some(Err(_)) => break,
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    answer.body.extend_from_slice(data);
                }
            }
        }
    }
    answer
}

/// A handshake in which any certificate will do; `name`: for SNI.
pub(crate) async fn tls(
    address: SocketAddr,
    name: Option<&str>,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    handshake(TcpStream::connect(address).await?, name, protocols).await
}

/// The same, over a connection that is there already.
pub(crate) async fn handshake(
    stream: TcpStream,
    name: Option<&str>,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config.enable_sni = name.is_some();
    let name = ServerName::try_from(name.unwrap_or(HOST).to_owned()).unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(PATIENCE, connecting).await.expect("a handshake")
}

/// Tests look at the certificate themselves.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
