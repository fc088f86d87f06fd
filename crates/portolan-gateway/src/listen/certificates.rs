//! The certificates of the file, by the name that a client asks for in its TLS handshake. Built with the snapshot, so
//! that a reload changes them.

#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use portolan_config::{
    compiled::{Certificate, KeyPair, NamePattern, SniPattern},
    secret::{self, SecretRef},
};
use rustls::{
    SignatureScheme,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use crate::vault::Vault;

/// Kong looks for a name's own, then for the two wildcards that can cover it, then for `*`.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    exact: HashMap<String, Arc<Shown>>,
    /// Of `*.example.com`: `.example.com`.
    suffixes: HashMap<String, Arc<Shown>>,
    /// Of `example.*`: `example.`.
    prefixes: HashMap<String, Arc<Shown>>,
    any: Option<Arc<Shown>>,
}

/// One entity: its pair, and the one of another algorithm where it has one.
#[derive(Debug)]
pub(crate) struct Shown {
    pair: Arc<CertifiedKey>,
    alternative: Option<Arc<CertifiedKey>>,
}

impl Certificates {
    /// The error names the certificate, and says nothing of its key.
    pub(crate) fn build(
        certificates: &[Certificate],
        vault: &Vault,
    ) -> Result<Self, (String, String)> {
        let provider = aws_lc_rs::default_provider();
        let mut built = Self::default();
        for certificate in certificates {
            let shown = Shown::build(certificate, vault, &provider)
                .map_err(|reason| (format!("certificate {}", certificate.id), reason))?;
            let shown = Arc::new(shown);
            for name in &certificate.names {
                built.add(name, Arc::clone(&shown));
            }
        }
        Ok(built)
    }

    fn add(&mut self, name: &SniPattern, shown: Arc<Shown>) {
        let (map, name) = match name {
            SniPattern::Any => {
                self.any = Some(shown);
                return;
            }
            SniPattern::Name(NamePattern::Exact(name)) => (&mut self.exact, name),
            SniPattern::Name(NamePattern::Suffix(name)) => (&mut self.suffixes, name),
            SniPattern::Name(NamePattern::Prefix(name)) => (&mut self.prefixes, name),
        };
        map.insert(name.clone(), shown);
    }

    /// `name`: in lower case; none: the client named none, and Kong shows its default to it.
    pub(super) fn find(&self, name: Option<&str>) -> Option<&Arc<Shown>> {
        let name = name?;
        let exact = self.exact.get(name);
        // A wildcard stands for one label, and Kong's first one for that of three at least.
        let suffix = || {
            let suffix = &name[name.find('.')?..];
            self.suffixes
                .get(suffix)
                .filter(|_| suffix[1..].contains('.'))
        };
        let prefix = || self.prefixes.get(&name[..=name.rfind('.')?]);
        exact.or_else(suffix).or_else(prefix).or(self.any.as_ref())
    }
}

impl Shown {
    pub(super) fn single(pair: CertifiedKey) -> Self {
        Self {
            pair: Arc::new(pair),
            alternative: None,
        }
    }

    fn build(
        certificate: &Certificate,
        vault: &Vault,
        provider: &CryptoProvider,
    ) -> Result<Self, String> {
        let pair = |pair: &KeyPair| certified(pair, vault, provider).map(Arc::new);
        Ok(Self {
            pair: pair(&certificate.pair)?,
            alternative: certificate.alternative.as_ref().map(pair).transpose()?,
        })
    }

    /// Of two pairs the one whose algorithm the client names first.
    pub(super) fn choose(&self, schemes: &[SignatureScheme]) -> Arc<CertifiedKey> {
        let signs = |pair: &CertifiedKey, scheme: &SignatureScheme| {
            pair.key.choose_scheme(&[*scheme]).is_some()
        };
        let alternative = self.alternative.as_ref().filter(|alternative| {
            schemes
                .iter()
                .find_map(|scheme| {
                    let own = signs(&self.pair, scheme);
                    (own || signs(alternative, scheme)).then_some(!own)
                })
                .unwrap_or(false)
        });
        Arc::clone(alternative.unwrap_or(&self.pair))
    }
}

fn certified(
    pair: &KeyPair,
    vault: &Vault,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, String> {
    let text = |secret: &SecretRef| {
        secret::resolve(secret, vault.env()).map_err(|error| error.to_string())
    };
    let chain = CertificateDer::pem_slice_iter(text(&pair.chain)?.expose().as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("cert: {error}"))?;
    if chain.is_empty() {
        return Err("cert: there is no certificate in it".to_owned());
    }
    // The reason is not told: it may hold what the key does.
    let key = PrivateKeyDer::from_pem_slice(text(&pair.key)?.expose().as_bytes())
        .map_err(|_| "key: there is no private key in it that can be read".to_owned())?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => "certificate does not match key".to_owned(),
        error => error.to_string(),
    })
}
