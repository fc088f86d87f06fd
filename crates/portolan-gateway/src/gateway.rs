//! The life of a gateway: built from a configuration, listening, draining, stopped.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use portolan_config::compiled::Config;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::{net::TcpListener, runtime, sync::watch};

use crate::{
    listen,
    state::{BuildError, Snapshot},
    telemetry::{AccessLog, Log},
    upstream::{self, Resolve, Upstream},
    worker::Worker,
};

/// Looks an environment variable up.
pub type Env = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the process, not the file, says.
pub struct Options {
    pub listen: SocketAddr,
    /// Threads that serve; at least one.
    pub workers: usize,
    pub access_log: AccessLog,
    pub resolve: Vec<Resolve>,
    /// Certificates in PEM, trusted besides the platform's roots.
    pub extra_roots: String,
    /// Where `{vault://env/...}` looks.
    pub env: Box<Env>,
    /// What runs on at a stop may run on for this long.
    pub drain: Duration,
    /// Sends even same-format requests the way through the hub: for tests that compare the two.
    pub force_hub: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            workers: 1,
            access_log: AccessLog::Off,
            resolve: Vec::new(),
            extra_roots: String::new(),
            env: Box::new(|name| std::env::var(name).ok()),
            drain: Duration::from_secs(30),
            force_hub: false,
        }
    }
}

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{0}")]
    Tls(String),
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("cannot open the access log: {0}")]
    AccessLog(io::Error),
    #[error("cannot start a worker: {0}")]
    Worker(io::Error),
}

/// A gateway that is accepting. Dropping it drains it.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    drain: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
    // After the workers: what they settled last is written still.
    log: Log,
}

impl Gateway {
    /// Each worker is a thread with a runtime, a listener (`SO_REUSEPORT`) and connections of its own: a request
    /// never changes threads, and no pool is shared.
    pub fn start(config: &Config, options: Options) -> Result<Self, StartError> {
        let snapshot = Arc::new(Snapshot::build(config, options.env.as_ref())?);
        let extra_roots = CertificateDer::pem_slice_iter(options.extra_roots.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| StartError::Tls(error.to_string()))?;
        let upstream = Upstream::new(&upstream::Options {
            resolve: options.resolve,
            extra_roots,
        })
        .map_err(|error| StartError::Tls(error.to_string()))?;
        let log = Log::open(&options.access_log).map_err(StartError::AccessLog)?;
        let (drain, drained) = watch::channel(false);
        let mut gateway = Self {
            address: options.listen,
            drain,
            workers: Vec::new(),
            log,
        };
        let listeners = gateway.bind(options.workers.max(1))?;
        for (index, listener) in listeners.into_iter().enumerate() {
            let worker = Arc::new(Worker {
                snapshot: Arc::clone(&snapshot),
                upstream: upstream.shard(),
                log: gateway.log.writer(),
                force_hub: options.force_hub,
            });
            let drained = drained.clone();
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(StartError::Worker)?;
            let bound = options.drain;
            let thread = thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || {
                    runtime.block_on(run(worker, listener, drained, bound));
                    // A name that is being resolved may take longer than the drain.
                    runtime.shutdown_background();
                })
                .map_err(StartError::Worker)?;
            gateway.workers.push(thread);
        }
        Ok(gateway)
    }

    /// One socket a worker, all of one address; port 0 is chosen by the first.
    fn bind(&mut self, workers: usize) -> Result<Vec<std::net::TcpListener>, StartError> {
        let mut listeners = Vec::with_capacity(workers);
        // Sockets that share a port would share it with a stranger's too: this one does not.
        let alone = std::net::TcpListener::bind(self.address);
        drop(alone.map_err(|error| StartError::Listen {
            address: self.address,
            error,
        })?);
        for _ in 0..workers {
            let listener = listen::bind(self.address)
                .and_then(|listener| {
                    self.address = listener.local_addr()?;
                    Ok(listener)
                })
                .map_err(|error| StartError::Listen {
                    address: self.address,
                    error,
                })?;
            listeners.push(listener);
        }
        Ok(listeners)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets what runs run on within the bound, and returns when all is done and logged.
    pub fn drain(self) {}
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.drain.send_replace(true);
        for worker in self.workers.drain(..) {
            // A worker that panicked has told so itself.
            let _ = worker.join();
        }
    }
}

async fn run(
    worker: Arc<Worker>,
    listener: std::net::TcpListener,
    mut drain: watch::Receiver<bool>,
    bound: Duration,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "a worker cannot listen");
            return;
        }
    };
    let log = worker.log.clone();
    let serving = listen::serve(worker, listener, drain.clone());
    let overdue = async {
        let _ = drain.wait_for(|drain| *drain).await;
        tokio::time::sleep(bound).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => {
            tracing::warn!("requests still ran at the end of the drain");
            log.cut();
        }
    }
}
