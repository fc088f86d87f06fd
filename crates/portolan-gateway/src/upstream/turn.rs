//! The waker of a connection that has no task of its own: whoever has an exchange on it polls it.
//! While that happens its wakes are only noted (they come from the very poll that is running), and so are those
//! of an idle connection; in between they reach the task that waits.

use std::{
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Wake, Waker},
};

use super::lock;

const WAITING: u8 = 0;
const QUIET: u8 = 1;
const WOKEN: u8 = 2;

#[derive(Default)]
pub(super) struct Turn {
    state: AtomicU8,
    task: Mutex<Option<Waker>>,
}

impl Turn {
    /// Notes wakes from here on; whether there was one since the last look.
    pub(super) fn begin(&self) -> bool {
        self.state.swap(QUIET, Ordering::AcqRel) & WOKEN != 0
    }

    /// Ends a poll that found nothing: wakes reach `cx` from here on, one noted meanwhile at once.
    pub(super) fn wait(&self, cx: &Context<'_>) {
        {
            let mut task = lock(&self.task);
            if task.as_ref().is_none_or(|task| !task.will_wake(cx.waker())) {
                *task = Some(cx.waker().clone());
            }
        }
        if self.state.swap(WAITING, Ordering::AcqRel) & WOKEN != 0 {
            cx.waker().wake_by_ref();
        }
    }

    /// Something happened since [`Turn::begin`].
    pub(super) fn woken(&self) -> bool {
        self.state.load(Ordering::Acquire) & WOKEN != 0
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.fetch_or(WOKEN, Ordering::AcqRel) & QUIET == 0 {
            // Taken out, so that the lock is free again before foreign code runs.
            let task = mem::take(&mut *lock(&self.task));
            if let Some(task) = task {
                task.wake();
            }
        }
    }
}
