//! The stand-in providers of the bench, each at a fixed port that bench/nginx.conf and bench/portolan.yaml name.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{
    http1,
    process::{Core, Process},
};
use crate::command::release;

/// Obviously no real one.
pub(super) const CREDENTIAL: &str = "Bearer fake-bench-key";
/// Words of an answer: with the role and the finish that makes a stream of 66 events.
pub(super) const WORDS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A stream in one write.
    Plain,
    /// 5 ms between the events of a stream.
    Paced,
    /// A second between them.
    Slow,
}

pub(super) struct Mock {
    kind: Kind,
    process: Process,
}

/// Since the stand-in started.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Counters {
    pub(super) requests: u64,
    wrong_credentials: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl Counters {
    pub(super) fn tokens(&self) -> u64 {
        self.prompt_tokens + self.completion_tokens
    }
}

impl Kind {
    pub(super) fn address(self) -> SocketAddr {
        let port = match self {
            Self::Plain => 18090,
            Self::Paced => 18091,
            Self::Slow => 18092,
        };
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    }

    pub(super) fn counters(self) -> Result<Counters> {
        let address = self.address();
        let request = format!("GET /_mock/counters HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let (status, body) = http1::ask(&mut TcpStream::connect(address)?, &request)?;
        ensure!(status == 200, "the stand-in's counters: status {status}");
        serde_json::from_slice(&body).context("the stand-in's counters")
    }
}

impl Mock {
    pub(super) fn start_all() -> Result<Vec<Self>> {
        [Kind::Plain, Kind::Paced, Kind::Slow]
            .into_iter()
            .map(Self::start)
            .collect()
    }

    fn start(kind: Kind) -> Result<Self> {
        let mut arguments = vec![
            format!("--listen={}", kind.address()),
            format!("--expect-authorization={CREDENTIAL}"),
            format!("--text-words={WORDS}"),
            "--quiet-log".to_owned(),
        ];
        arguments.push(match kind {
            Kind::Plain => "--burst".to_owned(),
            Kind::Paced => "--chunk-delay-ms=5".to_owned(),
            Kind::Slow => "--chunk-delay-ms=1000".to_owned(),
        });
        let mut command = Core::Load.command(&release("portolan-mock"));
        command.args(arguments);
        let process = Process::listening("portolan-mock", command)?;
        Ok(Self { kind, process })
    }

    /// Errs when a gateway came with a wrong credential.
    pub(super) fn end(self) -> Result<()> {
        let wrong = self.kind.counters()?.wrong_credentials;
        ensure!(wrong == 0, "a stand-in refused {wrong} credentials");
        self.process.stop()
    }
}
