//! TLS towards clients: HTTP/2 or HTTP/1.1 by ALPN, certificates from the live snapshot.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::certificates::Shown;
use crate::live::Live;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";
/// The name in the certificate of whom no other is shown to, as in Kong's.
const OWN_NAME: &str = "localhost";

/// What a TLS handshake told of the client.
#[derive(Debug)]
pub(crate) struct Tls {
    /// The name that it asked for, in lower case.
    pub(crate) sni: Option<String>,
}

/// The live certificates, and one of our own for names that none of them is for.
#[derive(Debug)]
struct Resolver {
    live: Arc<Live>,
    own: Shown,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        let snapshot = self.live.snapshot();
        let found = snapshot.certificates.find(name.as_deref());
        let shown = found.map_or(&self.own, Arc::as_ref);
        Some(shown.choose(hello.signature_schemes()))
    }
}

/// For all listeners of all workers: a session that one began another resumes.
pub(crate) fn acceptor(live: Arc<Live>) -> Result<TlsAcceptor, String> {
    let own = rcgen::generate_simple_self_signed([OWN_NAME.to_owned()])
        .map_err(|error| error.to_string())?;
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let told = |error: rustls::Error| error.to_string();
    let own = CertifiedKey::from_der(
        vec![own.cert.der().clone()],
        PrivateKeyDer::Pkcs8(key),
        &provider,
    )
    .map_err(told)?;
    let resolver = Resolver {
        live,
        own: Shown::single(own),
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(told)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(told)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What the handshake told, and whether HTTP/2 was agreed on.
pub(super) fn told(stream: &TlsStream<TcpStream>) -> (Tls, bool) {
    let session = stream.get_ref().1;
    let tls = Tls {
        sni: session.server_name().map(str::to_ascii_lowercase),
    };
    (tls, session.alpn_protocol() == Some(HTTP2))
}
