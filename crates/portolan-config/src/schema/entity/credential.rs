//! What consumers identify themselves with, and the groups that `acl` reads.

use super::text;
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Entity, Field, Kind, Literal, META, Record, STRING, Text},
};

/// Secret, and no reference: Kong takes `{vault://...}` here as the text that it is.
const fn own_secret(name: &'static str) -> Field {
    Field::new(
        name,
        Kind::Text(Text {
            secret: true,
            ..Text::PLAIN
        }),
    )
}

const OWNER: Field =
    Field::foreign("consumer", "consumers").doc("Whose it is: required at the top of the file.");

pub(crate) static KEYAUTH_CREDENTIALS: Entity = Entity {
    name: "keyauth_credentials",
    record: &KEYAUTH,
    key: Some("key"),
    unique: &[],
};

static KEYAUTH: Record = Record::new(
    "keyauth_credentials",
    &[
        &[
            own_secret("key").doc("The whole text that a client sends."),
            Field::integer("ttl", 0, i64::MAX)
                .doc("The second since 1970 at which the key expires: in a file no duration."),
            OWNER,
        ],
        META,
    ],
)
.checked(check_key);

/// Kong would make one up anew at each load, and tell it by its Admin API.
fn check_key(credential: &Node, path: &Path<'_>, faults: &mut Faults) {
    if credential.given("key").is_none() {
        let message = "a key that is made up at each load is not served: write one, as `key: '${{ env \"DECK_KEY\" }}'`";
        faults.not_served(credential.at, path.key("key"), message);
    }
    if let Some(ttl) = credential.given("ttl")
        && ttl.as_int().is_some_and(|second| second < LONG_AGO)
    {
        let message = "this key expired long ago: `ttl` is the second since 1970 at which it expires, no duration";
        faults.warn(ttl.at, path.key("ttl"), message);
    }
}

/// In September 2001; as a duration, 31 years.
const LONG_AGO: i64 = 1_000_000_000;

pub(crate) static BASICAUTH_CREDENTIALS: Entity = Entity {
    name: "basicauth_credentials",
    record: &BASICAUTH,
    key: Some("username"),
    unique: &[],
};

static BASICAUTH: Record = Record::new(
    "basicauth_credentials",
    &[
        &[
            Field::text("username").required(),
            own_secret("password")
                .required()
                .doc("As it is; the stored hash where `_transform` is false."),
            OWNER,
        ],
        META,
    ],
);

pub(crate) static HMACAUTH_CREDENTIALS: Entity = Entity {
    name: "hmacauth_credentials",
    record: &HMACAUTH,
    key: Some("username"),
    unique: &[],
};

static HMACAUTH: Record = Record::new(
    "hmacauth_credentials",
    &[
        &[
            Field::text("username").required(),
            own_secret("secret").doc("Left out, it is random."),
            OWNER,
        ],
        META,
    ],
);

pub(crate) static JWT_SECRETS: Entity = Entity {
    name: "jwt_secrets",
    record: &JWT_SECRET,
    key: Some("key"),
    unique: &[],
};

pub(super) static JWT_SECRET: Record = Record::new(
    "jwt_secrets",
    &[
        &[
            Field::text("key")
                .doc("What the plugin's key claim says, `iss` by default; left out, it is random."),
            own_secret("secret").doc("Of the HS algorithms; left out, it is random."),
            Field::choice("algorithm", &ALGORITHMS).or(Literal::Text("HS256")),
            Field::checked("rsa_public_key", text::public_key)
                .doc("PEM; of every algorithm but the HS ones."),
            OWNER,
        ],
        META,
    ],
)
.checked(check_jwt);

const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512", "EdDSA",
];

fn check_jwt(credential: &Node, path: &Path<'_>, faults: &mut Faults) {
    if let Some(given) = credential.given("algorithm")
        && let Some(algorithm) = given.as_str()
        && ALGORITHMS.contains(&algorithm)
        && !algorithm.starts_with("HS")
        && credential.given("rsa_public_key").is_none()
    {
        let message = format!("required field missing: {algorithm} is verified with it");
        faults.error(given.at, path.key("rsa_public_key"), message);
    }
}

pub(crate) static ACLS: Entity = Entity {
    name: "acls",
    record: &ACL,
    key: None,
    unique: &[],
};

static ACL: Record = Record::new(
    "acls",
    &[
        &[
            Field::text("group")
                .required()
                .doc("What the `acl` plugin allows or denies."),
            OWNER,
        ],
        META,
    ],
);

pub(crate) static OAUTH2_CREDENTIALS: Entity = Entity {
    name: "oauth2_credentials",
    record: &OAUTH2,
    key: Some("client_id"),
    unique: &[],
};

static OAUTH2: Record = Record::new(
    "oauth2_credentials",
    &[
        &[
            Field::text("name").required(),
            Field::text("client_id").doc("Left out, it is random."),
            own_secret("client_secret").doc("Left out, it is random."),
            Field::flag("hash_secret", false),
            Field::list("redirect_uris", &STRING),
            Field::choice("client_type", &["confidential", "public"])
                .or(Literal::Text("confidential")),
            OWNER,
        ],
        META,
    ],
);
