//! What became of the configuration: when it was loaded, how often it was reloaded, and what was wrong the last time.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use portolan_config::diagnostic::Diagnostic;
use serde::Serialize;

use crate::telemetry::Utc;

/// That are told of one reload; a file can have as many as lines.
pub(crate) const FAULTS: usize = 100;

#[derive(Debug)]
pub(crate) struct Board {
    pub(super) started_at: Utc,
    configuration: Mutex<Configuration>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Configuration {
    /// Of the files' text; none where nobody told.
    #[serde(skip)]
    pub(super) hash: Option<u128>,
    pub(super) loaded_at: Utc,
    pub(super) reloads: Reloads,
    pub(super) last_reload: Option<LastReload>,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Reloads {
    applied: u64,
    unchanged: u64,
    refused: u64,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct LastReload {
    at: Utc,
    outcome: Reloaded,
    /// How many there were; of what was applied only.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<usize>,
    faults: Vec<Fault>,
    /// How many more there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    faults_left_out: Option<usize>,
}

/// What a reload came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reloaded {
    /// What the files say is live.
    Applied,
    /// They say what they said: nothing was touched.
    Unchanged,
    /// They cannot be served: what was live is live still.
    Refused,
}

/// One reason why files were refused. No secret, no value of one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fault {
    severity: &'static str,
    #[serde(flatten)]
    place: Option<Place>,
    message: String,
}

#[derive(Debug, Clone, Serialize)]
struct Place {
    file: String,
    line: usize,
    column: usize,
    path: String,
}

impl Fault {
    /// Of no place in a file.
    pub(crate) fn new(message: String) -> Self {
        Self {
            severity: "error",
            place: None,
            message,
        }
    }
}

impl From<&Diagnostic> for Fault {
    fn from(found: &Diagnostic) -> Self {
        Self {
            severity: found.severity.name(),
            place: Some(Place {
                file: found.file.clone(),
                line: found.line,
                column: found.column,
                path: found.path.clone(),
            }),
            message: found.message.clone(),
        }
    }
}

impl Default for Board {
    fn default() -> Self {
        let now = Utc(SystemTime::now());
        Self {
            started_at: now,
            configuration: Mutex::new(Configuration {
                hash: None,
                loaded_at: now,
                reloads: Reloads::default(),
                last_reload: None,
            }),
        }
    }
}

impl Board {
    /// What the live configuration was read from.
    pub(crate) fn read_from(&self, hash: u128) {
        self.lock().hash = Some(hash);
    }

    pub(crate) fn applied(&self, hash: u128, warnings: usize) {
        let mut configuration = self.lock();
        configuration.hash = Some(hash);
        configuration.loaded_at = Utc(SystemTime::now());
        configuration.reloads.applied += 1;
        configuration.reloaded(Reloaded::Applied, Some(warnings), Vec::new());
    }

    pub(crate) fn unchanged(&self) {
        let mut configuration = self.lock();
        configuration.reloads.unchanged += 1;
        configuration.reloaded(Reloaded::Unchanged, None, Vec::new());
    }

    pub(crate) fn refused(&self, faults: Vec<Fault>) {
        let mut configuration = self.lock();
        configuration.reloads.refused += 1;
        configuration.reloaded(Reloaded::Refused, None, faults);
    }

    pub(super) fn configuration(&self) -> Configuration {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Configuration> {
        self.configuration
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Configuration {
    fn reloaded(&mut self, outcome: Reloaded, warnings: Option<usize>, mut faults: Vec<Fault>) {
        let left_out = faults.len().saturating_sub(FAULTS);
        faults.truncate(FAULTS);
        self.last_reload = Some(LastReload {
            at: Utc(SystemTime::now()),
            outcome,
            warnings,
            faults,
            faults_left_out: (left_out > 0).then_some(left_out),
        });
    }
}
