//! The Python suite: a virtual environment under the target folder, and pytest.

use std::{fs, path::Path, process::Command};

use anyhow::Result;

use super::{Run, Stamp, sources, subjects, workshop};
use crate::{
    command::{ask, follow, say},
    tally::Outcome,
};

pub(super) fn run() -> Result<Run> {
    let folder = workshop("python")?;
    let requirements = sources().join("python/requirements.txt");
    let python = match ask(Command::new("python3").args(["-c", "import sys; print(sys.version)"])) {
        Ok(version) => version,
        Err(why) => return Ok(Run::Unavailable(why)),
    };
    let wanted = format!("{python}\n{}", fs::read_to_string(&requirements)?);
    let stamp = Stamp::new(&folder, wanted);
    let environment = folder.join("venv");
    if !stamp.holds() {
        say("\ninstalling the Python SDK")?;
        if let Err(why) = install(&environment, &requirements) {
            return Ok(Run::Unavailable(why));
        }
        stamp.set()?;
    }

    let mut pytest = Command::new(environment.join("bin/python"));
    pytest
        .args(["-m", "pytest", "-v", "--color=no", "-p", "no:cacheprovider"])
        .arg(sources().join("python"))
        .current_dir(&folder)
        // Or a reason would be cut to the terminal's width.
        .env("COLUMNS", "200")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    subjects(&mut pytest);
    let mut tests = Vec::new();
    let status = follow(pytest, |line| tests.extend(read(line)))?;
    Ok(Run::Ran {
        tests,
        success: status.success(),
    })
}

fn install(environment: &Path, requirements: &Path) -> Result<(), String> {
    ask(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(environment))?;
    ask(Command::new(environment.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg("-r")
        .arg(requirements))?;
    Ok(())
}

/// A test of `pytest -v`: `FILE.py::NAME VERDICT (reason) [ 10%]`. Its closing summary begins with the verdict.
fn read(line: &str) -> Option<(String, Outcome)> {
    let (file, rest) = line.split_once("::")?;
    if file.contains(' ') {
        return None;
    }
    let (name, rest) = rest.split_once(' ')?;
    let (verdict, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let reason = rest
        .rsplit_once('[')
        .map_or(rest, |(reason, _)| reason)
        .trim();
    let outcome = match verdict {
        "PASSED" => Outcome::Passed,
        "SKIPPED" => Outcome::Skipped(reason.to_owned()),
        "FAILED" | "ERROR" | "XFAIL" | "XPASS" => Outcome::Failed(format!("pytest: {verdict}")),
        _ => return None,
    };
    Some((name.to_owned(), outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_pytest() {
        let told =
            |line| read(line).map(|(name, outcome)| (name, matches!(outcome, Outcome::Passed)));
        assert_eq!(
            told("../tests/test_openai.py::test_chat[openai] PASSED          [  1%]"),
            Some(("test_chat[openai]".to_owned(), true))
        );
        assert_eq!(
            told("test_openai.py::test_chat[cohere] FAILED [100%]"),
            Some(("test_chat[cohere]".to_owned(), false))
        );
        assert_eq!(
            read("test_openai.py::test_late SKIPPED (no network) [ 50%]"),
            Some((
                "test_late".to_owned(),
                Outcome::Skipped("(no network)".to_owned())
            ))
        );
        assert_eq!(
            told("FAILED test_openai.py::test_chat[cohere] - AssertionError"),
            None
        );
        assert_eq!(told("E   assert a::b is None"), None);
        assert_eq!(told("collected 3 items"), None);
    }
}
