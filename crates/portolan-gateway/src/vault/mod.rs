//! Secrets of the file, resolved before anything is served. A missing one is an error that names the variable.

use http::HeaderValue;
use portolan_config::secret::{self, SecretRef};

use crate::gateway::Env;

/// A secret as a header's value, marked so that it is never printed.
pub(crate) fn header_value(reference: &SecretRef, env: &Env) -> Result<HeaderValue, String> {
    let secret = secret::resolve(reference, env).map_err(|error| error.to_string())?;
    let mut value = HeaderValue::from_str(secret.expose())
        .map_err(|_| "it holds a character that no header may have".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
