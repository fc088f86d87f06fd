//! Programs of the bench, each bound to its core; none outlives its handle.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// Bounds an end that was asked for: a gateway drains first.
const STOP: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy)]
pub(super) enum Core {
    /// Load and stand-in providers.
    Load,
    Gateway,
}

impl Core {
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::Load => "0",
            Self::Gateway => "1",
        }
    }

    /// `taskset` becomes the program, so the process is the program's.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", self.number()]).arg(program);
        command
    }
}

pub(crate) struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child })
    }

    /// Returns once it has printed a line that begins with `listening`.
    pub(crate) fn listening(name: &'static str, mut command: Command) -> Result<Self> {
        command.stdout(Stdio::piped());
        let mut process = Self::start(name, command)?;
        let stdout = process.child.stdout.take().context("no stdout")?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        while !line.starts_with("listening") {
            line.clear();
            let read = lines.read_line(&mut line)?;
            ensure!(read > 0, "{name} ended before it listened");
        }
        // Read to its end: a closed or full pipe would disturb the process.
        thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok(process)
    }

    /// For a child that is talked to: its pipes are the caller's.
    pub(super) fn adopt(name: &'static str, child: Child) -> Self {
        Self { name, child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        ensure!(!self.has_ended()?, "{} had ended already", self.name);
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        // Not a SIGKILL: nginx would leave its worker behind, and a gateway its last lines of log.
        Command::new("kill")
            .args(["-TERM", &self.id().to_string()])
            .status()?;
        let begun = Instant::now();
        while !self.has_ended()? {
            ensure!(begun.elapsed() < STOP, "{} does not end", self.name);
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.has_ended(), Ok(false)) && self.end().is_err() {
            // An error says that it has ended after all.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
