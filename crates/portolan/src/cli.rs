//! What can be typed, and set by `PORTOLAN_*`.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use portolan_gateway::Resolve;

/// An AI gateway: reads Kong declarative files and stands between applications and model providers.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Serve a Kong declarative file
    Start(Start),
    /// Serve an example against stand-in providers: no keys, no network
    #[cfg(feature = "demo")]
    Demo(Demo),
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The Kong declarative file (YAML or JSON)
    #[arg(long, short, value_name = "FILE", env = "PORTOLAN_CONFIG")]
    pub(crate) config: PathBuf,

    /// Where to listen
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "0.0.0.0:8000",
        env = "PORTOLAN_PROXY_LISTEN"
    )]
    pub(crate) proxy_listen: SocketAddr,

    /// Threads that serve [default: one for each core]
    #[arg(long, value_name = "N", env = "PORTOLAN_WORKERS")]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Where access-log lines go: `-` for standard output, `off`, or a file
    #[arg(
        long,
        value_name = "PATH",
        default_value = "-",
        env = "PORTOLAN_ACCESS_LOG"
    )]
    pub(crate) access_log: String,

    /// Connect to ADDR for HOST:PORT, as curl's option does; ADDR may carry a port of its own
    #[arg(
        long,
        value_name = "HOST:PORT:ADDR[:PORT]",
        env = "PORTOLAN_RESOLVE",
        value_delimiter = ','
    )]
    pub(crate) resolve: Vec<Resolve>,

    /// How long requests may run on at a stop, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        env = "PORTOLAN_DRAIN_TIMEOUT"
    )]
    pub(crate) drain_timeout: u64,

    /// Send even same-format requests through the translation hub: for tests that compare the two
    #[arg(long, hide = true)]
    pub(crate) force_hub: bool,
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to listen
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8000",
        env = "PORTOLAN_PROXY_LISTEN"
    )]
    pub(crate) proxy_listen: SocketAddr,
}
