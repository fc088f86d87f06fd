//! Stand-in providers, each in its own wire format, scriptable to misbehave.
//! Written from the providers' documentation and independent of the gateway's codecs, so that a shared mistake cannot hide.

mod authority;
mod body;
mod chat;
mod control;
mod log;
mod mock;
mod reply;
mod script;
mod server;
mod service;
mod socket;

pub use authority::Authority;
pub use log::{Attempt, Counters, Outcome};
pub use mock::{Mock, MockOptions};
pub use script::Step;
