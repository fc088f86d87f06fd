//! What a route's or a certificate's texts ask for, read once at load.

#[cfg(test)]
mod tests;

use super::{HeaderPattern, HostPattern, NamePattern, SniPattern};
use crate::pattern::Pattern;

impl NamePattern {
    /// `a.example.com`, `*.example.com` or `example.*`, letter case kept.
    pub fn parse(text: &str) -> Self {
        if let Some(suffix) = text.strip_prefix('*') {
            Self::Suffix(suffix.to_owned())
        } else if let Some(prefix) = text.strip_suffix('*') {
            Self::Prefix(prefix.to_owned())
        } else {
            Self::Exact(text.to_owned())
        }
    }

    /// Of a TLS handshake: letter case and the dot of a full name say nothing.
    pub fn of_sni(text: &str) -> Self {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self::parse(&text.to_ascii_lowercase())
    }
}

impl HostPattern {
    /// Split as Kong splits a Host header: at its first colon, where nothing but a port follows.
    pub fn parse(text: &str) -> Self {
        let split = text
            .split_once(':')
            .and_then(|(name, port)| Some((name, decimal(port)?)));
        match split {
            Some((name, port)) => Self {
                name: NamePattern::parse(name),
                port: Some(port),
            },
            None => Self {
                name: NamePattern::parse(text),
                port: None,
            },
        }
    }
}

fn decimal(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl HeaderPattern {
    /// `~*` makes it a regex. As in Kong that is lower-cased too, its classes (`\D`) with it. Err: one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("~*") {
            Some(pattern) => Pattern::anywhere(&pattern.to_lowercase()).map(Self::Regex),
            None => Ok(Self::Exact(text.to_lowercase())),
        }
    }
}

impl SniPattern {
    pub fn parse(text: &str) -> Self {
        match text {
            "*" => Self::Any,
            name => Self::Name(NamePattern::of_sni(name)),
        }
    }
}
