//! Which target an attempt goes to: a file an algorithm. A candidate is a lease, in flight until it is dropped.

mod round_robin;

use std::sync::{
    Arc, Mutex, PoisonError,
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
    /// Of each target its weight, and where its attempts under way are counted.
    pub(crate) fn new(
        algorithm: Algorithm,
        targets: impl IntoIterator<Item = (u32, Arc<AtomicU64>)>,
    ) -> Self {
        let (weights, in_flight): (Vec<u32>, Vec<_>) = targets.into_iter().unzip();
        let algorithm = match algorithm {
            Algorithm::RoundRobin => RoundRobin::new(&weights),
        };
        Self {
            algorithm: Mutex::new(algorithm),
            in_flight,
        }
    }

    /// The best target that is not among `tried`; when all were, the best of all.
    pub(crate) fn lease(&self, tried: &[usize]) -> Lease {
        let all_tried = (0..self.in_flight.len()).all(|target| tried.contains(&target));
        let target = self
            .algorithm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
