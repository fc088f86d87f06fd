//! When `portolan start` looks at its files again: at SIGHUP at once, and when they changed.

use std::{convert::Infallible, time::Duration};

use portolan_gateway::Reloader;
use tokio::{
    signal::unix::Signal,
    time::{MissedTickBehavior, interval},
};

use crate::watch::Watch;

/// Between two looks; a change is acted on after the second that sees it, so within a second.
const LOOK: Duration = Duration::from_millis(500);

/// For as long as the process runs.
pub(crate) async fn run(
    mut reloader: Reloader<'_>,
    mut hangup: Signal,
    mut watch: Option<Watch>,
) -> Infallible {
    let mut look = interval(LOOK);
    // A reload can take longer than a look is apart.
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = hangup.recv() => {
                if let Some(watch) = &mut watch {
                    watch.will_be_read();
                }
                reloader.reload();
            }
            _ = look.tick(), if watch.is_some() => {
                if watch.as_mut().is_some_and(Watch::changed) {
                    reloader.reload();
                }
            }
        }
    }
}
