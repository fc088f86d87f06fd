//! `cargo xtask campaign`: what no test run has the minutes for, and says whether it held.

mod fuzz;
mod load;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Options {
    /// Without one, all
    #[command(subcommand)]
    campaign: Option<Campaign>,
}

#[derive(Subcommand)]
enum Campaign {
    /// Hostile bytes through the loader, by libFuzzer
    Fuzz {
        /// How long the bytes go on
        #[arg(long, default_value_t = fuzz::SECONDS, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Files of 100,000 lines and 10,000 routes: time and memory
    Load,
}

/// False when one did not hold.
pub(crate) fn run(options: &Options) -> Result<bool> {
    match options.campaign {
        Some(Campaign::Fuzz { seconds }) => fuzz::run(seconds),
        Some(Campaign::Load) => load::run(),
        None => {
            let loaded = load::run();
            Ok(fuzz::run(fuzz::SECONDS)? & loaded?)
        }
    }
}
