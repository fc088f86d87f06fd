//! How the TLS of services differs from the platform's: whom to trust, how far, under which names, and what to show.
//! Checked at load. The configuration itself is made once, by the first connection: the platform's roots are the
//! connector's.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, OnceLock},
};

use portolan_config::compiled::UpstreamTls;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

/// Compared by identity: connections are shared by those that share one.
#[derive(Clone)]
pub(crate) struct Trust(Arc<Terms>);

struct Terms {
    verification: Verification,
    /// None: the platform's.
    roots: Option<Arc<RootCertStore>>,
    shown: Option<Arc<CertifiedKey>>,
    config: OnceLock<Result<Arc<ClientConfig>, Error>>,
}

#[derive(Clone)]
enum Verification {
    Off,
    Ordinary,
    Special {
        depth: Option<u8>,
        sans: Arc<[String]>,
    },
}

impl Trust {
    /// `shown`: a chain and its key in PEM, for upstreams that ask. Err says what is wrong, without secrets.
    pub(crate) fn new(tls: &UpstreamTls, shown: Option<(&str, &str)>) -> Result<Self, String> {
        let verification = if tls.unverified {
            Verification::Off
        } else if tls.verify_depth.is_none() && tls.sans.is_empty() {
            Verification::Ordinary
        } else {
            Verification::Special {
                depth: tls.verify_depth,
                sans: tls.sans.as_slice().into(),
            }
        };
        let roots = (!tls.roots.is_empty())
            .then(|| roots(&tls.roots))
            .transpose()?;
        let shown = shown
            .map(|(chain, key)| certified(chain, key))
            .transpose()?;
        Ok(Self(Arc::new(Terms {
            verification,
            roots: roots.map(Arc::new),
            shown: shown.map(Arc::new),
            config: OnceLock::new(),
        })))
    }

    pub(super) fn config(&self, platform: &Arc<RootCertStore>) -> Result<Arc<ClientConfig>, Error> {
        self.0.config.get_or_init(|| self.0.build(platform)).clone()
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Trust")
    }
}

impl Terms {
    fn build(&self, platform: &Arc<RootCertStore>) -> Result<Arc<ClientConfig>, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = Arc::clone(self.roots.as_ref().unwrap_or(platform));
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let builder = match self.verification.clone() {
            Verification::Ordinary => builder.with_root_certificates(roots),
            Verification::Off => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Special {
                    provider,
                    rules: None,
                })),
            Verification::Special { depth, sans } => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Special {
                    provider,
                    rules: Some(Rules { roots, depth, sans }),
                })),
        };
        let mut config = match &self.shown {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let pair = SingleCertAndKey::from(Arc::clone(pair));
                builder.with_client_cert_resolver(Arc::new(pair))
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn roots(texts: &[String]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for text in texts {
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let certificate = certificate.map_err(|error| format!("a CA certificate: {error}"))?;
            roots
                .add(certificate)
                .map_err(|error| format!("a CA certificate: {error}"))?;
        }
    }
    Ok(roots)
}

fn certified(chain: &str, key: &str) -> Result<CertifiedKey, String> {
    let fault = |reason: &dyn fmt::Display| format!("the client certificate: {reason}");
    // Why a text cannot be read is not told: the reason may hold a line of the key.
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| fault(&"cert: it cannot be read"))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| fault(&"key: there is no private key in it that can be read"))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .map_err(|error| fault(&error))
}

/// rustls' own verifier knows neither a bound on the chain's length, nor names besides the host, nor how to look away:
/// what Kong's `tls_verify_depth`, `tls_sans` and `tls_verify: false` ask for.
#[derive(Debug)]
struct Special {
    provider: Arc<CryptoProvider>,
    /// None: any certificate is good. Who shows it must have its key all the same.
    rules: Option<Rules>,
}

#[derive(Debug)]
struct Rules {
    roots: Arc<RootCertStore>,
    /// Intermediate certificates at most.
    depth: Option<u8>,
    sans: Arc<[String]>,
}

impl Rules {
    fn check(
        &self,
        certificate: &EndEntityCert<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
        provider: &CryptoProvider,
    ) -> Result<(), webpki::Error> {
        let short_enough = |path: &VerifiedPath<'_>| match self.depth {
            Some(most) if path.intermediate_certificates().count() > usize::from(most) => {
                Err(webpki::Error::MaximumPathDepthExceeded)
            }
            _ => Ok(()),
        };
        certificate.verify_for_usage(
            provider.signature_verification_algorithms.all,
            &self.roots.roots,
            intermediates,
            now,
            KeyUsage::server_auth(),
            None,
            Some(&short_enough),
        )?;
        let named = |name: &String| match ServerName::try_from(name.as_str()) {
            Ok(name) => certificate.verify_is_valid_for_subject_name(&name).is_ok(),
            Err(_) => certificate.valid_uri_names().any(|uri| uri == name),
        };
        match certificate.verify_is_valid_for_subject_name(name) {
            Err(_) if self.sans.iter().any(named) => Ok(()),
            outcome => outcome,
        }
    }
}

impl ServerCertVerifier for Special {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(rules) = &self.rules {
            EndEntityCert::try_from(end_entity)
                .and_then(|certificate| {
                    rules.check(
                        &certificate,
                        intermediates,
                        server_name,
                        now,
                        &self.provider,
                    )
                })
                .map_err(|error| CertificateError::Other(OtherError(Arc::new(error))))?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As when its line breaks were lost: a PEM reader's own words would hold it.
    #[test]
    fn a_key_that_cannot_be_read_is_not_told() {
        let key = "-----BEGIN PRIVATE KEY-----FAKE-secret-----END PRIVATE KEY-----";
        let error = Trust::new(&UpstreamTls::default(), Some(("", key))).unwrap_err();
        let told = "the client certificate: key: there is no private key in it that can be read";
        assert_eq!(error, told);
    }
}
