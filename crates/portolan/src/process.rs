//! What the verbs share: telling the user, and waiting for the end.

use std::{
    convert::Infallible,
    io::{self, Write},
    process::exit,
    thread,
};

use anyhow::Context;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// Events of the process go to standard error; `PORTOLAN_LOG` filters them.
pub(crate) fn init_tracing() {
    let filter = EnvFilter::try_from_env("PORTOLAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .init();
}

/// To standard output. A reader that closed it is no reason to stop.
pub(crate) fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

pub(crate) fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr().lock(), "error: {error:#}");
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

    /// Returns at the first SIGTERM or SIGINT. A second one ends the process at once.
    pub(crate) fn until_stopped(self, meanwhile: impl Future<Output = Infallible>) {
        let Self { runtime, mut stop } = self;
        runtime.block_on(async {
            tokio::select! {
                () = next(&mut stop) => {}
                never = meanwhile => match never {},
            }
        });
        thread::spawn(move || {
            runtime.block_on(next(&mut stop));
            complain(&anyhow::anyhow!("told to stop twice: what ran was cut"));
            exit(1);
        });
    }
}

/// Returns at the first SIGTERM or SIGINT. A second one ends the process at once.
#[cfg(feature = "demo")]
pub(crate) fn wait_for_stop() -> anyhow::Result<()> {
    Life::new()?.until_stopped(std::future::pending());
    Ok(())
}

async fn next([terminate, interrupt]: &mut [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
