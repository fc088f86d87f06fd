//! Notices that files changed, by looking: it works on network and bind mounts as on any disk.
//! A change is told once two looks in a row saw the same, so that a file that is being written is not read half.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The files, and how each looks: another file in its place, or another text in it, looks otherwise.
type Looks = Vec<(PathBuf, Option<Look>)>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

#[derive(Debug)]
pub(crate) struct Watch {
    paths: Vec<PathBuf>,
    /// As they looked when they were last told to have changed, or read for another reason.
    told: Looks,
    last: Looks,
}

impl Watch {
    /// `paths`: files, and folders for the files that are read of them. To be made before they are read.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        let looks = looks(&paths);
        Self {
            paths,
            told: looks.clone(),
            last: looks,
        }
    }

    /// Looks again.
    pub(crate) fn changed(&mut self) -> bool {
        let now = looks(&self.paths);
        let settled = now == self.last && now != self.told;
        if settled {
            self.told.clone_from(&now);
        }
        self.last = now;
        settled
    }

    /// What is there now is about to be read: it is no change any more.
    pub(crate) fn will_be_read(&mut self) {
        self.told = looks(&self.paths);
        self.last.clone_from(&self.told);
    }
}

fn looks(paths: &[PathBuf]) -> Looks {
    let mut looks = Looks::new();
    for path in paths {
        match portolan_config::listed(path) {
            Ok(files) => looks.extend(files.into_iter().map(with_look)),
            // A file; or nothing that could be read.
            Err(_) => looks.push(with_look(path.clone())),
        }
    }
    looks
}

fn with_look(path: PathBuf) -> (PathBuf, Option<Look>) {
    let look = look(&path);
    (path, look)
}

/// Of what a link leads to.
fn look(path: &Path) -> Option<Look> {
    // A pipe or a device, whose times change as it is read, is read at start and at SIGHUP.
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Look {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests;
