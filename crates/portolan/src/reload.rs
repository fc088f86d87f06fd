//! When `portolan start` looks at its files again: at SIGHUP at once, and when they changed.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use portolan_gateway::Reloader;

use crate::watch::{LOOK, Watch};

/// Until nobody can ask any more. `again`: asks for the files to be read; `look`: whether changes count as well.
pub(crate) fn run(mut reloader: Reloader, mut watch: Watch, again: &Receiver<()>, look: bool) {
    let next = |patience: Duration| match look {
        true => again.recv_timeout(patience),
        false => again.recv().map_err(RecvTimeoutError::from),
    };
    loop {
        let read = match next(LOOK) {
            Ok(()) => Some(watch.read()),
            Err(RecvTimeoutError::Timeout) => watch.news(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(read) = read {
            reloader.reload(read);
        }
    }
}
