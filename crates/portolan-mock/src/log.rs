//! What the mock was asked and what became of it, and the script it follows.
//! Every request but those under `/_mock/` has an attempt here, unless the log is quiet: then only the counters are kept.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use http::{HeaderMap, header::HOST, request::Parts};
use serde::Serialize;
use tokio::sync::Notify;

use crate::{chat::Usage, script::Step};

/// Bytes of a request body that the log keeps.
const BODY_LIMIT: usize = 1 << 20;

/// One request and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// Counts from 0 in order of arrival; a reset of the log does not start it anew.
    pub seq: u64,
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    pub host: Option<String>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub http_version: String,
    /// Names in lower case; the values of a repeated header are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// At most its first mebibyte.
    pub body: String,
    /// Milliseconds since the mock started.
    pub received_at_ms: u64,
    pub outcome: Outcome,
    /// Body bytes given to the connection, before any transfer coding.
    pub bytes_sent: u64,
    /// Milliseconds from the request's arrival to the moment the mock saw the client gone.
    pub client_gone_after_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not yet ended.
    Pending,
    /// The whole body was given to the connection.
    Completed,
    /// The mock closed the connection too early, as the script said.
    Cut,
    /// The mock reset the connection, as the script said.
    Reset,
    /// The client went before the end.
    ClientGone,
}

/// Totals since the start or the last reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub requests: u64,
    pub wrong_credentials: u64,
    /// Tokens that answers tell of, counted as they begin: a stream that tells no usage adds nothing.
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
}

#[derive(Default)]
struct State {
    next_seq: u64,
    attempts: Vec<Attempt>,
    script: VecDeque<Step>,
    counters: Counters,
}

pub(crate) struct Log {
    state: Mutex<State>,
    changed: Notify,
    started: Instant,
    quiet: bool,
}

impl Log {
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
            started: Instant::now(),
            quiet,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request's arrival and takes the script's next step for it.
    pub(crate) fn open(self: &Arc<Self>, head: &Parts) -> (Ticket, Step) {
        let opened = Instant::now();
        let attempt = (!self.quiet).then(|| self.attempt(head, opened));
        let mut state = self.state();
        let seq = state.next_seq;
        state.next_seq += 1;
        state.counters.requests += 1;
        state
            .attempts
            .extend(attempt.map(|attempt| Attempt { seq, ..attempt }));
        let step = state.script.pop_front().unwrap_or_default();
        drop(state);
        self.changed.notify_waiters();
        let ticket = Ticket {
            log: Arc::clone(self),
            seq,
            opened,
            open: true,
        };
        (ticket, step)
    }

    fn attempt(&self, head: &Parts, opened: Instant) -> Attempt {
        Attempt {
            seq: 0,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            host: host(head).map(str::to_owned),
            http_version: format!("{:?}", head.version),
            headers: joined(&head.headers),
            body: String::new(),
            received_at_ms: millis(opened - self.started),
            outcome: Outcome::Pending,
            bytes_sent: 0,
            client_gone_after_ms: None,
        }
    }

    fn update(&self, seq: u64, change: impl FnOnce(&mut Attempt)) {
        if self.quiet {
            return;
        }
        let mut state = self.state();
        if let Some(attempt) = state.attempts.iter_mut().rev().find(|kept| kept.seq == seq) {
            change(attempt);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    pub(crate) fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.state().script.extend(steps);
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.state().attempts.clone()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.state().counters
    }

    pub(crate) fn reset(&self) {
        let mut state = self.state();
        *state = State {
            next_seq: state.next_seq,
            ..State::default()
        };
    }

    pub(crate) fn count_wrong_credentials(&self) {
        self.state().counters.wrong_credentials += 1;
    }

    pub(crate) fn count_usage(&self, usage: Usage) {
        let counters = &mut self.state().counters;
        counters.prompt_tokens += usage.prompt;
        counters.completion_tokens += usage.completion;
    }

    /// Returns once `condition` holds of the attempts.
    pub(crate) async fn wait_for(&self, condition: impl Fn(&[Attempt]) -> bool) {
        loop {
            // Registered before the look, so that no change can fall between the two.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if condition(&self.state().attempts) {
                return;
            }
            changed.await;
        }
    }
}

/// An attempt that has not ended; dropping it open means that the client went.
pub(crate) struct Ticket {
    log: Arc<Log>,
    pub(crate) seq: u64,
    opened: Instant,
    open: bool,
}

impl Ticket {
    pub(crate) fn received(&self, body: &[u8]) {
        self.log.update(self.seq, |attempt| {
            let kept = body.get(..BODY_LIMIT).unwrap_or(body);
            attempt.body = String::from_utf8_lossy(kept).into_owned();
        });
    }

    pub(crate) fn sent(&self, bytes: u64) {
        self.log
            .update(self.seq, |attempt| attempt.bytes_sent = bytes);
    }

    pub(crate) fn close(&mut self, outcome: Outcome) {
        self.open = false;
        let after = millis(self.opened.elapsed());
        self.log.update(self.seq, |attempt| {
            attempt.outcome = outcome;
            attempt.client_gone_after_ms = (outcome == Outcome::ClientGone).then_some(after);
        });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.open {
            self.close(Outcome::ClientGone);
        }
    }
}

/// The host the client meant, with its port where it named one.
pub(crate) fn host(head: &Parts) -> Option<&str> {
    match head.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => head.headers.get(HOST)?.to_str().ok(),
    }
}

fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
