//! `portolan start`: serves a file until it is told to stop.

use std::{fs, num::NonZeroUsize, thread, time::Duration};

use anyhow::Context;
use portolan_gateway::{AccessLog, Gateway, Options};

use crate::{cli, process};

pub(crate) fn run(typed: cli::Start) -> anyhow::Result<()> {
    let name = typed.config.display().to_string();
    let text = fs::read_to_string(&typed.config).with_context(|| format!("cannot read {name}"))?;
    let loaded = portolan_config::load(&name, &text)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let gateway = Gateway::start(
        &loaded.config,
        Options {
            listen: typed.proxy_listen,
            workers: typed.workers.map_or_else(cores, NonZeroUsize::get),
            access_log: match typed.access_log.as_str() {
                "off" => AccessLog::Off,
                "-" => AccessLog::Stdout,
                path => AccessLog::File(path.into()),
            },
            resolve: typed.resolve,
            drain: Duration::from_secs(typed.drain_timeout),
            force_hub: typed.force_hub,
            ..Options::default()
        },
    )
    .with_context(|| format!("cannot serve {name}"))?;
    process::say(&format!("listening on {}", gateway.address()));
    process::wait_for_stop()?;
    tracing::info!("draining");
    gateway.drain();
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
