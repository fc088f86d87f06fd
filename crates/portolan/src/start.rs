//! `portolan start`: serves files until it is told to stop, and anew when they change.

use std::{
    env,
    num::NonZeroUsize,
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow};
use portolan_config::Source;
use portolan_gateway::{AccessLog, Gateway, Options, Reloader, StartError, Trusted};
use tokio::sync::oneshot;

use crate::{
    cli,
    process::{self, Life},
    reload,
    watch::Watch,
};

/// Files may be read for ever (a pipe that nobody writes to), so that is a thread's that nobody waits for.
/// The main thread only waits for signals until it is time to drain.
pub(crate) fn run(typed: cli::Start) -> anyhow::Result<()> {
    process::raise_descriptors();
    let mut life = Life::new()?;
    let mut hangup = life.hangup()?;
    // One that waits to be heard is as good as many.
    let (again, asked) = mpsc::sync_channel(1);
    let (started, starting) = oneshot::channel();
    thread::Builder::new()
        .name("files".to_owned())
        .spawn(move || serve(typed, started, &asked))
        .context("cannot start a thread")?;
    let Some(gateway) = life.until_stopped(starting) else {
        tracing::info!("told to stop before anything was served");
        return Ok(());
    };
    let gateway = match gateway.context("the start broke off").flatten() {
        Ok(gateway) => gateway,
        Err(error) => {
            life.end_at_a_stop();
            return Err(error);
        }
    };
    for address in gateway.addresses() {
        process::say(&format!("listening on {address}"));
    }
    if let Some(address) = gateway.admin_address() {
        process::say(&format!("admin on {address}"));
    }
    life.until_stopped(async move {
        while hangup.recv().await.is_some() {
            let _ = again.try_send(());
        }
        std::future::pending::<()>().await;
    });
    life.end_at_a_stop();
    tracing::info!("draining");
    gateway.drain();
    Ok(())
}

/// Starts a gateway, hands it over, and from then on keeps it at what the files say.
fn serve(
    typed: cli::Start,
    started: oneshot::Sender<anyhow::Result<Gateway>>,
    again: &Receiver<()>,
) {
    let look = !typed.no_watch;
    let mut watch = Watch::new(typed.config.clone());
    let (gateway, reloader) = match start(typed, &mut watch) {
        Ok((gateway, sources)) => {
            let reloader = Reloader::new(&gateway, sources);
            (Ok(gateway), Some(reloader))
        }
        Err(error) => (Err(error), None),
    };
    if started.send(gateway).is_ok()
        && let Some(reloader) = reloader
    {
        reload::run(reloader, watch, again, look);
    }
}

fn start(typed: cli::Start, watch: &mut Watch) -> anyhow::Result<(Gateway, Vec<Source>)> {
    let sources = watch.read()?;
    let loaded = portolan_config::load(&sources, &|name| env::var(name).ok())?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let options = Options {
        listen: typed.proxy_listen,
        bounds: typed.bounds.bounds(),
        admin: typed.admin_listen.0,
        trusted: Trusted {
            ranges: typed.trusted_ips,
            header: typed.real_ip_header,
            recursive: typed.real_ip_recursive,
        },
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
    Ok((gateway, sources))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
