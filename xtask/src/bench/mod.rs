//! `cargo xtask bench`: what a request costs in Portolan, beside nginx and beside no gateway at all.
//! Load and stand-in providers run on core 0, the gateway under measurement on core 1.
//! Every answer is verified; a figure that rests on a wrong one is an error, never a row.

mod account;
mod answer;
mod certificate;
mod client;
mod gateway;
mod generator;
mod http1;
mod lifetime;
pub(crate) mod load;
mod machine;
mod measure;
mod mock;
pub(crate) mod proc;
pub(crate) mod process;
mod report;
mod request;
mod rows;
pub(crate) mod stats;
mod transport;

use std::{fs, path::PathBuf};

use anyhow::{Result, bail, ensure};

use crate::command::{cargo, passes, root, say, target};
use certificate::Certificate;
use gateway::Gateway;
use generator::Generator;
use machine::Machine;
use measure::Bench;
use mock::Mock;
use report::Report;

/// The issue's: a figure is the median of at least so many pairs.
const FEWEST_PAIRS: i64 = 9;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these rows: chat, prompt, templated, cohere, cohere-stream, burst, paced, plain, plain-prompt,
    /// plain-tls, chat-tls, chat-h2, chat-h2c, burst-h2
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Pairs of slices a figure
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(FEWEST_PAIRS..))]
    slices: u16,
    /// The page whose table is replaced; of its own accord docs/benchmarks.md, when every row is measured
    #[arg(long)]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = rows::chosen(&options.rows)?;
    let binary = gateway::find_nginx()?;
    let mut report = Report {
        machine: Machine::describe()?,
        nginx: gateway::version(&binary)?,
        slices: options.slices,
        figures: Vec::new(),
        lifetimes: Vec::new(),
    };
    build()?;
    machine::confine()?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;

    let mocks = Mock::start_all()?;
    let certificate = Certificate::make()?;
    let mut generator = Generator::start(&certificate)?;
    let log = folder.join("access.log");
    let nginx = Gateway::nginx(&binary, &certificate)?;
    let mut bench = Bench::new(
        nginx.start()?,
        Gateway::portolan(&log, &certificate).start()?,
        &mut generator,
        options.slices,
    )?;
    for row in chosen {
        for connections in rows::CONNECTIONS {
            let figure = bench.measure(row, connections)?;
            say(&report::line(&figure))?;
            report.figures.push(figure);
        }
    }
    bench.stop()?.settle(&log)?;

    let portolan = Gateway::portolan(&folder.join("lifetime.log"), &certificate);
    for gateway in [nginx, portolan] {
        let lifetime = lifetime::measure(&mut generator, &gateway)?;
        report.lifetimes.push(lifetime);
    }
    generator.stop()?;
    for mock in mocks {
        mock.end()?;
    }

    say(&format!("\n{}", report.text()))?;
    match (&options.out, options.rows.is_empty()) {
        (Some(page), _) => report.write(&root().join(page))?,
        (None, true) => report.write(&root().join("docs/benchmarks.md"))?,
        // A part of the table is no table.
        (None, false) => {}
    }
    if let Some(stall) = report.stall() {
        bail!("{stall}");
    }
    Ok(())
}

/// Ours is measured as it is released; so is the generator, which a debug build would slow down.
fn build() -> Result<()> {
    let built = passes(&mut cargo([
        "build",
        "--release",
        "-p",
        "portolan",
        "-p",
        "portolan-mock",
        "-p",
        "xtask",
    ]))?;
    ensure!(built, "the release build failed");
    Ok(())
}
