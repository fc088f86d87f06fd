//! What the verbs share: telling the user, and waiting for the end.

use std::{
    io::{self, Write},
    process::exit,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Events that wait to be written; room for all of them is taken at the start, and the crate's own 128,000 are 5 MB.
const BUFFERED: usize = 8_192;

/// Of the thread that writes events: a reader that does not read holds up nobody else, and loses them in the end.
static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Events of the process go to standard error; `PORTOLAN_LOG` filters them.
pub(crate) fn init_tracing() {
    let filter = EnvFilter::try_from_env("PORTOLAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let (events, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(BUFFERED)
        .finish(io::stderr());
    *writer() = Some(guard);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(events)
        .with_target(false)
        .init();
}

/// At the end of the process: returns when all events are written, or after a second where they are not read.
pub(crate) fn flush() {
    let guard = writer().take();
    drop(guard);
}

fn writer() -> MutexGuard<'static, Option<WorkerGuard>> {
    WRITER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// To standard output. A reader that closed it is no reason to stop.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

pub(crate) fn complain(error: &anyhow::Error) {
    flush();
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
}

/// As many descriptors as the system lets this process have: a connection is one, and its upstream's another.
/// The limit that a shell starts with, often 1,024, is kept low for programs that use `select`.
pub(crate) fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // What is refused leaves the limit as it was; `--max-connections` is a bound beside it.
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// The main thread's part: a runtime of its own, and the signals. Once this is made none of them is lost.
pub(crate) struct Life {
    runtime: Runtime,
    stop: [Signal; 2],
}

impl Life {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot wait for signals")?;
        let stop = {
            let _context = runtime.enter();
            [
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            ]
        };
        Ok(Self { runtime, stop })
    }

    /// SIGHUP, which from here on does not end the process.
    pub(crate) fn hangup(&self) -> anyhow::Result<Signal> {
        let _context = self.runtime.enter();
        Ok(signal(SignalKind::hangup())?)
    }

    /// What came of `meanwhile`; none: SIGTERM or SIGINT came first.
    pub(crate) fn until_stopped<T>(&mut self, meanwhile: impl Future<Output = T>) -> Option<T> {
        let Self { runtime, stop } = self;
        runtime.block_on(async {
            tokio::select! {
                () = next(stop) => None,
                done = meanwhile => Some(done),
            }
        })
    }

    /// From here on SIGTERM and SIGINT end the process at once.
    pub(crate) fn end_at_a_stop(self) {
        let Self { runtime, mut stop } = self;
        thread::spawn(move || {
            runtime.block_on(next(&mut stop));
            tracing::error!("told to stop at once: what ran was cut");
            flush();
            exit(1);
        });
    }
}

/// Returns at the first SIGTERM or SIGINT. A second one ends the process at once.
#[cfg(feature = "demo")]
pub(crate) fn wait_for_stop() -> anyhow::Result<()> {
    let mut life = Life::new()?;
    life.until_stopped(std::future::pending::<()>());
    life.end_at_a_stop();
    Ok(())
}

async fn next([terminate, interrupt]: &mut [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
