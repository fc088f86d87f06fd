use portolan_config::secret::Secret;
use rcgen::{CertificateParams, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm};

use super::*;

fn literal(text: String) -> SecretRef {
    SecretRef::Literal(Arc::new(Secret::new(text)))
}

fn pair(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    let names = vec!["gateway.test".to_owned()];
    let certificate = CertificateParams::new(names)
        .unwrap()
        .self_signed(&key)
        .unwrap();
    KeyPair {
        chain: literal(certificate.pem()),
        key: literal(key.serialize_pem()),
    }
}

fn certificate(id: &str, names: Vec<SniPattern>) -> Certificate {
    Certificate {
        id: id.to_owned(),
        pair: pair(&PKCS_ECDSA_P256_SHA256),
        alternative: None,
        names,
    }
}

fn vault() -> Vault {
    Vault::new(Box::new(|_| None))
}

fn shown(certificate: &Certificate) -> Vec<CertificateDer<'static>> {
    let shown = Shown::build(certificate, &vault(), &aws_lc_rs::default_provider());
    shown.unwrap().pair.cert.clone()
}

/// Kong's order, of `runloop/certificate.lua`: the name, its wildcards, `*`.
#[test]
fn a_name_finds_the_narrowest() {
    let name = |pattern: NamePattern| SniPattern::Name(pattern);
    let files = [
        certificate(
            "exact",
            vec![
                name(NamePattern::Exact("a.example.com".to_owned())),
                name(NamePattern::Exact("example.com".to_owned())),
            ],
        ),
        certificate(
            "suffix",
            vec![
                name(NamePattern::Suffix(".example.com".to_owned())),
                name(NamePattern::Suffix(".com".to_owned())),
            ],
        ),
        certificate(
            "prefix",
            vec![
                name(NamePattern::Prefix("b.example.".to_owned())),
                name(NamePattern::Prefix("example.".to_owned())),
            ],
        ),
        certificate("any", vec![SniPattern::Any]),
    ];
    let certificates = Certificates::build(&files, &vault()).unwrap();
    let found = |name: Option<&str>| {
        let found = certificates.find(name)?;
        let file = files
            .iter()
            .find(|file| shown(file) == found.pair.cert)
            .unwrap();
        Some(file.id.as_str())
    };
    for (name, id) in [
        ("a.example.com", "exact"),
        ("example.com", "exact"),
        ("b.example.com", "suffix"),
        ("b.example.org", "prefix"),
        ("example.org", "prefix"),
        // Two labels below, and none.
        ("a.b.example.com", "any"),
        ("other.com", "any"),
        ("example", "any"),
        ("other.test", "any"),
    ] {
        assert_eq!(found(Some(name)), Some(id), "{name}");
    }
    assert_eq!(found(None), None);
    let without = Certificates::build(&files[..3], &vault()).unwrap();
    assert!(without.find(Some("other.test")).is_none());
}

#[test]
fn of_two_pairs_the_client_has_the_choice() {
    let certificate = Certificate {
        alternative: Some(pair(&PKCS_ED25519)),
        ..certificate("both", vec![SniPattern::Any])
    };
    let shown = Shown::build(&certificate, &vault(), &aws_lc_rs::default_provider()).unwrap();
    let alternative = |schemes: &[SignatureScheme]| {
        Arc::ptr_eq(&shown.choose(schemes), shown.alternative.as_ref().unwrap())
    };
    let (ecdsa, ed25519) = (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::ED25519,
    );
    assert!(!alternative(&[ecdsa, ed25519]));
    assert!(alternative(&[ed25519, ecdsa]));
    assert!(alternative(&[SignatureScheme::RSA_PSS_SHA256, ed25519]));
    assert!(!alternative(&[SignatureScheme::RSA_PSS_SHA256]));
    assert!(!alternative(&[]));
}

/// The certificate is named, and no byte of its key.
#[test]
fn what_cannot_be_shown_is_an_error() {
    let good = pair(&PKCS_ECDSA_P256_SHA256);
    let other = pair(&PKCS_ECDSA_P256_SHA256);
    let unset = SecretRef::Env {
        variable: "TLS_KEY".to_owned(),
        key: None,
        reference: "{vault://env/tls-key}".to_owned(),
    };
    for (chain, key, reason) in [
        (&good.chain, &other.key, "certificate does not match key"),
        (&good.key, &good.key, "cert"),
        (&good.chain, &good.chain, "key"),
        (&good.chain, &literal("FAKE-key".to_owned()), "key"),
        (&good.chain, &unset, "TLS_KEY"),
    ] {
        let file = Certificate {
            pair: KeyPair {
                chain: chain.clone(),
                key: key.clone(),
            },
            ..certificate("c-1", vec![])
        };
        let (place, told) = Certificates::build(&[file], &vault()).unwrap_err();
        assert_eq!(place, "certificate c-1");
        assert!(told.contains(reason), "{told}");
        assert!(
            !told.contains("FAKE-key") && !told.contains("BEGIN"),
            "{told}"
        );
    }
}
