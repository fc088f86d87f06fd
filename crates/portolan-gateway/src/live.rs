//! What is live: the snapshot that requests begin with, and how another takes its place.
//! A snapshot is built whole before it is seen; one that cannot be built changes nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};
use portolan_config::compiled::Config;

use crate::{
    gateway::Env,
    state::{BuildError, Snapshot},
    vault::Vault,
};

pub(crate) struct Live {
    current: ArcSwap<Snapshot>,
    /// Locked while a snapshot is built and put in place: each builds on what the one before it left.
    vault: Mutex<Vault>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Live")
    }
}

impl Live {
    pub(crate) fn new(config: &Config, env: Box<Env>) -> Result<Self, BuildError> {
        let mut vault = Vault::new(env);
        let snapshot = Snapshot::build(config, None, &mut vault)?;
        Ok(Self {
            current: ArcSwap::from_pointee(snapshot),
            vault: Mutex::new(vault),
        })
    }

    /// Not to be held: a request keeps of it what it needs.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    pub(crate) fn replace(&self, config: &Config) -> Result<(), BuildError> {
        let mut vault = self.vault();
        // Held over the swap: what of it is not kept is taken apart here, not by a worker.
        let previous = self.current.load_full();
        let built = Snapshot::build(config, Some(&previous), &mut vault)
            .map(|next| self.current.store(Arc::new(next)));
        drop(previous);
        vault.tidy();
        built
    }

    /// A variable of the environment that secrets are resolved in.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let vault = self.vault();
        vault.env()(name)
    }

    fn vault(&self) -> MutexGuard<'_, Vault> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
