//! The data plane: accepts requests, finds their route, sends them to a model provider and brings the answer back.
//! The flow of a request is `listen`, `router`, `plugin`, then the steps of `ai`.

mod admin;
mod ai;
mod balance;
mod body;
mod deadline;
mod error;
mod forward;
mod gateway;
mod headers;
mod listen;
mod live;
mod pieces;
mod plugin;
mod reload;
mod request;
mod router;
mod state;
mod telemetry;
mod upstream;
mod vault;
mod worker;

pub use admin::Reloaded;
pub use gateway::{Env, Gateway, Options, StartError};
pub use reload::Reloader;
pub use state::BuildError;
pub use telemetry::AccessLog;
pub use upstream::{InvalidResolve, Resolve};
