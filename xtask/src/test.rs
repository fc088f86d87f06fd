//! `cargo xtask test`: the README's test command. Every step runs, whatever failed before it.

use std::{fs, io, process::Command};

use anyhow::Result;

use crate::{
    acceptance,
    command::{cargo, follow, passes, root},
    libtest, sdk,
    skips::{self, Skips},
    tally::Tally,
};

/// False when anything failed.
pub(crate) fn run() -> Result<bool> {
    let mut tally = Tally::default();
    let skips = Skips::begin()?;

    tally.step("format", passes(&mut cargo(["fmt", "--all", "--check"]))?);
    tally.step("clippy", passes(&mut clippy())?);
    tally.step("documentation", passes(&mut documentation())?);
    tests(&skips, &mut tally)?;
    sdk::add_to(&mut tally)?;

    skips.add_to(&mut tally)?;
    skips::check(&mut tally)?;
    accept(&mut tally);

    tally.report(&mut io::stdout().lock())?;
    Ok(tally.is_success())
}

fn clippy() -> Command {
    cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])
}

fn documentation() -> Command {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    command
}

fn tests(skips: &Skips, tally: &mut Tally) -> Result<()> {
    let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
    command
        .env(skips::VARIABLE, skips.file())
        .env("CARGO_TERM_COLOR", "never");
    let mut reader = libtest::Reader::default();
    let status = follow(command, |line| reader.line(line))?;
    reader.finish(status.success(), tally);
    Ok(())
}

fn accept(tally: &mut Tally) {
    let file = root().join("docs/acceptance.md");
    let faults = match fs::read_to_string(&file) {
        Ok(text) => acceptance::faults(&text, |name| tally.shown(name)),
        Err(error) => vec![format!("cannot read docs/acceptance.md: {error}")],
    };
    if faults.is_empty() {
        tally.step("acceptance", true);
    }
    for fault in faults {
        tally.fail("step", "acceptance", fault);
    }
}
