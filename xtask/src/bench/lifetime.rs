//! What a gateway takes beside requests: the time to its first answer, and memory, idle and under open streams.

use std::{path::Path, time::Instant};

use anyhow::{Result, ensure};

use super::{
    account, gateway::Gateway, generator::Generator, proc::Family, rows::HELD, stats::Quartiles,
};

const STREAMS: usize = 1000;
const STARTS: usize = 9;

pub(super) struct Lifetime {
    pub(super) name: &'static str,
    /// Milliseconds from its launch to a whole `200`.
    pub(super) start: Quartiles,
    /// MiB after one answer.
    pub(super) idle: f64,
    /// MiB with a thousand streams open.
    pub(super) streaming: f64,
}

pub(super) fn measure(generator: &mut Generator, gateway: &Gateway) -> Result<Lifetime> {
    let starts = (0..STARTS)
        .map(|_| start(gateway))
        .collect::<Result<Vec<f64>>>()?;

    let mut process = gateway.launch()?;
    gateway.first_answer(&mut process)?;
    let family = Family::of(process.id())?;
    let idle = mebibytes(&family)?;
    generator.hold(HELD.question(gateway.subject()), STREAMS)?;
    let streaming = mebibytes(&family)?;
    generator.release()?;
    process.stop()?;
    if let Gateway::Portolan { log, .. } = gateway {
        logged(log, 1 + STREAMS)?;
    }
    Ok(Lifetime {
        name: gateway.name(),
        start: Quartiles::of(starts),
        idle,
        streaming,
    })
}

fn start(gateway: &Gateway) -> Result<f64> {
    let begun = Instant::now();
    let mut process = gateway.launch()?;
    gateway.first_answer(&mut process)?;
    let took = begun.elapsed();
    process.stop()?;
    Ok(took.as_secs_f64() * 1000.0)
}

fn mebibytes(family: &Family) -> Result<f64> {
    Ok(family.resident()? as f64 / 1024.0)
}

/// Streams that the client left have their lines too.
fn logged(log: &Path, requests: usize) -> Result<()> {
    let lines = account::lines(log)?;
    ensure!(
        lines == requests,
        "{lines} lines of log to {requests} requests"
    );
    Ok(())
}
