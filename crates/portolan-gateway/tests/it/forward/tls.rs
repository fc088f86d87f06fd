//! Services under TLS: whom the gateway trusts, under which name, and what it shows.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{
    ask, file, get,
    service::{Peer, ok},
};
use crate::{
    client::Answer,
    harness::{Served, serve_with},
};

const CA: &str = "6b9bce82-59c0-4e73-9e91-40dde05f0001";
const CERTIFICATE: &str = "6b9bce82-59c0-4e73-9e91-40dde05f0002";

/// A certificate with all that vouches for it.
struct Chain {
    /// In PEM.
    root: String,
    /// Its own first, without the root.
    links: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn params(name: &str, is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, name.to_owned());
    if is_ca != IsCa::NoCa {
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params.is_ca = is_ca;
    params
}

/// With so many certificates between it and its root.
fn chain(intermediates: usize, sans: Vec<SanType>) -> Chain {
    let unconstrained = || IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let top = params("root", unconstrained());
    let root = top.self_signed(&key).unwrap();
    let mut issuer = Issuer::new(top, key);
    let mut links = Vec::new();
    for number in 0..intermediates {
        let key = KeyPair::generate().unwrap();
        let link = params(&format!("intermediate {number}"), unconstrained());
        links.insert(0, link.signed_by(&key, &issuer).unwrap().into());
        issuer = Issuer::new(link, key);
    }
    let key = KeyPair::generate().unwrap();
    let mut leaf = params("leaf", IsCa::NoCa);
    leaf.subject_alt_names = sans;
    links.insert(0, leaf.signed_by(&key, &issuer).unwrap().into());
    Chain {
        root: root.pem(),
        links,
        key: key.into(),
    }
}

fn named(name: &str) -> Vec<SanType> {
    vec![SanType::DnsName(name.try_into().unwrap())]
}

/// Answers with the name that was asked for in the handshake. `clients`: whose certificates it wants to see.
async fn secure(chain: Chain, clients: Option<RootCertStore>) -> SocketAddr {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let mut config = builder.with_single_cert(chain.links, chain.key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Where the gateway does not trust it, there is no handshake.
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            let (_, session) = stream.get_ref();
            // Kong calls services by HTTP/1.1 only.
            assert_ne!(session.alpn_protocol(), Some(&b"h2"[..]));
            let name = session.server_name().unwrap_or_default().to_owned();
            tokio::spawn(async move {
                let mut peer = Peer::new(stream);
                while peer.request().await.is_some() {
                    peer.write(&ok(&name)).await;
                }
            });
        }
    });
    address
}

/// The file of one service, which is called `secure.test`.
fn secured(settings: Value) -> Value {
    let mut service = settings;
    service["protocol"] = json!("https");
    service["host"] = json!("secure.test");
    service["port"] = json!(443);
    service["retries"] = json!(0);
    file(service, json!({}))
}

fn serve(file: &Value, to: SocketAddr) -> Served {
    serve_with(&file.to_string(), |options| {
        options.resolve = vec![format!("secure.test:443:{to}").parse().unwrap()];
    })
}

async fn answered(file: &Value, to: SocketAddr) -> Answer {
    let served = serve(file, to);
    ask(served.address, &get("/")).await
}

/// `file` with a CA that a service trusts in place of the platform's.
fn trusting(settings: Value, root: &str) -> Value {
    let mut settings = settings;
    settings["ca_certificates"] = json!([CA]);
    let mut file = secured(settings);
    file["ca_certificates"] = json!([{ "id": CA, "cert": root }]);
    file
}

/// `kong-core.md` 0: verified, as in Kong since 3.14.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_verified_unless_the_file_says_not_to() {
    let chain = chain(0, named("secure.test"));
    let root = chain.root.clone();
    let address = secure(chain, None).await;
    for (settings, expected) in [
        (json!({}), 502),
        (json!({ "tls_verify": true }), 502),
        (json!({ "tls_verify": false }), 200),
    ] {
        let answer = answered(&secured(settings), address).await;
        assert_eq!(answer.status, expected);
    }
    // What the process trusts besides the platform's, services are believed by, too.
    let served = serve_with(&secured(json!({})).to_string(), |options| {
        options.resolve = vec![format!("secure.test:443:{address}").parse().unwrap()];
        options.extra_roots = root;
    });
    let answer = ask(served.address, &get("/")).await;
    assert_eq!((answer.status, answer.text()), (200, "secure.test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_may_have_roots_of_its_own() {
    let own = chain(0, named("secure.test"));
    let other = chain(0, named("secure.test"));
    let (own_root, other_root) = (own.root.clone(), other.root.clone());
    let address = secure(own, None).await;
    for (root, expected) in [(own_root, 200), (other_root, 502)] {
        let answer = answered(&trusting(json!({}), &root), address).await;
        assert_eq!(answer.status, expected);
    }
}

/// `tls_verify_depth`: certificates between the service's own and the root.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_followed_as_far_as_the_file_says() {
    let chain = chain(2, named("secure.test"));
    let root = chain.root.clone();
    let address = secure(chain, None).await;
    for (depth, expected) in [(json!(1), 502), (json!(2), 200), (json!(null), 200)] {
        let file = trusting(json!({ "tls_verify_depth": depth }), &root);
        assert_eq!(answered(&file, address).await.status, expected, "{depth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_proves_its_host_or_one_of_its_other_names() {
    const URI: &str = "spiffe://mesh.test/shop";
    let mut sans = named("inside.test");
    sans.push(SanType::URI(URI.try_into().unwrap()));
    let chain = chain(0, sans);
    let root = chain.root.clone();
    let address = secure(chain, None).await;
    for (sans, expected) in [
        (json!(null), 502),
        (json!({ "dnsnames": ["outside.test"] }), 502),
        (json!({ "dnsnames": ["outside.test", "inside.test"] }), 200),
        (json!({ "uris": ["spiffe://mesh.test/other"] }), 502),
        (json!({ "uris": [URI] }), 200),
    ] {
        let file = trusting(json!({ "tls_sans": sans }), &root);
        assert_eq!(answered(&file, address).await.status, expected, "{sans}");
    }
}

/// `kong-core.md` 3.6: a preserved host is the name in the handshake, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_preserved_host_is_the_servers_name() {
    let chain = chain(0, named("shop.test"));
    let root = chain.root.clone();
    let address = secure(chain, None).await;
    let mut file = trusting(json!({}), &root);
    file["services"][0]["routes"][0]["preserve_host"] = json!(true);
    let served = serve(&file, address);
    for (host, expected) in [("shop.test:8000", 200), ("other.test", 502)] {
        let head = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
        let answer = ask(served.address, &head).await;
        assert_eq!(answer.status, expected, "{host}");
        if expected == 200 {
            assert_eq!(answer.text(), "shop.test");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_asks_for_a_certificate_gets_it() {
    let own = rcgen::generate_simple_self_signed(vec!["gateway.test".to_owned()]).unwrap();
    let mut known = RootCertStore::empty();
    known.add(own.cert.der().clone()).unwrap();
    let address = secure(chain(0, named("secure.test")), Some(known)).await;
    let unverified = || json!({ "tls_verify": false });
    assert_eq!(answered(&secured(unverified()), address).await.status, 502);
    let mut settings = unverified();
    settings["client_certificate"] = json!(CERTIFICATE);
    let mut file = secured(settings);
    file["certificates"] = json!([{
        "id": CERTIFICATE,
        "cert": own.cert.pem(),
        "key": own.signing_key.serialize_pem(),
    }]);
    let answer = answered(&file, address).await;
    assert_eq!((answer.status, answer.text()), (200, "secure.test"));
}
