//! A running mock: where it listens, what it is told to do, and what it has seen.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::{
    log::{Attempt, Counters, Log},
    reply::Providers,
    script::Step,
    server,
    service::Service,
};

#[derive(Debug, Default)]
pub struct MockOptions {
    /// A free port of 127.0.0.1 by default.
    pub listen: Option<SocketAddr>,
    /// Plain connections are served as well.
    pub tls: Option<ServerConfig>,
    /// The whole value of the `Authorization` header; without it a request is answered 401.
    pub expect_authorization: Option<String>,
    /// Between the chunks of a stream.
    pub chunk_delay: Option<Duration>,
    /// The default answer is that many words instead of an echo.
    pub text_words: Option<usize>,
    /// A stream is written at once.
    pub burst: bool,
    /// Keeps counters but no attempts, and answers a request that comes again without reading it again.
    pub quiet_log: bool,
}

/// Stops when dropped.
pub struct Mock {
    addr: SocketAddr,
    encrypted: bool,
    log: Arc<Log>,
    serving: JoinHandle<()>,
}

impl Mock {
    /// Listens once this returns; fails where the address cannot be had.
    pub async fn start(options: MockOptions) -> anyhow::Result<Self> {
        let listen = options
            .listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let encrypted = options.tls.is_some();
        let tls = options
            .tls
            .map(|config| TlsAcceptor::from(Arc::new(config)));
        let log = Arc::new(Log::new(options.quiet_log));
        let service = Arc::new(Service {
            log: Arc::clone(&log),
            providers: Providers {
                expect_authorization: options.expect_authorization,
                text: options.text_words.map(words),
                chunks_per_write: usize::from(!options.burst),
                rendered: options.quiet_log.then(Mutex::default),
            },
            chunk_delay: options.chunk_delay,
        });
        Ok(Self {
            addr,
            encrypted,
            log,
            serving: tokio::spawn(server::run(listener, tls, service)),
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Scheme and address, without a slash at the end.
    pub fn url(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// Adds to what the next requests will meet.
    pub fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.log.script(steps);
    }

    /// In order of arrival.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.log.attempts()
    }

    pub fn counters(&self) -> Counters {
        self.log.counters()
    }

    /// Forgets attempts, script and counters.
    pub fn reset(&self) {
        self.log.reset();
    }

    /// Whether `condition` came to hold of the attempts within `timeout`; it must not ask the mock itself.
    pub async fn wait_for(
        &self,
        condition: impl Fn(&[Attempt]) -> bool,
        timeout: Duration,
    ) -> bool {
        tokio::time::timeout(timeout, self.log.wait_for(condition))
            .await
            .is_ok()
    }

    /// Once this returns, connections are refused and the open ones are closed.
    pub async fn stop(mut self) {
        self.serving.abort();
        // The task's only result is that it was cancelled.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn words(count: usize) -> String {
    let words: Vec<_> = (0..count).map(|index| format!("word{index}")).collect();
    words.join(" ")
}
