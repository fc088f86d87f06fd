//! How many connections there may be, over all workers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

#[derive(Debug)]
pub(crate) struct Slots {
    taken: AtomicUsize,
    bound: usize,
}

/// One connection's place; free again when dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<Slots>);

impl Slots {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            bound,
        }
    }

    pub(super) fn take(self: &Arc<Self>) -> Option<Slot> {
        // Counted before it is known to be one too many: two that come at once cannot both be the last.
        let slot = Slot(Arc::clone(self));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.bound).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_bound_are_taken() {
        let slots = Arc::new(Slots::new(2));
        let first = slots.take().unwrap();
        let second = slots.take().unwrap();
        assert!(slots.take().is_none());
        drop(first);
        let third = slots.take().unwrap();
        assert!(slots.take().is_none());
        drop((second, third));
        assert_eq!(slots.taken.load(Ordering::Relaxed), 0);
    }
}
