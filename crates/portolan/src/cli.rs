//! What can be typed, and set by `PORTOLAN_*`.

use std::{
    net::{AddrParseError, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
    str::FromStr,
};

use clap::{Args, Parser, Subcommand, builder::FalseyValueParser};
use portolan_gateway::{IpNet, Listener, RealIpHeader, Resolve, Trusted};

use crate::{bounds, check, schema};

/// An AI gateway: reads Kong declarative files and stands between applications and model providers.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Serve Kong declarative files
    Start(Box<Start>),
    /// Tell everything that is wrong, or not served, in Kong declarative files
    Check(check::Check),
    /// Print the JSON Schema of the file, for editors
    Schema(schema::Schema),
    /// Serve an example against stand-in providers: no keys, no network
    #[cfg(feature = "demo")]
    Demo(Demo),
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// A Kong declarative file (YAML or JSON), or a folder of them; may be repeated
    #[arg(
        long,
        short,
        value_name = "FILE",
        required = true,
        env = "PORTOLAN_CONFIG",
        value_delimiter = ','
    )]
    pub(crate) config: Vec<PathBuf>,

    /// Do not reload when a file changes: on SIGHUP only
    #[arg(
        long,
        env = "PORTOLAN_NO_WATCH",
        value_parser = FalseyValueParser::new()
    )]
    pub(crate) no_watch: bool,

    /// Where to listen, with Kong's flags: '0.0.0.0:8443 ssl'; may be repeated. HTTP/2 is spoken everywhere
    #[arg(
        long,
        value_name = "ADDRESS:PORT [FLAG...]",
        default_value = "0.0.0.0:8000",
        env = "PORTOLAN_PROXY_LISTEN",
        value_delimiter = ','
    )]
    pub(crate) proxy_listen: Vec<Listener>,

    /// Proxies whose word of the client counts: addresses and ranges, such as 10.0.0.0/8
    #[arg(
        long,
        value_name = "RANGE",
        env = "PORTOLAN_TRUSTED_IPS",
        value_delimiter = ',',
        value_parser = Trusted::range
    )]
    pub(crate) trusted_ips: Vec<IpNet>,

    /// Where a trusted proxy names the client: a header, or `proxy_protocol`
    #[arg(
        long,
        value_name = "HEADER",
        default_value = "X-Real-IP",
        env = "PORTOLAN_REAL_IP_HEADER"
    )]
    pub(crate) real_ip_header: RealIpHeader,

    /// Of a list of addresses take the last that is not trusted, not the last of all
    #[arg(
        long,
        env = "PORTOLAN_REAL_IP_RECURSIVE",
        value_parser = FalseyValueParser::new()
    )]
    pub(crate) real_ip_recursive: bool,

    /// Where `GET /status` is answered; `off`: nowhere
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8001",
        env = "PORTOLAN_ADMIN_LISTEN"
    )]
    pub(crate) admin_listen: AdminListen,

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

    #[command(flatten)]
    pub(crate) bounds: bounds::Typed,
}

/// Where the admin listener is; none: `off`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdminListen(pub(crate) Option<SocketAddr>);

impl FromStr for AdminListen {
    type Err = AddrParseError;

    fn from_str(typed: &str) -> Result<Self, AddrParseError> {
        match typed {
            "off" => Ok(Self(None)),
            address => address.parse().map(|address| Self(Some(address))),
        }
    }
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
