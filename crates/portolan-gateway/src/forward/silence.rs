//! How long nothing has come while it was waited for.

use std::{
    mem,
    task::{Context, Poll},
    time::Duration,
};

use crate::deadline::Deadline;

#[derive(Debug)]
pub(super) struct Silence {
    bound: Duration,
    gap: Deadline,
    waiting: bool,
}

impl Silence {
    pub(super) fn new(bound: Duration) -> Self {
        Self {
            bound,
            gap: Deadline::after(bound),
            waiting: false,
        }
    }

    /// Something came.
    pub(super) fn broken(&mut self) {
        self.waiting = false;
    }

    /// Ready when it has lasted too long. It begins with the first wait: what the other side was slow to take is none.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !mem::replace(&mut self.waiting, true) {
            self.gap.extend(self.bound);
        }
        self.gap.poll(cx)
    }
}
