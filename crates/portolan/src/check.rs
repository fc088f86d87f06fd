//! `portolan check`: everything there is to say of Kong declarative files, nothing of it served.
//! Exit 0 unless there is an error; no output shows a secret that a file holds.

mod excerpt;
mod json;
mod secrecy;
#[cfg(test)]
mod tests;
mod text;
mod tokens;

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    slice,
};

use clap::{Args, ValueEnum};
use portolan_config::{
    Options, ReadError, Report, Resolve, Source,
    diagnostic::{Diagnostic, Severity},
};

use crate::process;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Kong declarative files, and folders of them: together one configuration
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// For people, or one JSON object for machines
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,

    /// Whether a finding is told with the line it is about; auto: when a terminal shows it
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Excerpts::Auto)]
    excerpts: Excerpts,

    /// Only warn of environment variables that are not set
    #[arg(long)]
    no_secrets: bool,

    /// Tell what Kong would refuse as an error
    #[arg(long)]
    for_kong: bool,

    /// Print the configuration as Kong would keep it, as JSON; findings go to standard error
    #[arg(long, conflicts_with = "output")]
    resolved: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Excerpts {
    Auto,
    Always,
    Never,
}

pub(crate) fn run(options: &Check) -> ExitCode {
    let (sources, report) = checked(options);
    let sound = !report.has(Severity::Error);
    match (options.output, &report.resolved) {
        (Output::Json, _) => process::say(&json::report(&names(options, &sources), &report.found)),
        (Output::Text, Some(resolved)) if sound => {
            let look = look(options, io::stderr().is_terminal());
            aside(&text::findings(&sources, &report.found, look));
            process::say(&format!("{resolved:#}"));
        }
        (Output::Text, _) => {
            let terminal = if options.resolved {
                io::stderr().is_terminal()
            } else {
                io::stdout().is_terminal()
            };
            let findings = text::findings(&sources, &report.found, look(options, terminal));
            let summary = text::summary(&subject(options, &sources), &report);
            let whole = format!("{findings}{summary}\n");
            if options.resolved {
                aside(&whole);
            } else {
                process::say(whole.trim_end());
            }
        }
    }
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Without a file that could not be read nothing is checked: each reference into it would be a fault of its own.
fn checked(options: &Check) -> (Vec<Source>, Report) {
    let mut sources = Vec::new();
    let mut found = Vec::new();
    for path in &options.files {
        match portolan_config::read(slice::from_ref(path)) {
            Ok(read) => sources.extend(read),
            Err(error) => found.push(unreadable(&error)),
        }
    }
    if !found.is_empty() {
        let report = Report {
            found,
            config: None,
            resolved: None,
        };
        return (Vec::new(), report);
    }
    let wanted = Options {
        env: &|name| env::var(name).ok(),
        secrets: !options.no_secrets,
        for_kong: options.for_kong,
        resolve: if options.resolved {
            Resolve::Printable
        } else {
            Resolve::No
        },
    };
    let report = portolan_config::check(&sources, &wanted);
    (sources, report)
}

fn unreadable(error: &ReadError) -> Diagnostic {
    let (ReadError::Io { path, .. }
    | ReadError::NotText { path }
    | ReadError::NoFiles { path }
    | ReadError::TooLarge { path }
    | ReadError::UnknownType { path }) = error;
    Diagnostic {
        severity: Severity::Error,
        file: path.display().to_string(),
        line: 0,
        column: 0,
        path: String::new(),
        message: error.to_string(),
    }
}

/// What was read; of what could not be, what was typed.
fn names(options: &Check, sources: &[Source]) -> Vec<String> {
    if sources.is_empty() {
        let typed = options.files.iter();
        return typed.map(|path| path.display().to_string()).collect();
    }
    sources.iter().map(|source| source.name.clone()).collect()
}

/// What the summary is about.
fn subject(options: &Check, sources: &[Source]) -> String {
    match options.files.as_slice() {
        [one] => one.display().to_string(),
        _ => format!("{} files", names(options, sources).len()),
    }
}

fn look(options: &Check, terminal: bool) -> text::Look {
    text::Look {
        excerpts: match options.excerpts {
            Excerpts::Auto => terminal,
            Excerpts::Always => true,
            Excerpts::Never => false,
        },
        // https://no-color.org: set to anything but the empty string.
        colour: terminal && env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()),
    }
}

/// To standard error.
fn aside(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
