//! The access log: one line a request, formatted and written in blocks by one thread.
//! The flow only moves a record into a bounded queue; what a full queue turns away is counted and told.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use super::{line, record::Record};

/// Records that wait for the writer; at some 2 KB each, 32 MB at the worst.
const QUEUE: usize = 16_384;
/// Between the first record of a block and its writing: one wake-up serves all that settle meanwhile.
const GATHER: Duration = Duration::from_millis(20);

/// Where the lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLog {
    Off,
    Stdout,
    /// Appended to.
    File(PathBuf),
}

/// The producers' end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    shared: Option<Arc<Shared>>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Vec<Record>>,
    thread: Mutex<Option<Thread>>,
    lost: AtomicU64,
    stop: AtomicBool,
}

/// The thread. Joined when dropped, after everything queued was written.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Option<Arc<Shared>>,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    pub(crate) fn open(destination: &AccessLog) -> io::Result<Self> {
        let sink: Box<dyn Write + Send> = match destination {
            AccessLog::Off => {
                return Ok(Self {
                    shared: None,
                    thread: None,
                });
            }
            AccessLog::Stdout => Box::new(io::stdout()),
            AccessLog::File(path) => {
                Box::new(OpenOptions::new().create(true).append(true).open(path)?)
            }
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(Vec::new()),
            thread: Mutex::new(None),
            lost: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || run(&writing, sink))?;
        *lock(&shared.thread) = Some(thread.thread().clone());
        Ok(Self {
            shared: Some(shared),
            thread: Some(thread),
        })
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer {
            shared: self.shared.clone(),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let (Some(shared), Some(thread)) = (&self.shared, self.thread.take()) {
            shared.stop.store(true, Ordering::Release);
            thread.thread().unpark();
            // A writer that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub(super) fn push(&self, record: Record) {
        let Some(shared) = &self.shared else { return };
        let first = {
            let mut queue = lock(&shared.queue);
            if queue.len() >= QUEUE {
                shared.lost.fetch_add(1, Ordering::Relaxed);
                return;
            }
            queue.push(record);
            queue.len() == 1
        };
        if first && let Some(thread) = &*lock(&shared.thread) {
            thread.unpark();
        }
    }
}

fn run(shared: &Shared, mut sink: Box<dyn Write + Send>) {
    let mut records = Vec::new();
    let mut block = Vec::with_capacity(64 * 1024);
    let mut failing = false;
    loop {
        let stop = shared.stop.load(Ordering::Acquire);
        std::mem::swap(&mut records, &mut *lock(&shared.queue));
        for record in records.drain(..) {
            line::write(&record, &mut block);
        }
        let lost = shared.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(
                lost,
                "the access log could not keep up: lines were left out"
            );
        }
        if !block.is_empty() {
            let written = sink.write_all(&block).and_then(|()| sink.flush());
            block.clear();
            if let Err(error) = &written
                && !failing
            {
                tracing::error!(%error, "the access log cannot be written");
            }
            failing = written.is_err();
        }
        if stop {
            return;
        }
        if lock(&shared.queue).is_empty() {
            thread::park();
            if !shared.stop.load(Ordering::Acquire) {
                thread::sleep(GATHER);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
