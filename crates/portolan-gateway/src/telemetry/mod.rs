//! What is told of requests: a record each, told when the request settles, and written by a thread of its own;
//! and what is counted of them.

mod access_log;
mod counters;
mod line;
mod record;
mod time;

pub use access_log::AccessLog;
pub(crate) use access_log::{Log, Writer};
pub(crate) use counters::{Counters, Totals};
pub(crate) use record::{AiRecord, Outcome, Record, SentTo, Settle, Try};
pub(crate) use time::{Utc, millis};
