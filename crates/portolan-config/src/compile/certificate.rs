//! Certificates: those that clients are shown, and those that upstreams are.

use std::sync::Arc;

use super::Compiler;
use crate::{
    compiled::{Certificate, KeyPair, SniPattern},
    entities::Item,
    secret::{SecretRef, Vaults},
};

impl Compiler<'_, '_> {
    /// Those that have a name.
    pub(super) fn certificates(&self) -> Option<Vec<Certificate>> {
        let listed = self.entities.list("certificates");
        let named = listed.filter(|(index, _)| self.snis.contains_key(index));
        named
            .map(|(index, item)| self.certificate(index, item))
            .collect()
    }

    pub(super) fn client_certificate(&mut self, index: usize) -> Option<Arc<Certificate>> {
        if let Some(known) = self.client_certificates.get(&index) {
            return Some(Arc::clone(known));
        }
        let certificate = Arc::new(self.certificate(index, self.entities.get(index)?)?);
        self.client_certificates
            .insert(index, Arc::clone(&certificate));
        Some(certificate)
    }

    fn certificate(&self, index: usize, item: &Item<'_>) -> Option<Certificate> {
        let names = self.snis.get(&index).into_iter().flatten();
        let names = names.map(|sni| sni.key().map(SniPattern::parse));
        Some(Certificate {
            id: item.id.clone(),
            pair: pair(item, ("cert", "key"), self.vaults)?,
            alternative: match item.text("cert_alt") {
                Some(_) => Some(pair(item, ("cert_alt", "key_alt"), self.vaults)?),
                None => None,
            },
            names: names.collect::<Option<_>>()?,
        })
    }
}

fn pair(item: &Item<'_>, (chain, key): (&str, &str), vaults: &Vaults) -> Option<KeyPair> {
    let secret = |field: &str| SecretRef::parse(item.text(field)?, vaults).ok();
    Some(KeyPair {
        chain: secret(chain)?,
        key: secret(key)?,
    })
}
