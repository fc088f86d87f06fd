//! The data plane: accepts requests, finds their route, sends them to a model provider and brings the answer back.
//! The flow of a request is `listen`, `router`, `plugin`, then the steps of `ai`.

mod admin;
mod ai;
mod balance;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod body;
mod bounds;
mod budget;
mod client_address;
mod consumers;
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
mod urlencoded;
mod vault;
mod worker;

pub use admin::Reloaded;
pub use bounds::Bounds;
pub use client_address::{InvalidRealIpHeader, InvalidTrustedRange, RealIpHeader, Trusted};
pub use gateway::{Env, Gateway, Options, StartError};
pub use ipnet::IpNet;
pub use listen::{InvalidListener, Listener};
pub use reload::Reloader;
pub use state::BuildError;
pub use telemetry::AccessLog;
pub use upstream::{InvalidResolve, Resolve};
