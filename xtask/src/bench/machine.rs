//! The machine that the figures come from, and the bench's own place on it.

use std::{env, fs, process::Command, thread};

use anyhow::{Result, anyhow, ensure};

use super::process::Core;
use crate::command::ask;

/// A gateway holds two sockets a stream, and a thousand streams.
const OPEN_FILES: &str = "--nofile=8192:";

pub(super) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    /// Year, month, day.
    pub(super) date: String,
}

impl Machine {
    /// Errs where there is no core for each side.
    pub(super) fn describe() -> Result<Self> {
        let cores = thread::available_parallelism()?.get();
        ensure!(cores >= 2, "the gateway needs a core of its own");
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        Ok(Self {
            processor: model(&processors).unwrap_or("unknown processor").to_owned(),
            cores,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
                .trim()
                .to_owned(),
            date: told(Command::new("date").args(["-u", "+%Y-%m-%d"]))?,
        })
    }

    pub(super) fn text(&self) -> String {
        let Self {
            processor,
            cores,
            kernel,
            ..
        } = self;
        let system = env::consts::OS;
        format!("{processor}, {cores} cores, {system} {kernel}")
    }
}

/// Binds this process, and what it starts, to the load's core, and lets them open enough files.
pub(super) fn confine() -> Result<()> {
    let id = std::process::id().to_string();
    told(Command::new("taskset").args(["-cp", Core::Load.number(), &id]))?;
    told(Command::new("prlimit").args([OPEN_FILES, "--pid", &id]))?;
    Ok(())
}

fn told(command: &mut Command) -> Result<String> {
    ask(command).map_err(|why| anyhow!(why))
}

fn model(processors: &str) -> Option<&str> {
    processors
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == "model name")
        .map(|(_, model)| model.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_by_name() {
        let text =
            "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: Other\n";
        assert_eq!(model(text), Some("Some CPU @ 2 GHz"));
        assert_eq!(model("processor\t: 0\n"), None);
    }
}
