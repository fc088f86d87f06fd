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
    admin::{Admin, Board, Status},
    listen,
    live::Live,
    state::BuildError,
    telemetry::{AccessLog, Counters, Log},
    upstream::{self, Resolve, Upstream},
    worker::Worker,
};

/// Looks an environment variable up.
pub type Env = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the process, not the file, says.
pub struct Options {
    pub listen: SocketAddr,
    /// Where `GET /status` is answered; none: nowhere.
    pub admin: Option<SocketAddr>,
    /// Threads that serve; at least one.
    pub workers: usize,
    pub access_log: AccessLog,
    pub resolve: Vec<Resolve>,
    /// Certificates in PEM, trusted besides the platform's roots.
    pub extra_roots: String,
    /// Where `{vault://env/...}` looks, and a reload's `${{ env "DECK_..." }}`.
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
            admin: None,
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
    #[error("cannot listen on {address} for the admin listener: {error}")]
    Admin {
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
    live: Arc<Live>,
    board: Arc<Board>,
    drain: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
    // After the workers: it tells what is under way while they drain.
    admin: Option<Admin>,
    // After the workers: what they settled last is written still.
    log: Log,
}

impl Gateway {
    /// Each worker is a thread with a runtime, a listener (`SO_REUSEPORT`) and connections of its own: a request
    /// never changes threads, and no pool is shared.
    pub fn start(config: &Config, options: Options) -> Result<Self, StartError> {
        let live = Arc::new(Live::new(config, options.env)?);
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
            live,
            board: Arc::default(),
            drain,
            workers: Vec::new(),
            admin: None,
            log,
        };
        let listeners = gateway.bind(options.workers.max(1))?;
        let counters: Vec<Arc<Counters>> = listeners.iter().map(|_| Arc::default()).collect();
        if let Some(address) = options.admin {
            gateway.admin = Some(gateway.open_admin(address, counters.clone())?);
        }
        for (index, (listener, counters)) in listeners.into_iter().zip(counters).enumerate() {
            let worker = Arc::new(Worker {
                live: Arc::clone(&gateway.live),
                upstream: upstream.shard(),
                log: gateway.log.writer(),
                counters,
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

    fn open_admin(
        &self,
        address: SocketAddr,
        counters: Vec<Arc<Counters>>,
    ) -> Result<Admin, StartError> {
        let status = Status {
            board: Arc::clone(&self.board),
            counters,
        };
        Admin::start(address, status).map_err(|error| StartError::Admin { address, error })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `GET /status` is answered.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Puts another configuration in place of the live one, whole: requests under way keep what they began with.
    /// What cannot be built changes nothing. A [`Reloader`](crate::Reloader) also tells the status of it.
    pub fn reload(&self, config: &Config) -> Result<(), BuildError> {
        self.live.replace(config)
    }

    pub(crate) fn board(&self) -> &Arc<Board> {
        &self.board
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
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
