//! What a worker counts of its connections and requests; all workers' together when somebody asks.
//! No count ever goes down, whatever is reloaded.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// One worker's. Alone on its cache lines: a neighbour's counting would slow its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counters {
    opened: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Counters {
    pub(crate) fn connection_opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connection_closed(&self) {
        self.closed.fetch_add(1, Ordering::Relaxed);
    }

    /// One more than there may be: closed at once.
    pub(crate) fn connection_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn request_begun(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn request_ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// All workers'.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Connections that were ever served.
    pub(crate) connections: u64,
    /// Those that are open.
    pub(crate) open: u64,
    /// Connections that were ever turned away, as there were too many.
    pub(crate) refused: u64,
    /// Requests whose head was ever read whole, whatever became of them.
    pub(crate) requests: u64,
    /// Those that have not ended.
    pub(crate) under_way: u64,
}

impl Totals {
    pub(crate) fn of(workers: &[Arc<Counters>]) -> Self {
        let sum = |count: fn(&Counters) -> &AtomicU64| -> u64 {
            workers
                .iter()
                .map(|worker| count(worker).load(Ordering::Relaxed))
                .sum()
        };
        // Ends before beginnings: what begins and ends meanwhile is then no less than nothing under way.
        let (closed, ended) = (sum(|worker| &worker.closed), sum(|worker| &worker.ended));
        let (opened, begun) = (sum(|worker| &worker.opened), sum(|worker| &worker.begun));
        Self {
            connections: opened,
            open: opened.saturating_sub(closed),
            refused: sum(|worker| &worker.refused),
            requests: begun,
            under_way: begun.saturating_sub(ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_workers_are_summed() {
        let workers = [Arc::<Counters>::default(), Arc::default()];
        for worker in &workers {
            for _ in 0..3 {
                worker.connection_opened();
                worker.request_begun();
            }
        }
        workers[0].request_ended();
        workers[0].connection_closed();
        workers[1].request_ended();
        workers[1].connection_refused();
        let totals = Totals {
            connections: 6,
            open: 5,
            refused: 1,
            requests: 6,
            under_way: 4,
        };
        assert_eq!(Totals::of(&workers), totals);
    }
}
