//! Notices that files changed, by looking: it works on network and bind mounts as on any disk.
//! A change counts once two looks in a row saw the same, so that a file that is being written is not read half.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use portolan_config::{ReadError, Source};

/// Between two looks; a change is acted on after the second that sees it, so within a second.
pub(crate) const LOOK: Duration = Duration::from_millis(500);
/// Ten seconds: what changes without end holds nothing else up for longer.
const PATIENCE: u32 = 20;
/// Of files that change each time while they are read.
const READS: u32 = 3;

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
    /// As they looked when they were last read.
    told: Looks,
    last: Looks,
    /// Looks in a row that saw a change and waited for it to end.
    waited: u32,
    /// Why they could not be read, where that may pass.
    unread: Option<String>,
}

impl Watch {
    /// `paths`: files, and folders for the files that are read of them.
    pub(crate) fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            told: Looks::new(),
            last: Looks::new(),
            waited: 0,
            unread: None,
        }
    }

    /// What they say, read again where they changed meanwhile: half old and half new is nothing that anybody wrote.
    pub(crate) fn read(&mut self) -> Result<Vec<Source>, ReadError> {
        self.read_with(portolan_config::read)
    }

    /// Looks again, and reads them where there is a change, or where the last time they could not be read.
    /// None: there is nothing that was not told.
    pub(crate) fn news(&mut self) -> Option<Result<Vec<Source>, ReadError>> {
        if !self.changed() {
            return None;
        }
        let known = self.unread.take();
        let read = self.read();
        (known.is_none() || self.unread != known).then_some(read)
    }

    fn changed(&mut self) -> bool {
        let now = looks(&self.paths);
        let settled = now == self.last;
        self.last = now;
        let changed = self.last != self.told || self.unread.is_some();
        self.waited = if changed { self.waited + 1 } else { 0 };
        changed && (settled || self.waited >= PATIENCE)
    }

    fn read_with(
        &mut self,
        mut read: impl FnMut(&[PathBuf]) -> Result<Vec<Source>, ReadError>,
    ) -> Result<Vec<Source>, ReadError> {
        let mut reads = 1;
        loop {
            let before = looks(&self.paths);
            let said = read(&self.paths);
            self.last = looks(&self.paths);
            if self.last != before && reads < READS {
                reads += 1;
                continue;
            }
            // What changed since is a change still.
            self.told = before;
            self.waited = 0;
            self.unread = match &said {
                Err(error @ ReadError::Io { .. }) => Some(error.to_string()),
                _ => None,
            };
            return said;
        }
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
