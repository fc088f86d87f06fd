//! Running other programs: their output always reaches the terminal as it comes.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use anyhow::{Context, Result};

/// The checkout.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A binary of the workspace as `cargo build --release` leaves it.
pub(crate) fn release(binary: &str) -> PathBuf {
    target().join("release").join(binary)
}

/// The cargo that runs us, in the checkout.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Runs it to its end; false when it failed.
pub(crate) fn passes(command: &mut Command) -> Result<bool> {
    say(&format!("\n$ {}", shown(command)))?;
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", shown(command)))?;
    Ok(status.success())
}

/// Runs it to its end and hands every line that it writes, to stdout or stderr, to `line` too.
pub(crate) fn follow(mut command: Command, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
    let shown = shown(&command);
    say(&format!("\n$ {shown}"))?;
    // One pipe for both, or their order would be lost.
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {shown}"))?;
    // It holds writing ends of the pipe: the reading would never end.
    drop(command);
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        say(text)?;
        line(text);
        bytes.clear();
    }
    Ok(child.wait()?)
}

/// Runs it quietly; its stdout, or what was wrong: no such program, or the end of its stderr.
pub(crate) fn ask(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let last = told
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no reason given");
    Err(format!("{}: {}", shown(command), last.trim()))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
