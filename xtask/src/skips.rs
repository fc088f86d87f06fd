//! Skips: tests tell them in a file, and `xtask/skips.txt` says which may happen.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    command::{root, target},
    tally::Tally,
};

/// Names the file to which a test that skips itself appends `name<TAB>reason`.
pub(crate) const VARIABLE: &str = "PORTOLAN_SKIPS";

pub(crate) struct Skips {
    file: PathBuf,
}

impl Skips {
    /// Begins with nothing skipped.
    pub(crate) fn begin() -> io::Result<Self> {
        let file = target().join("skips.tsv");
        fs::create_dir_all(target())?;
        fs::write(&file, "")?;
        Ok(Self { file })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Enters the skips that the tests told.
    pub(crate) fn add_to(&self, tally: &mut Tally) -> io::Result<()> {
        let told = fs::read_to_string(&self.file)?;
        for line in told.lines().filter(|line| !line.trim().is_empty()) {
            let (name, why) = line.split_once('\t').unwrap_or((line, "no reason given"));
            tally.skip(name.trim(), why.trim());
        }
        Ok(())
    }
}

/// Fails for every skip that `xtask/skips.txt` does not allow.
pub(crate) fn check(tally: &mut Tally) -> Result<()> {
    let file = root().join("xtask/skips.txt");
    let list = fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
    tally.hold_skips_to(&allowed(&list));
    Ok(())
}

/// The names of a list; one without a reason is none.
fn allowed(list: &str) -> Vec<&str> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.trim().split_once(char::is_whitespace))
        .map(|(name, _)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_a_reason() {
        let list = "# why\na::b\tno network\nbare\n\nsdk-node   no node\n";
        assert_eq!(allowed(list), ["a::b", "sdk-node"]);
    }
}
