//! The budget of held bytes: what bodies and answers take in memory, over all workers.
//! Who would go past it is refused; what others hold stays theirs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

use crate::error::{GatewayError, Kind};

/// Reserved before the first byte came, and what is not worth counting of a stream: so small that as many connections as
/// there may be take half of the default budget while they send nothing.
const FIRST: usize = 16 * 1024;
/// Reserved at once beyond: a long body costs an atomic operation for so many bytes, not one a piece.
const STEP: usize = 64 * 1024;

/// One worker's handle on the count of all.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: usize,
    used: Arc<AtomicUsize>,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            used: Arc::default(),
        }
    }

    /// On the same count, for one more worker: requests share the handle with none but their worker's own.
    pub(crate) fn share(&self) -> Arc<Self> {
        Arc::new(Self {
            bytes: self.bytes,
            used: Arc::clone(&self.used),
        })
    }

    fn left(&self) -> usize {
        self.bytes.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    fn reserve(&self, bytes: usize) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let fits = bytes <= self.bytes.saturating_sub(before);
        if !fits {
            self.free(bytes);
        }
        fits
    }

    fn free(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one holder has of the budget; dropping it gives that back.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Held {
    pub(crate) fn none(budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            bytes: 0,
        }
    }

    /// Before the first of so many bytes is read: whether they can all be held. Most are reserved only as they come, for a
    /// stranger's announcement costs him nothing.
    pub(crate) fn admit(&mut self, whole: usize) -> Result<(), GatewayError> {
        if whole > self.bytes + self.budget.left() {
            return Err(overloaded());
        }
        self.cover(whole.min(FIRST), whole)
    }

    /// Has at least `bytes`, and in steps more than that; never more than `whole`, of which there will be no more.
    pub(crate) fn cover(&mut self, bytes: usize, whole: usize) -> Result<(), GatewayError> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let step = if bytes <= FIRST {
            FIRST
        } else {
            bytes.next_multiple_of(STEP)
        };
        // Where a step does not fit any more, what is needed may.
        for wanted in [step.min(whole).max(bytes), bytes] {
            if self.budget.reserve(wanted - self.bytes) {
                self.bytes = wanted;
                return Ok(());
            }
        }
        Err(overloaded())
    }

    /// For what comes and goes: counted while it is long, and given back as soon as it is short.
    pub(crate) fn follow(&mut self, bytes: usize) -> Result<(), GatewayError> {
        if bytes > FIRST {
            return self.cover(bytes, usize::MAX);
        }
        self.release();
        Ok(())
    }

    /// The same bytes, and what is held for them until the last of them is let go: whom they are for may be slow. Short
    /// ones are not worth it.
    pub(crate) fn bind(&mut self, bytes: Bytes) -> Bytes {
        if bytes.len() <= FIRST {
            return bytes;
        }
        let held = Self::none(&self.budget);
        Bytes::from_owner(Bound {
            bytes,
            _held: std::mem::replace(self, held),
        })
    }

    pub(crate) fn release(&mut self) {
        if self.bytes > 0 {
            self.budget.free(self.bytes);
            self.bytes = 0;
        }
    }
}

struct Bound {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Bound {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

fn overloaded() -> GatewayError {
    GatewayError::new(Kind::Overloaded, "")
}

#[cfg(test)]
mod tests;
