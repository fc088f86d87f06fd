//! libFuzzer over `fuzz/fuzz_targets/load.rs`, on the stable toolchain: what cargo-fuzz passes
//! to a nightly compiler, less its sanitizers. Inputs that fail stay in the target folder.

use std::{
    env,
    fs::{self, File},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow, ensure};

use crate::command::{ask, cargo, passes, root, say, target};

pub(super) const SECONDS: u32 = 300;

const RUSTFLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing -Cdebug-assertions -Coverflow-checks";

const SEEDS: [&str; 3] = [
    "crates/portolan-config/tests/documents",
    "crates/portolan-config/tests/wrong",
    "examples",
];

pub(super) fn run(seconds: u32) -> Result<bool> {
    let compiler = env::var_os("CXX").unwrap_or_else(|| "c++".into());
    ask(Command::new(compiler).arg("--version")).map_err(|error| {
        anyhow!("libFuzzer is built by a C++ compiler (apt-get install g++): {error}")
    })?;
    ensure!(passes(&mut of_target("build"))?, "the target was not built");

    let folder = target().join("campaign/fuzz");
    let corpus = folder.join("corpus");
    // The last run's inputs are of another loader.
    if corpus.exists() {
        fs::remove_dir_all(&corpus)?;
    }
    fs::create_dir_all(&corpus)?;
    seed(&corpus)?;
    let found = folder.join("found");
    fs::create_dir_all(&found)?;
    let log = folder.join("log");

    let mut command = of_target("run");
    command
        .args(["--quiet", "--"])
        .arg(&corpus)
        .arg(format!("-dict={}", root().join("fuzz/kong.dict").display()))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=5", "-rss_limit_mb=2048", "-max_len=20000"])
        .arg("-print_final_stats=1")
        .stderr(File::create(&log)?);
    let passed = passes(&mut command)?;
    let told = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let result = Figures::of(&told);
    say(&format!(
        "{} executions in {seconds} s at most: {} edges, {} features",
        result.executions, result.edges, result.features
    ))?;
    if !passed {
        let kept = result.kept.unwrap_or("no input was kept");
        say(&format!("FAILED: {kept}; what it said: {}", log.display()))?;
    }
    Ok(passed)
}

/// Only a named platform keeps the flags from build scripts, which know no counters.
fn of_target(verb: &str) -> Command {
    let mut command = cargo([verb, "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    command
        .args(["--target", "host-tuple", "--target-dir"])
        .arg(target().join("fuzz"))
        .env("RUSTFLAGS", RUSTFLAGS);
    command
}

/// The files of the tests and the examples, each behind a byte that chooses the options.
fn seed(corpus: &Path) -> Result<()> {
    let mut choice = (b'0'..b'8').cycle();
    for folder in SEEDS {
        for entry in fs::read_dir(root().join(folder)).context(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let file = name.ends_with(".yaml") || name.ends_with(".json");
            if !file || name.ends_with(".expected.json") {
                continue;
            }
            let mut bytes: Vec<u8> = choice.next().into_iter().collect();
            bytes.extend(fs::read(&path)?);
            fs::write(corpus.join(name), bytes)?;
        }
    }
    Ok(())
}

/// What libFuzzer's log says in the end.
#[derive(Debug, Default, PartialEq)]
struct Figures<'l> {
    executions: u64,
    edges: u64,
    features: u64,
    /// The file of the input that failed.
    kept: Option<&'l str>,
}

impl<'l> Figures<'l> {
    fn of(log: &'l str) -> Self {
        let mut figures = Self::default();
        for line in log.lines() {
            if let Some((_, file)) = line.split_once("Test unit written to ") {
                figures.kept = Some(file);
            }
            let mut words = line.split_whitespace();
            while let Some(name) = words.next() {
                let figure = match name {
                    "stat::number_of_executed_units:" => &mut figures.executions,
                    "cov:" => &mut figures.edges,
                    "ft:" => &mut figures.features,
                    _ => continue,
                };
                if let Some(value) = words.next().and_then(|word| word.parse().ok()) {
                    *figure = value;
                }
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as LLVM's page on libFuzzer shows them.
    #[test]
    fn what_the_log_says_last() {
        let log = "\
            #2\tINITED cov: 3 ft: 3 corp: 1/1b exec/s: 0 rss: 24Mb\n\
            #3811\tNEW    cov: 4 ft: 5 corp: 2/2b exec/s: 0 rss: 25Mb L: 1 MS: 5\n\
            artifact_prefix='./'; Test unit written to ./crash-b13e8756b13a00cf168300179061fb4b91fefbed\n\
            stat::number_of_executed_units: 3827\n";
        let kept = Some("./crash-b13e8756b13a00cf168300179061fb4b91fefbed");
        let expected = Figures {
            executions: 3827,
            edges: 4,
            features: 5,
            kept,
        };
        assert_eq!(Figures::of(log), expected);
    }
}
