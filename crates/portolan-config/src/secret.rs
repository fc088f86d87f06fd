//! `{vault://...}`: a reference that the gateway resolves; a value that cannot be printed.

#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt, sync::Arc};

/// A value that no log, error or debug print shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

/// A secret as the file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    Literal(Arc<Secret>),
    Env {
        variable: String,
        /// The member of the JSON object that the variable holds.
        key: Option<String>,
        /// As written, for errors.
        reference: String,
    },
}

/// Kong's strategies; the first is served.
pub(crate) const STRATEGIES: [&str; 8] = [
    "env", "aws", "azure", "conjur", "fs", "gcp", "hcv", "konnect",
];

/// The file's vault entities of the env strategy: what their references put before a variable's name.
#[derive(Debug, Clone, Default)]
pub struct Vaults {
    /// By `vaults[].prefix`: the strategy, and `config.prefix`.
    pub(crate) by_prefix: HashMap<String, (String, String)>,
}

/// Why a reference cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefError {
    Wrong(String),
    /// Sound in Kong.
    NotServed(String),
}

impl SecretRef {
    /// Text that is not wholly a reference is a literal, as in Kong.
    pub fn parse(text: &str, vaults: &Vaults) -> Result<Self, RefError> {
        let Some(inner) = reference(text) else {
            return Ok(Self::Literal(Arc::new(Secret::new(text))));
        };
        let (rest, version) = match inner.split_once('#') {
            Some((rest, version)) => (rest, version),
            None => (inner, "1"),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (vault, path) = rest.split_once('/').unwrap_or((rest, ""));
        // Kong's order: a strategy's own name before an entity's prefix.
        let (strategy, entity_prefix) = match vaults.by_prefix.get(vault) {
            _ if STRATEGIES.contains(&vault) => (vault, ""),
            Some((strategy, prefix)) => (strategy.as_str(), prefix.as_str()),
            None => {
                return Err(RefError::Wrong(format!(
                    "there is no vault '{vault}': name a strategy ({}) or the prefix of an entity under `vaults`",
                    STRATEGIES.join(", ")
                )));
            }
        };
        if strategy != "env" {
            return Err(RefError::NotServed(format!(
                "vault '{strategy}' is not served yet: only the env vault is"
            )));
        }
        let suffix = match version {
            "1" => "",
            "2" => "_PREVIOUS",
            _ => {
                return Err(RefError::Wrong(format!(
                    "reference url has invalid version [{version}]: use 1 or 2"
                )));
            }
        };
        let prefix = prefix(query)?.unwrap_or_else(|| entity_prefix.to_owned());
        let (resource, key) = resource_and_key(path);
        if resource.is_empty() {
            return Err(RefError::Wrong(
                "the reference names no variable: write {vault://env/NAME}".to_owned(),
            ));
        }
        let name = format!("{prefix}{resource}")
            .replace('-', "_")
            .to_uppercase();
        Ok(Self::Env {
            variable: format!("{name}{suffix}"),
            key,
            reference: text.to_owned(),
        })
    }
}

/// Whether a credential may stand in a header of this name: a field name of RFC 9110, and none that frames the request.
pub fn check_header_name(text: &str) -> Result<(), String> {
    // They frame the request, or name its connection: a credential there would break it.
    const FRAMING: [&str; 10] = [
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    if FRAMING.iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Err("this header frames the request: it cannot carry a credential".to_owned());
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.bytes().all(token) {
        Ok(())
    } else {
        Err("not a header name: letters, digits and hyphens".to_owned())
    }
}

/// What stands between `{vault://` and the last `}`; none for any other text.
pub(crate) fn reference(text: &str) -> Option<&str> {
    text.strip_prefix("{vault://")?.strip_suffix('}')
}

/// Kong lets a query overwrite the vault's configuration: `prefix` is all that the env vault reads of it.
fn prefix(query: &str) -> Result<Option<String>, RefError> {
    let mut prefix = None;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "prefix" => prefix = Some(percent_decoded(value)),
            "base64_decode" => {
                return Err(RefError::NotServed(
                    "base64_decode is not served yet in a reference".to_owned(),
                ));
            }
            _ => {}
        }
    }
    Ok(prefix)
}

/// Of several segments the last is the JSON key, unless a slash ends the path.
fn resource_and_key(path: &str) -> (String, Option<String>) {
    if let Some(whole) = path.strip_suffix('/') {
        return (percent_decoded(whole), None);
    }
    match path.rsplit_once('/') {
        Some((resource, key)) => (percent_decoded(resource), Some(percent_decoded(key))),
        None => (percent_decoded(path), None),
    }
}

/// A broken escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%')
            .then(|| text_of(after.get(..2)?))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `from_str_radix` takes a sign; an escape does not.
fn text_of(hex: &[u8]) -> Option<&str> {
    std::str::from_utf8(hex)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Why a secret could not be had: names variable and reference, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("environment variable {variable} is not set; {reference} asks for it")]
    NotSet { variable: String, reference: String },
    #[error(
        "environment variable {variable} does not hold a JSON object; {reference} asks for a member of one"
    )]
    NotAnObject { variable: String, reference: String },
    #[error(
        "subfield {key} not found in JSON secret of environment variable {variable}; {reference} asks for it"
    )]
    NoMember {
        key: String,
        variable: String,
        reference: String,
    },
    #[error(
        "unexpected {found} value in JSON secret for subfield {key} of environment variable {variable}; {reference} asks for a string"
    )]
    NotText {
        found: &'static str,
        key: String,
        variable: String,
        reference: String,
    },
}

/// Resolves against an environment given as a function. An empty variable is a value.
pub fn resolve(
    reference: &SecretRef,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Arc<Secret>, SecretError> {
    match reference {
        SecretRef::Literal(secret) => Ok(Arc::clone(secret)),
        SecretRef::Env {
            variable,
            key,
            reference,
        } => {
            let value = env(variable).ok_or_else(|| SecretError::NotSet {
                variable: variable.clone(),
                reference: reference.clone(),
            })?;
            let value = match key {
                Some(key) => member(&value, key, variable, reference)?,
                None => value,
            };
            Ok(Arc::new(Secret::new(value)))
        }
    }
}

fn member(value: &str, key: &str, variable: &str, reference: &str) -> Result<String, SecretError> {
    use serde_json::Value;
    let (variable, reference) = (variable.to_owned(), reference.to_owned());
    // serde_json's own error would quote the value: dropped.
    let Ok(Value::Object(mut members)) = serde_json::from_str::<Value>(value) else {
        return Err(SecretError::NotAnObject {
            variable,
            reference,
        });
    };
    let key = key.to_owned();
    let found = match members.remove(&key) {
        Some(Value::String(text)) => return Ok(text),
        None => {
            return Err(SecretError::NoMember {
                key,
                variable,
                reference,
            });
        }
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    Err(SecretError::NotText {
        found,
        key,
        variable,
        reference,
    })
}
