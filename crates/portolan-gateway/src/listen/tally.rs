//! Connections are numbered, and so are the requests of each: nginx's `$connection` and `$connection_requests`.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Tally {
    /// The first is 1.
    pub(crate) serial: u64,
    requests: AtomicU64,
}

impl Tally {
    pub(crate) fn next() -> Self {
        static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
        Self {
            serial: CONNECTIONS.fetch_add(1, Ordering::Relaxed) + 1,
            requests: AtomicU64::new(0),
        }
    }

    /// One more.
    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// So far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}
