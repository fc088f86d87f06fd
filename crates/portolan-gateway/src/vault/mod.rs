//! Secrets of the file, resolved before anything is served. A missing one is an error that names the variable.
//! What a reference names stands in one cell, whoever names it: changed there, it is changed for all.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use arc_swap::ArcSwap;
use http::{HeaderName, HeaderValue};
use portolan_config::secret::{self, SecretRef};

use crate::gateway::Env;

/// What a target sends to prove itself.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// As the file has it.
    Text(HeaderValue),
    Reference(Arc<Cell>),
}

/// What a reference resolves to.
#[derive(Debug)]
pub(crate) struct Cell(ArcSwap<HeaderValue>);

impl Credential {
    /// As it is now; never printed.
    pub(crate) fn value(&self) -> HeaderValue {
        match self {
            Self::Text(value) => value.clone(),
            Self::Reference(cell) => HeaderValue::clone(&cell.0.load()),
        }
    }
}

/// The cells that something names, over all snapshots.
pub(crate) struct Vault {
    env: Box<Env>,
    /// By variable and member.
    cells: HashMap<(String, Option<String>), Weak<Cell>>,
}

impl Vault {
    pub(crate) fn new(env: Box<Env>) -> Self {
        Self {
            env,
            cells: HashMap::new(),
        }
    }

    pub(crate) fn env(&self) -> &Env {
        self.env.as_ref()
    }

    pub(crate) fn credential(&mut self, secret: &SecretRef) -> Result<Credential, String> {
        let SecretRef::Env { variable, key, .. } = secret else {
            return self.header_value(secret).map(Credential::Text);
        };
        let name = (variable.clone(), key.clone());
        if let Some(cell) = self.cells.get(&name).and_then(Weak::upgrade) {
            return Ok(Credential::Reference(cell));
        }
        let cell = Arc::new(Cell(ArcSwap::from_pointee(self.header_value(secret)?)));
        self.cells.insert(name, Arc::downgrade(&cell));
        Ok(Credential::Reference(cell))
    }

    /// Lets go of the cells that nothing names any more.
    pub(crate) fn tidy(&mut self) {
        self.cells.retain(|_, cell| cell.strong_count() > 0);
    }

    /// Resolved once: a name is no secret that rotates.
    pub(crate) fn header_name(&self, name: &SecretRef) -> Result<HeaderName, String> {
        let name = secret::resolve(name, self.env()).map_err(|error| error.to_string())?;
        secret::check_header_name(name.expose())?;
        name.expose()
            .parse()
            .map_err(|_| "not a header name".to_owned())
    }

    fn header_value(&self, secret: &SecretRef) -> Result<HeaderValue, String> {
        let secret = secret::resolve(secret, self.env()).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::from_str(secret.expose())
            .map_err(|_| "it holds a character that no header may have".to_owned())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
