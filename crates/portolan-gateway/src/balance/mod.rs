//! Which target an attempt goes to: a file an algorithm. A candidate is a lease, in flight until it is dropped.

mod round_robin;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use portolan_config::compiled::Algorithm;
use round_robin::RoundRobin;

/// The state of one AI proxy's targets, shared by all workers.
#[derive(Debug)]
pub(crate) struct Balancer {
    algorithm: Mutex<RoundRobin>,
    in_flight: Vec<Arc<AtomicU64>>,
}

impl Balancer {
    /// Of each target its weight, its part of a turn that began earlier, and where its attempts under way are counted.
    pub(crate) fn new(
        algorithm: Algorithm,
        targets: impl IntoIterator<Item = (u32, i64, Arc<AtomicU64>)>,
    ) -> Self {
        let (turns, in_flight): (Vec<_>, Vec<_>) = targets
            .into_iter()
            .map(|(weight, turn, in_flight)| ((weight, turn), in_flight))
            .unzip();
        let algorithm = match algorithm {
            Algorithm::RoundRobin => RoundRobin::new(turns),
        };
        Self {
            algorithm: Mutex::new(algorithm),
            in_flight,
        }
    }

    /// Each target's part of the turn, for a balancer that takes targets over.
    pub(crate) fn turn(&self) -> Vec<i64> {
        self.algorithm().current()
    }

    fn algorithm(&self) -> MutexGuard<'_, RoundRobin> {
        self.algorithm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The best target that is not among `tried`; when all were, the best of all.
    pub(crate) fn lease(&self, tried: &[usize]) -> Lease {
        let all_tried = (0..self.in_flight.len()).all(|target| tried.contains(&target));
        let target = self
            .algorithm()
            .next(|target| all_tried || !tried.contains(&target));
        let in_flight = Arc::clone(&self.in_flight[target]);
        in_flight.fetch_add(1, Ordering::Relaxed);
        Lease { target, in_flight }
    }
}

/// A chosen target, counted as in flight while this lives.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Index among the proxy's targets.
    pub(crate) target: usize,
    in_flight: Arc<AtomicU64>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
