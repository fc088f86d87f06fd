//! The certificate that both gateways show, made anew for each run.
//! The load generator trusts it and nothing else.

use std::{fs, path::Path, sync::Arc};

use anyhow::Result;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, pem::PemObject},
        version::TLS13,
    },
};

/// Whom the certificate is for; an address would be no SNI.
pub(super) const NAME: &str = "localhost";

/// In PEM.
#[derive(Clone)]
pub(super) struct Certificate {
    pub(super) chain: String,
    pub(super) key: String,
}

impl Certificate {
    pub(super) fn make() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        Ok(Self {
            chain: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        })
    }

    /// Under the names that bench/nginx.conf has for it.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join("certificate.pem"), &self.chain)?;
        fs::write(folder.join("key.pem"), &self.key)?;
        Ok(())
    }
}

/// The only root there is.
pub(super) struct Trust(RootCertStore);

impl Trust {
    pub(super) fn only(chain: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(chain.as_bytes())?)?;
        Ok(Self(roots))
    }

    pub(super) fn connector(&self, alpn: &[u8]) -> Result<TlsConnector> {
        // One version and one cipher, so that both gateways encrypt alike.
        let provider = CryptoProvider {
            cipher_suites: vec![aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384],
            ..aws_lc_rs::default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(self.0.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(TlsConnector::from(Arc::new(config)))
    }
}
