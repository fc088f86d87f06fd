//! The gap deadline of a body: one timer a request, moved only when it fires too early.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::upstream::poll_until;

#[derive(Debug)]
pub(crate) struct Deadline {
    due: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    pub(crate) fn after(gap: Duration) -> Self {
        Self {
            due: Instant::now() + gap,
            timer: None,
        }
    }

    /// Something came: the gap begins anew. Touches no timer.
    pub(crate) fn extend(&mut self, gap: Duration) {
        self.due = Instant::now() + gap;
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        poll_until(timer.as_mut(), due, cx)
    }
}
