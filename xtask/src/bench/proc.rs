//! What the kernel has counted of a gateway: its processor time and its memory.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};

/// A gateway's processes: the one that was started, and its children (nginx's worker).
#[derive(Debug, Clone)]
pub(super) struct Family(Vec<u32>);

impl Family {
    pub(super) fn of(parent: u32) -> Result<Self> {
        let mut members = vec![parent];
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // A process may end between the listing and the reading.
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            if parent_in(&stat) == Some(parent) {
                members.push(id);
            }
        }
        Ok(Self(members))
    }

    /// Nanoseconds on a processor, all threads together, since their start.
    pub(super) fn cpu(&self) -> Result<u64> {
        let mut sum = 0;
        for id in &self.0 {
            let tasks = format!("/proc/{id}/task");
            for task in fs::read_dir(&tasks).with_context(|| tasks.clone())? {
                sum += on_processor(&task?.path())?;
            }
        }
        Ok(sum)
    }

    /// Resident memory in KiB.
    pub(super) fn resident(&self) -> Result<u64> {
        let mut sum = 0;
        for id in &self.0 {
            let status = fs::read_to_string(format!("/proc/{id}/status"))?;
            sum += field_in(&status, "VmRSS:").context("no VmRSS in the process's status")?;
        }
        Ok(sum)
    }
}

/// The most resident memory a process has had, in KiB.
pub(crate) fn peak(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    field_in(&status, "VmHWM:").context("no VmHWM in the process's status")
}

fn on_processor(task: &Path) -> Result<u64> {
    match fs::read_to_string(task.join("schedstat")) {
        Ok(text) => text
            .split_whitespace()
            .next()
            .and_then(|field| field.parse().ok())
            .context("schedstat is not as the kernel documents it"),
        // The thread ended after the listing.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !task.exists() => Ok(0),
        Err(error) => Err(error).context("schedstat: a kernel with CONFIG_SCHED_INFO is needed"),
    }
}

/// The fourth field; the second is the program's name in parentheses, which may hold anything.
fn parent_in(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn field_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_proc() {
        assert_eq!(parent_in("42 (a) b) S 17 42 42 0"), Some(17));
        assert_eq!(parent_in(""), None);
        assert_eq!(
            field_in("Name:\tx\nVmRSS:\t    5120 kB\nThreads:\t1\n", "VmRSS:"),
            Some(5120)
        );
    }

    #[test]
    fn this_process_costs_something() {
        let family = Family::of(std::process::id()).unwrap();
        assert!(family.cpu().unwrap() > 0);
        assert!(family.resident().unwrap() > 0);
    }
}
