//! The Node suite: a copy under the target folder, `npm ci`, and Node's own test runner.

use std::{fs, io, path::Path, process::Command};

use anyhow::Result;

use super::{Run, Stamp, sources, subjects, workshop};
use crate::{
    command::{ask, passes, say},
    tally::Outcome,
};

pub(super) fn run() -> Result<Run> {
    let folder = workshop("node")?;
    let node = match ask(Command::new("node").arg("--version")) {
        Ok(version) => version,
        Err(why) => return Ok(Run::Unavailable(why)),
    };
    copy(&sources().join("node"), &folder)?;
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = Stamp::new(&folder, format!("{node}\n{lock}"));
    if !stamp.holds() {
        say("\ninstalling the Node SDK")?;
        let installed = ask(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder));
        if let Err(why) = installed {
            return Ok(Run::Unavailable(why));
        }
        stamp.set()?;
    }

    let results = folder.join("results.tap");
    fs::write(&results, "")?;
    let mut suite = Command::new("node");
    suite
        .args([
            "--test",
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
        ])
        .args([
            "--test-reporter=tap",
            "--test-reporter-destination=results.tap",
        ])
        .arg("openai.test.mjs")
        .current_dir(&folder);
    subjects(&mut suite);
    let success = passes(&mut suite)?;
    let tests = fs::read_to_string(&results)?
        .lines()
        .filter_map(read)
        .collect();
    Ok(Run::Ran { tests, success })
}

/// The suite's files beside the packages, which are not to lie among the sources.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A test at TAP's top level: `ok 1 - NAME`, `not ok 2 - NAME # SKIP reason`.
fn read(line: &str) -> Option<(String, Outcome)> {
    let (passed, rest) = match line.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok ")?),
    };
    let (_, rest) = rest.split_once(" - ")?;
    // A `#` of a name is written `\#`.
    let (name, directive) = rest.split_once(" # ").unwrap_or((rest, ""));
    let outcome = if let Some(reason) = directive.strip_prefix("SKIP") {
        Outcome::Skipped(reason.trim().to_owned())
    } else if passed && directive.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed("see its output above".to_owned())
    };
    Some((name.replace("\\#", "#"), outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_tap() {
        assert_eq!(
            read("ok 1 - chat whole: openai"),
            Some(("chat whole: openai".to_owned(), Outcome::Passed))
        );
        assert!(matches!(
            read("not ok 2 - chat \\# 2"),
            Some((name, Outcome::Failed(_))) if name == "chat # 2"
        ));
        assert_eq!(
            read("ok 3 - late # SKIP no network"),
            Some(("late".to_owned(), Outcome::Skipped("no network".to_owned())))
        );
        assert!(matches!(
            read("ok 4 - later # TODO"),
            Some((_, Outcome::Failed(_)))
        ));
        assert_eq!(read("    ok 1 - nested"), None);
        assert_eq!(read("# Subtest: late"), None);
        assert_eq!(read("1..3"), None);
    }
}
