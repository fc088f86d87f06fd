//! What of a file's text may be shown. In doubt it may not: a diagnostic is pasted into tickets.

#[cfg(test)]
mod tests;

use std::ops::Range;

pub(super) use portolan_config::secrecy::{hides_key, looks_secret, names_secret};
use portolan_config::secrecy::{is_random, looks_random};

/// What a template may hold besides names in quotes and numbers.
const FUNCTIONS: [&str; 5] = ["env", "indent", "toBool", "toFloat", "toInt"];

/// In characters. What begins like a reference and is longer, is none.
const LONGEST_REFERENCE: usize = 400;

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
