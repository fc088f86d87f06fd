//! What is told of requests: a record each, told when the request settles, and written by a thread of its own.

mod access_log;
mod line;
mod record;

pub use access_log::AccessLog;
pub(crate) use access_log::{Log, Writer};
pub(crate) use record::{AiRecord, Outcome, Record, Settle, Try};
