//! What of a file's text may be shown. In doubt it may not: a diagnostic is pasted into tickets.

#[cfg(test)]
mod tests;

use std::ops::Range;

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

/// What a template may hold besides names in quotes and numbers.
const FUNCTIONS: [&str; 5] = ["env", "indent", "toBool", "toFloat", "toInt"];

/// In characters. What begins like a reference and is longer, is none.
const LONGEST_REFERENCE: usize = 400;

/// Whether the value of a key of this name stays hidden. An escape may spell any name.
pub(super) fn names_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains('\\') || WORDS.iter().any(|word| name.contains(word))
}

/// A key that is more than a name: text after which a colon happened to stand.
pub(super) fn hides_key(name: &str) -> bool {
    looks_random(name) || (name.contains(char::is_whitespace) && names_secret(name))
}

/// Whether a value looks like a secret, or like text around one, whatever it belongs to.
pub(super) fn looks_secret(text: &str) -> bool {
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
fn looks_random(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c))
        .any(is_random)
}

fn is_random(word: &str) -> bool {
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

/// Where `${{ env ... }}` and `{vault://...}` stand: they name a secret and hold none.
pub(super) fn references(text: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (end, sound) = if let Some(end) = template_end(text, at) {
            (end, is_template(&string(&text[at + 3..end - 2])))
        } else if let Some(end) = vault_end(text, at) {
            (end, is_reference(&string(&text[at + 9..end - 1])))
        } else {
            (at + 1, false)
        };
        if sound {
            found.push(at..end);
        }
        at = end;
    }
    found
}

/// Where the `${{` at this place ends, if one begins here.
pub(super) fn template_end(text: &[char], at: usize) -> Option<usize> {
    text[at..].starts_with(&['$', '{', '{']).then_some(())?;
    let from = at + 3;
    let bound = text.len().min(from + LONGEST_REFERENCE);
    let closed = text[from..bound]
        .windows(2)
        .position(|pair| pair == ['}', '}'])?;
    Some(from + closed + 2)
}

fn vault_end(text: &[char], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let open = "{vault://";
    let begins =
        rest.len() > open.len() && rest.iter().copied().zip(open.chars()).all(|(a, b)| a == b);
    begins.then_some(())?;
    let from = at + open.len();
    let bound = text.len().min(from + LONGEST_REFERENCE);
    let closed = text[from..bound].iter().position(|&c| c == '}')?;
    Some(from + closed + 1)
}

/// Only decK's functions, numbers, and names in quotes.
fn is_template(inside: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let quoted = |text: &str| text.chars().all(name) && !looks_random(text);
    let bare = |text: &str| {
        text.split(|c: char| !name(c)).all(|word| {
            let number = word.len() < 4 && word.bytes().all(|byte| byte.is_ascii_digit());
            number || FUNCTIONS.contains(&word)
        })
    };
    inside.split(['"', '`']).enumerate().all(|(index, text)| {
        if index % 2 == 1 {
            quoted(text)
        } else {
            bare(text)
        }
    })
}

fn is_reference(inside: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/?=&#._%-".contains(c);
    let mut words = inside.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    inside.chars().all(allowed) && !words.any(is_random)
}

fn string(text: &[char]) -> String {
    text.iter().collect()
}
