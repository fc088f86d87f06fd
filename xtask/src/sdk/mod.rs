//! `cargo xtask sdk`: the official SDKs, unmodified, against the release binaries.
//! A machine that cannot install them skips a suite aloud; where `CI=true`, that is a failure.

mod node;
mod python;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    command::{cargo, passes, release, root, say, target},
    skips,
    tally::{Outcome, Tally},
};

/// How a suite's run ended.
enum Run {
    Ran {
        /// Name and outcome of each test.
        tests: Vec<(String, Outcome)>,
        /// The runner's own verdict.
        success: bool,
    },
    /// Why the suite cannot be installed here.
    Unavailable(String),
}

/// False when anything failed.
pub(crate) fn run() -> Result<bool> {
    let mut tally = Tally::default();
    add_to(&mut tally)?;
    skips::check(&mut tally)?;
    tally.report(&mut io::stdout().lock())?;
    Ok(tally.is_success())
}

/// Builds the binaries and runs both suites.
pub(crate) fn add_to(tally: &mut Tally) -> Result<()> {
    let built = passes(&mut cargo([
        "build",
        "--release",
        "-p",
        "portolan",
        "-p",
        "portolan-mock",
    ]))?;
    tally.step("release build", built);
    if built {
        enter(tally, "sdk-python", python::run()?)?;
        enter(tally, "sdk-node", node::run()?)?;
    }
    Ok(())
}

fn enter(tally: &mut Tally, suite: &str, run: Run) -> Result<()> {
    let (tests, success) = match run {
        Run::Ran { tests, success } => (tests, success),
        Run::Unavailable(why) => {
            say(&format!("{suite} skipped: {why}"))?;
            let outcome = if env::var_os("CI").is_some_and(|ci| ci == "true") {
                Outcome::Failed(why)
            } else {
                Outcome::Skipped(why)
            };
            tally.add("suite", suite, outcome);
            return Ok(());
        }
    };
    let failed = tests
        .iter()
        .any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    if tests.is_empty() {
        tally.fail("suite", suite, "no test ran");
    } else if !success && !failed {
        tally.fail("suite", suite, "failed, and no test says why");
    }
    for (name, outcome) in tests {
        tally.add(suite, name, outcome);
    }
    Ok(())
}

fn sources() -> PathBuf {
    root().join("tests/sdk")
}

/// A suite's own folder under the target folder.
fn workshop(language: &str) -> io::Result<PathBuf> {
    let folder = target().join("sdk").join(language);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What both suites find their subjects by.
fn subjects(command: &mut Command) {
    command
        .env("PORTOLAN_BIN", release("portolan"))
        .env("PORTOLAN_MOCK_BIN", release("portolan-mock"))
        .env("PORTOLAN_SDK_CONFIG", sources().join("kong.yaml"));
}

/// What is installed in a folder, so that it is installed once.
struct Stamp {
    file: PathBuf,
    wanted: String,
}

impl Stamp {
    /// `wanted`: all that the installation depends on.
    fn new(folder: &Path, wanted: String) -> Self {
        Self {
            file: folder.join("installed"),
            wanted,
        }
    }

    fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|found| found == self.wanted)
    }

    fn set(&self) -> io::Result<()> {
        fs::write(&self.file, &self.wanted)
    }
}
