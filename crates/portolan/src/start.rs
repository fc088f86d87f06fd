//! `portolan start`: serves files until it is told to stop, and anew when they change.

use std::{env, num::NonZeroUsize, thread, time::Duration};

use anyhow::{Context, anyhow};
use portolan_gateway::{AccessLog, Gateway, Options, Reloader, StartError};

use crate::{
    cli,
    process::{self, Life},
    reload,
    watch::Watch,
};

pub(crate) fn run(typed: cli::Start) -> anyhow::Result<()> {
    let life = Life::new()?;
    let hangup = life.hangup()?;
    let watch = (!typed.no_watch).then(|| Watch::new(typed.config.clone()));
    let sources = portolan_config::read(&typed.config)?;
    let loaded = portolan_config::load(&sources, &|name| env::var(name).ok())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let options = Options {
        listen: typed.proxy_listen,
        admin: typed.admin_listen.0,
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
    };
    let gateway = Gateway::start(&loaded.config, options)
        .map_err(|error| match error {
            StartError::Admin { .. } => anyhow!("{error}; try another --admin-listen, or `off`"),
            error => error.into(),
        })
        .with_context(|| {
            let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
            format!("cannot serve {}", names.join(", "))
        })?;
    process::say(&format!("listening on {}", gateway.address()));
    if let Some(address) = gateway.admin_address() {
        process::say(&format!("admin on {address}"));
    }
    drop(loaded);
    let reloader = Reloader::new(&gateway, typed.config, sources);
    life.until_stopped(reload::run(reloader, hangup, watch));
    tracing::info!("draining");
    gateway.drain();
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
