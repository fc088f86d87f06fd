//! One search for the entry of the highest precedence that a request fits.

use super::{
    asked::Seen,
    entry::{Entry, Fit},
};

#[derive(Debug)]
pub(super) struct Search<'s> {
    pub(super) seen: &'s Seen<'s>,
    entries: &'s [Entry],
    best: Option<(u32, Fit)>,
}

impl<'s> Search<'s> {
    pub(super) fn new(seen: &'s Seen<'s>, entries: &'s [Entry]) -> Self {
        Self {
            seen,
            entries,
            best: None,
        }
    }

    /// Whether something was found that no entry from this rank on outranks.
    pub(super) fn is_over(&self, rank: u32) -> bool {
        self.best.is_some_and(|(found, _)| found <= rank)
    }

    /// Ascending ranks.
    pub(super) fn try_each(&mut self, ranks: &[u32]) {
        for &rank in ranks {
            if self.is_over(rank) {
                return;
            }
            if let Some(fit) = self.entries[rank as usize].fits(self.seen) {
                self.best = Some((rank, fit));
                return;
            }
        }
    }

    pub(super) fn best(self) -> Option<(usize, Fit)> {
        self.best.map(|(rank, fit)| (rank as usize, fit))
    }
}
