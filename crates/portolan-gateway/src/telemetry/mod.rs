//! What is told of requests: records, moved out of the flow when a request settles, and written by a thread of their own.

mod access_log;
mod line;
mod record;

pub use access_log::AccessLog;
pub(crate) use access_log::{Log, Writer};
pub(crate) use record::{AiRecord, Outcome, Record, Settle, Try};
