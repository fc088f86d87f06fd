//! Certificates, the server names they stand for, and whom to trust.

use super::{service::SERVICES, text, upstream::UPSTREAMS};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Entity, Field, Kind, META, Record, Text},
};

pub(crate) static CERTIFICATES: Entity = Entity {
    name: "certificates",
    record: &CERTIFICATE,
    key: None,
    unique: &[],
};

pub(super) static CERTIFICATE: Record = Record::new("certificates", &[FIELDS, META]).checked(check);

static FIELDS: &[Field] = &[
    public("cert")
        .required()
        .doc("PEM: the certificate, then its chain."),
    private("key").required().doc("PEM, without a passphrase."),
    public("cert_alt").doc("A second certificate whose key is of another kind."),
    private("key_alt").doc("The key of `cert_alt`."),
    Field::new("snis", Kind::Either(NESTED_SNIS))
        .doc("The names it stands for: as texts, or as entities of `snis`."),
    Field::nested(&SERVICES, "client_certificate"),
    Field::nested(&UPSTREAMS, "client_certificate"),
];

const fn public(name: &'static str) -> Field {
    Field::new(
        name,
        Kind::Text(Text {
            check: Some(text::certificate),
            ..Text::REFERENCEABLE
        }),
    )
}

const fn private(name: &'static str) -> Field {
    Field::new(
        name,
        Kind::Text(Text {
            check: Some(text::private_key),
            ..Text::SECRET
        }),
    )
}

fn check(certificate: &Node, path: &Path<'_>, faults: &mut Faults) {
    for (given, missing) in [("cert_alt", "key_alt"), ("key_alt", "cert_alt")] {
        if let Some(alone) = certificate.given(given)
            && certificate.given(missing).is_none()
        {
            let message = "all or none of these fields must be set: 'cert_alt', 'key_alt'";
            faults.error(alone.at, path.key(missing), message);
        }
    }
}

/// Every list takes the first shape; the second says what entities its items are.
static NESTED_SNIS: &[Kind] = &[
    Kind::List {
        item: &SNI_ITEM,
        min: 0,
        max: usize::MAX,
    },
    Kind::Entities {
        of: &SNIS,
        parent: Some("certificate"),
    },
];

static SNI_ITEM: Kind = Kind::Either(&[Kind::Text(Text::checked(name)), Kind::Record(&SNI)]);

/// `*` is the certificate for every name that has none, as in Kong.
fn name(text: &str) -> Result<(), String> {
    match text {
        "*" => Ok(()),
        _ => text::sni(text),
    }
}

pub(crate) static SNIS: Entity = Entity {
    name: "snis",
    record: &SNI,
    key: Some("name"),
    unique: &[],
};

static SNI: Record = Record::new("snis", &[SNI_FIELDS, META]);

static SNI_FIELDS: &[Field] = &[
    Field::checked("name", name)
        .required()
        .doc("A server name of the TLS handshake; `*.x` and `x.*` match any label, `*` any name."),
    Field::foreign("certificate", "certificates")
        .doc("Whose it is: required at the top of the file."),
];

pub(crate) static CA_CERTIFICATES: Entity = Entity {
    name: "ca_certificates",
    record: &CA_CERTIFICATE,
    key: None,
    unique: &["cert_digest"],
};

static CA_CERTIFICATE: Record = Record::new(
    "ca_certificates",
    &[
        &[
            Field::checked("cert", text::one_certificate)
                .required()
                .doc("PEM of one certificate authority that has not expired."),
            Field::text("cert_digest").doc("SHA-256 of `cert`; worked out where it is left out."),
        ],
        META,
    ],
);
