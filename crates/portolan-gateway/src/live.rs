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
    building: Mutex<Building>,
}

struct Building {
    vault: Vault,
    /// Snapshots that were live. A worker that is still looking its route up in one must not be who drops it:
    /// to take a large one apart takes long.
    left: Vec<Arc<Snapshot>>,
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
            building: Mutex::new(Building {
                vault,
                left: Vec::new(),
            }),
        })
    }

    /// Not to be held: a request keeps of it what it needs.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    pub(crate) fn replace(&self, config: &Config) -> Result<(), BuildError> {
        let mut building = self.building();
        let Building { vault, left } = &mut *building;
        let previous = self.current.load_full();
        let built = Snapshot::build(config, Some(&previous), vault).map(|next| {
            self.current.store(Arc::new(next));
            left.push(previous);
        });
        // Nobody comes to hold one of these anew; where a worker holds one now, the next reload drops it.
        left.retain(|old| Arc::strong_count(old) > 1);
        vault.tidy();
        built
    }

    /// A variable of the environment that secrets are resolved in.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.building().vault.env()(name)
    }

    fn building(&self) -> MutexGuard<'_, Building> {
        self.building.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
