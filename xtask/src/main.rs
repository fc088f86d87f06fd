//! `cargo xtask …`: every errand of the project.

mod acceptance;
mod bench;
mod campaign;
mod command;
mod libtest;
mod sdk;
mod skips;
mod tally;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Every errand of the project")]
struct Arguments {
    #[command(subcommand)]
    errand: Errand,
}

#[derive(Subcommand)]
enum Errand {
    /// Format, clippy, documentation, every test, the SDK suites, the acceptance list
    Test,
    /// The official SDKs, unmodified, against the release binaries
    Sdk,
    /// CPU, latency, memory and start, beside nginx
    Bench(bench::Options),
    /// What takes minutes: hostile bytes and large files through the loader
    Campaign(campaign::Options),
    /// The load generator of `bench`: commands on stdin, measurements on stdout
    #[command(hide = true)]
    BenchLoad,
}

fn main() -> Result<ExitCode> {
    let passed = match Arguments::parse().errand {
        Errand::Test => test::run()?,
        Errand::Sdk => sdk::run()?,
        Errand::Bench(options) => {
            bench::run(&options)?;
            true
        }
        Errand::Campaign(options) => campaign::run(&options)?,
        Errand::BenchLoad => {
            bench::load::serve()?;
            true
        }
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
