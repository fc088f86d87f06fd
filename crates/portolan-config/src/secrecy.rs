//! What of a file's text may be told. In doubt it may not: a diagnostic is pasted into tickets.

use std::{collections::HashSet, sync::LazyLock};

use crate::schema::{self, field::Kind};

/// In a key, in any letter case: its value, and all below it, stays hidden.
const WORDS: [&str; 19] = [
    "authorization",
    "cert",
    "client_id",
    "cookie",
    "credential",
    "headers",
    "jwk",
    "key",
    "passphrase",
    "password",
    "pem",
    "pwd",
    "role_arn",
    "secret",
    "service_account",
    "signature",
    "token",
    "username",
    "value",
];

/// What providers' and forges' keys begin with; `eyJ`: a JWT.
const PREFIXES: [&str; 21] = [
    "AIza",
    "AKIA",
    "ASIA",
    "eyJ",
    "fw_",
    "gho_",
    "ghp_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "gsk_",
    "hf_",
    "nvapi-",
    "pk-",
    "pk_",
    "pplx-",
    "rk_",
    "sk-",
    "sk_",
    "xai-",
    "xox",
];

/// Fields that the tables call secret, whatever their names are like.
static FIELDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let fields = schema::records()
        .into_iter()
        .flat_map(schema::field::Record::fields);
    let secret = fields.filter(|field| matches!(&field.kind, Kind::Text(text) if text.secret));
    secret.map(|field| field.name).collect()
});

/// Whether the value of a key of this name stays hidden. An escape may spell any name.
pub fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains('\\')
        || FIELDS.contains(name.as_str())
        || WORDS.iter().any(|word| name.contains(word))
}

/// A key that is more than a name: text after which a colon happened to stand.
pub fn hides_key(name: &str) -> bool {
    looks_random(name) || (name.contains(char::is_whitespace) && names_secret(name))
}

/// Whether a value looks like a secret, or like text around one, whatever it belongs to.
pub fn looks_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let then = |word: &str, next: fn(char) -> bool| {
        lower
            .split_once(word)
            .is_some_and(|(_, rest)| rest.contains(next))
    };
    let assigns = |next: char| matches!(next, ':' | '=') || next.is_whitespace();
    let scheme = ["bearer", "basic"]
        .iter()
        .any(|word| then(word, char::is_whitespace));
    // Userinfo of a URL.
    let user = then("://", |next| next == '@');
    scheme
        || user
        || lower.contains("-----")
        || WORDS.iter().any(|word| then(word, assigns))
        || looks_random(text)
}

/// Whether a word in it is longer and more mixed than names are.
pub fn looks_random(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c))
        .any(is_random)
}

pub fn is_random(word: &str) -> bool {
    let has = |class: fn(&u8) -> bool| word.bytes().any(|byte| class(&byte));
    let padded = word.len() >= 8 && word.ends_with('=');
    let known = word.len() >= 8 && PREFIXES.iter().any(|prefix| word.starts_with(prefix));
    let mixed = word.len() >= 20
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase);
    if padded || known || mixed {
        return true;
    }
    // `claude-3-5-sonnet-20241022` is a name: its parts are letters or digits, hardly ever both.
    let mut both = 0;
    for part in word.split(|c: char| !c.is_ascii_alphanumeric()) {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        if part.len() >= 24 {
            return true;
        }
        if digits > 0 && digits < part.len() {
            both += part.len();
        }
    }
    both >= 16
}
