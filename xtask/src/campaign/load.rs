//! The bounds of a large file: 100,000 lines within a second, 10,000 routes within 200 MB.
//! Each kind of path has a file of its own, and the released binary loads it.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{Context, Error, Result, ensure};

use crate::{
    bench::{proc, process::Process, stats::median},
    command::{ask, cargo, passes, release, say, target},
};

const ROUTES: usize = 10_000;
const RUNS: usize = 5;
const MAX_SECONDS: f64 = 1.0;
/// Of 10^6 bytes.
const MAX_MEGABYTES: f64 = 200.0;

#[derive(Debug, Clone, Copy)]
enum Paths {
    Prefixes,
    Captures,
}

pub(super) fn run() -> Result<bool> {
    let built = passes(&mut cargo(["build", "--release", "-p", "portolan"]))?;
    ensure!(built, "the release build failed");
    let folder = target().join("campaign/load");
    fs::create_dir_all(&folder)?;
    let mut held = true;
    for (name, paths) in [("prefixes", Paths::Prefixes), ("captures", Paths::Captures)] {
        let file = folder.join(format!("{name}.yaml"));
        fs::write(&file, document(paths))?;
        held &= holds(name, &file)?;
    }
    Ok(held)
}

fn holds(name: &str, file: &Path) -> Result<bool> {
    let mut checks = Vec::new();
    let mut starts = Vec::new();
    let mut peaks = Vec::new();
    for _ in 0..RUNS {
        checks.push(check(file)?);
        let (seconds, megabytes) = start(file)?;
        starts.push(seconds);
        peaks.push(megabytes);
    }
    let worst = peaks.into_iter().fold(0.0, f64::max);
    let (check, start) = (median(checks), median(starts));
    let held = check <= MAX_SECONDS && start <= MAX_SECONDS && worst <= MAX_MEGABYTES;
    let verdict = if held { "held" } else { "FAILED" };
    say(&format!(
        "{name}: check {check:.3} s, start {start:.3} s (at most {MAX_SECONDS}), \
         peak {worst:.0} MB (at most {MAX_MEGABYTES}): {verdict}"
    ))?;
    Ok(held)
}

/// In seconds.
fn check(file: &Path) -> Result<f64> {
    let mut command = Command::new(release("portolan"));
    command.args(["check", "--no-secrets"]).arg(file);
    let begun = Instant::now();
    ask(&mut command).map_err(Error::msg)?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Seconds until it listens, and the peak of its memory in megabytes.
fn start(file: &Path) -> Result<(f64, f64)> {
    let mut command = Command::new(release("portolan"));
    command.arg("start").arg("--config").arg(file).args([
        "--proxy-listen",
        "127.0.0.1:0",
        "--admin-listen",
        "off",
    ]);
    let begun = Instant::now();
    let process = Process::listening("portolan", command)?;
    let seconds = begun.elapsed().as_secs_f64();
    let peak = proc::peak(process.id()).context("portolan's peak")?;
    process.stop()?;
    Ok((seconds, peak as f64 * 1024.0 / 1e6))
}

/// Ten lines a route.
fn document(paths: Paths) -> String {
    let mut text = String::from("_format_version: \"3.0\"\nroutes:\n");
    for number in 0..ROUTES {
        let (path, model) = match paths {
            Paths::Prefixes => (format!("/team-{number}/chat"), "gpt-4o"),
            Paths::Captures => (
                format!("~/team-{number}/(?<model>[^#?/]+)/chat$"),
                "$(uri_captures.model)",
            ),
        };
        text.push_str(&format!(
            "- name: team-{number}
  paths: ['{path}']
  methods: [POST]
  plugins:
  - name: ai-proxy-advanced
    config:
      targets:
      - route_type: llm/v1/chat
        auth: {{header_name: Authorization, header_value: Bearer made-up-{number}}}
        model: {{provider: openai, name: {model}}}
"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_thousand_lines_and_ten_thousand_routes() {
        for paths in [Paths::Prefixes, Paths::Captures] {
            let text = document(paths);
            assert!(text.lines().count() >= 100_000);
            let plugins = text.matches("- name: ai-proxy-advanced").count();
            assert_eq!(plugins, 10_000);
        }
    }
}
