//! The access log: one line a request. A worker formats its lines into a buffer of its own, where what they are made of
//! is still at hand; one thread empties the buffers in blocks. The flow never waits for it: what a full buffer turns
//! away is counted and told.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

use super::{line, record::Record};

/// Of one worker's lines that wait to be written: some eight thousand of them.
const BUFFER: usize = 8 * 1024 * 1024;
/// Between the first line of a block and its writing: one wake-up serves all that settle meanwhile.
const GATHER: Duration = Duration::from_millis(20);

/// For what waits at the end: a reader that has stopped reading would hold the process for ever.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// Where the lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessLog {
    Off,
    Stdout,
    /// Appended to.
    File(PathBuf),
}

/// One worker's end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    to: Option<(Arc<Shared>, Arc<Buffer>)>,
}

#[derive(Debug, Default)]
struct Shared {
    buffers: Mutex<Vec<Arc<Buffer>>>,
    thread: Mutex<Option<Thread>>,
    stop: AtomicBool,
    cut: AtomicBool,
}

#[derive(Debug, Default)]
struct Buffer {
    lines: Mutex<Vec<u8>>,
    lost: AtomicU64,
}

/// The thread. Joined when dropped, after everything that waited was written.
#[derive(Debug)]
pub(crate) struct Log {
    running: Option<(Arc<Shared>, JoinHandle<()>)>,
}

impl Log {
    pub(crate) fn open(destination: &AccessLog) -> io::Result<Self> {
        let sink: Box<dyn Write + Send> = match destination {
            AccessLog::Off => return Ok(Self { running: None }),
            AccessLog::Stdout => Box::new(io::stdout()),
            AccessLog::File(path) => {
                Box::new(OpenOptions::new().create(true).append(true).open(path)?)
            }
        };
        let shared = Arc::<Shared>::default();
        let writing = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || run(&writing, sink))?;
        *lock(&shared.thread) = Some(thread.thread().clone());
        Ok(Self {
            running: Some((shared, thread)),
        })
    }

    /// A buffer for one more worker.
    pub(crate) fn writer(&self) -> Writer {
        Writer {
            to: self.running.as_ref().map(|(shared, _)| {
                let buffer = Arc::<Buffer>::default();
                lock(&shared.buffers).push(Arc::clone(&buffer));
                (Arc::clone(shared), buffer)
            }),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some((shared, thread)) = self.running.take() {
            shared.stop.store(true, Ordering::Release);
            thread.thread().unpark();
            let begun = Instant::now();
            while !thread.is_finished() {
                if begun.elapsed() > LAST_WRITE {
                    tracing::error!("the access log takes no more: its last lines are lost");
                    return;
                }
                thread::sleep(GATHER / 10);
            }
        }
    }
}

impl Writer {
    /// What ends from here on is ended by the gateway, not by its client.
    pub(crate) fn cut(&self) {
        if let Some((shared, _)) = &self.to {
            shared.cut.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_cut(&self) -> bool {
        let shared = self.to.as_ref();
        shared.is_some_and(|(shared, _)| shared.cut.load(Ordering::Relaxed))
    }

    pub(super) fn write(&self, record: &Record) {
        let Some((shared, buffer)) = &self.to else {
            return;
        };
        let first = {
            let mut lines = lock(&buffer.lines);
            if lines.len() >= BUFFER {
                buffer.lost.fetch_add(1, Ordering::Relaxed);
                return;
            }
            let first = lines.is_empty();
            line::write(record, &mut lines);
            first
        };
        if first && let Some(thread) = &*lock(&shared.thread) {
            thread.unpark();
        }
    }
}

fn run(shared: &Shared, mut sink: Box<dyn Write + Send>) {
    let mut block = Vec::new();
    let mut failing = false;
    loop {
        let stop = shared.stop.load(Ordering::Acquire);
        let mut wrote = false;
        for buffer in &*lock(&shared.buffers) {
            std::mem::swap(&mut block, &mut *lock(&buffer.lines));
            let lost = buffer.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(
                    lost,
                    "the access log could not keep up: lines were left out"
                );
            }
            if block.is_empty() {
                continue;
            }
            wrote = true;
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
        if wrote {
            thread::sleep(GATHER);
        } else {
            thread::park();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
