//! `keys[]` for signing and encrypting, and the `key_sets[]` that hold them.

use serde_json::Value;

use super::text;
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Check, Entity, Field, Kind, META, Record, Text},
    secret,
};

pub(crate) static KEY_SETS: Entity = Entity {
    name: "key_sets",
    record: &KEY_SET,
    key: Some("name"),
    unique: &[],
};

static KEY_SET: Record = Record::new("key_sets", &[SET_FIELDS, META]);

static SET_FIELDS: &[Field] = &[Field::text("name"), Field::nested(&KEYS, "set")];

pub(crate) static KEYS: Entity = Entity {
    name: "keys",
    record: &KEY,
    key: Some("name"),
    unique: &[],
};

pub(super) static KEY: Record = Record::new("keys", &[KEY_FIELDS, META]).checked(check);

static KEY_FIELDS: &[Field] = &[
    Field::text("kid")
        .required()
        .doc("What tokens name it by; unique within its set."),
    Field::text("name"),
    Field::foreign("set", "key_sets"),
    hidden("jwk", jwk).doc("A JSON Web Key as text; its own `kid` must be the same."),
    Field::record("pem", &PEM).doc("In place of `jwk`."),
];

static PEM: Record = Record::new(
    "keys.pem",
    &[&[
        hidden("private_key", text::private_key),
        hidden("public_key", text::public_key),
    ]],
)
.checked(check_pem);

const fn hidden(name: &'static str, check: Check) -> Field {
    Field::new(
        name,
        Kind::Text(Text {
            check: Some(check),
            ..Text::SECRET
        }),
    )
}

fn jwk(text: &str) -> Result<(), String> {
    // serde_json's own error would quote the key: dropped.
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Ok(()),
        _ => Err("expected a JSON Web Key: the text of a JSON object".to_owned()),
    }
}

fn check(key: &Node, path: &Path<'_>, faults: &mut Faults) {
    match (key.given("jwk"), key.given("pem")) {
        (Some(_), Some(pem)) => {
            let message = "only one of these fields must be set: 'jwk', 'pem'";
            faults.error(pem.at, path, message);
        }
        (None, None) => {
            let message = "at least one of these fields must be non-empty: 'jwk', 'pem'";
            faults.error(key.at, path, message);
        }
        (Some(jwk), None) => check_kid(key, jwk, path, faults),
        (None, Some(_)) => {}
    }
}

fn check_kid(key: &Node, jwk: &Node, path: &Path<'_>, faults: &mut Faults) {
    if let Some(text) = jwk.as_str()
        && secret::reference(text).is_none()
        && let Ok(Value::Object(members)) = serde_json::from_str::<Value>(text)
        && let Some(kid) = key.given("kid").and_then(Node::as_str)
        && members.get("kid").and_then(Value::as_str) != Some(kid)
    {
        let message = "its own `kid` must be the same as the one beside it";
        faults.error(jwk.at, path.key("jwk"), message);
    }
}

fn check_pem(pem: &Node, path: &Path<'_>, faults: &mut Faults) {
    if pem.given("private_key").is_none() && pem.given("public_key").is_none() {
        let message = "at least one of these fields must be non-empty: 'private_key', 'public_key'";
        faults.error(pem.at, path, message);
    }
}
