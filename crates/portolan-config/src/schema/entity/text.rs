//! Texts that several entities check alike. A message about PEM shows nothing of it.

use std::{borrow::Cow, net::IpAddr};

use crate::url;

/// A name, no address, without a port.
pub(super) fn host_name(text: &str) -> Result<(), String> {
    url::check_host(text)?;
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return Err(format!("must not be an IP address, found '{text}'"));
    }
    Ok(())
}

/// A name, no address, without a port; one wildcard label at either end.
pub(super) fn sni(text: &str) -> Result<(), String> {
    host_name(&filled(text)?)
}

/// A name or an address, with a port or without.
pub(super) fn host_with_port(text: &str) -> Result<(), String> {
    let beyond = |char: char| matches!(char, '/' | '?' | '#' | '@');
    if let Some(wrong) = text.chars().find(|&char| beyond(char)) {
        return Err(format!("{wrong:?} in the host '{text}'"));
    }
    url::parse(&format!("http://{text}")).map(drop)
}

/// The same; one wildcard label at either end.
pub(super) fn host_pattern(text: &str) -> Result<(), String> {
    host_with_port(&filled(text)?)
}

/// The text with a label in place of its wildcard.
fn filled(text: &str) -> Result<Cow<'_, str>, String> {
    match text.matches('*').count() {
        0 => Ok(Cow::Borrowed(text)),
        1 if text.starts_with("*.") || text.ends_with(".*") => {
            Ok(Cow::Owned(text.replace('*', "any")))
        }
        _ => Err(format!(
            "invalid wildcard in '{text}': one `*` at most, as the first label or the last"
        )),
    }
}

pub(super) fn ip_or_cidr(text: &str) -> Result<(), String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok()),
        None => (text, Some(0)),
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return Err(format!("invalid ip or cidr range: '{text}'")),
    };
    match bits {
        Some(bits) if bits <= most => Ok(()),
        _ => Err(format!(
            "invalid ip or cidr range: '{text}' has no prefix length of 0 to {most}"
        )),
    }
}

pub(crate) fn header_name(text: &str) -> Result<(), String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    match text.chars().find(|&char| !allowed(char)) {
        Some(wrong) => Err(format!(
            "bad header name '{text}': {wrong:?} is not allowed, only letters, digits, - and _"
        )),
        None => Ok(()),
    }
}

/// A token of RFC 6265.
pub(super) fn cookie_name(text: &str) -> Result<(), String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    match text.chars().find(|&char| !allowed(char)) {
        Some(wrong) => Err(format!(
            "bad cookie name '{text}': {wrong:?} is not allowed"
        )),
        None => Ok(()),
    }
}

/// A path in the characters of RFC 3986.
pub(super) fn path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err("should start with: /".to_owned());
    }
    if text.contains("//") {
        return Err("must not have empty segments".to_owned());
    }
    path_characters(text)
}

/// Those of RFC 3986, and whole escapes.
pub(super) fn path_characters(text: &str) -> Result<(), String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(char);
    if let Some(wrong) = text.chars().find(|&char| !allowed(char)) {
        return Err(format!(
            "invalid path '{text}': {wrong:?} is no character of RFC 3986 paths, percent-encode it"
        ));
    }
    super::route_path::check_escapes(text)
}

pub(super) fn certificate(text: &str) -> Result<(), String> {
    pem("certificate", text, &["CERTIFICATE"])
}

pub(super) fn one_certificate(text: &str) -> Result<(), String> {
    certificate(text)?;
    let found = text
        .lines()
        .filter(|line| marks(line, "-----BEGIN ", "CERTIFICATE"))
        .count();
    if found == 1 {
        Ok(())
    } else {
        Err(format!(
            "expected one certificate, found {found}: give each an entry of its own"
        ))
    }
}

pub(super) fn private_key(text: &str) -> Result<(), String> {
    let labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
    pem("key", text, &labels)
}

pub(super) fn public_key(text: &str) -> Result<(), String> {
    pem("key", text, &["PUBLIC KEY", "RSA PUBLIC KEY"])
}

/// Whether a block of one of the labels begins and ends, on lines of their own.
fn pem(what: &str, text: &str, labels: &[&str]) -> Result<(), String> {
    let framed = labels.iter().any(|label| {
        let mut lines = text.lines();
        lines.any(|line| marks(line, "-----BEGIN ", label))
            && lines.any(|line| marks(line, "-----END ", label))
    });
    if framed {
        Ok(())
    } else {
        Err(format!(
            "invalid {what}: expected PEM labelled {}, its BEGIN and END on lines of their own",
            labels.join(" or ")
        ))
    }
}

fn marks(line: &str, before: &str, label: &str) -> bool {
    let inner = line.trim().strip_prefix(before);
    inner.and_then(|inner| inner.strip_suffix("-----")) == Some(label)
}
