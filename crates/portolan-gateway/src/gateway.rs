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
use tokio::{runtime, sync::watch};
use tokio_rustls::TlsAcceptor;

use crate::{
    admin::{Admin, Board, Status},
    bounds::Bounds,
    budget::Budget,
    client_address::Trusted,
    listen::{self, Door, Listener, Slots},
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
    /// At least one.
    pub listen: Vec<Listener>,
    pub bounds: Bounds,
    /// The proxies in front.
    pub trusted: Trusted,
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
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 0)).into()],
            bounds: Bounds::default(),
            trusted: Trusted::default(),
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
    #[error("there is nothing to listen on")]
    NoListener,
    #[error("cannot listen on {0} twice")]
    Twice(SocketAddr),
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
    /// In the order of the options.
    addresses: Vec<SocketAddr>,
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
    /// Each worker is a thread with a runtime, sockets of each listener (`SO_REUSEPORT`) and connections of its own: a
    /// request never changes threads, and no pool is shared.
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
        let tls = options.listen.iter().any(|listener| listener.tls);
        let tls = tls.then(|| listen::acceptor(Arc::clone(&live)));
        let tls = tls.transpose().map_err(StartError::Tls)?;
        let workers = options.workers.max(1);
        let (addresses, doors) = bind(&options.listen, tls.as_ref(), workers)?;
        let mut gateway = Self {
            addresses,
            live,
            board: Arc::default(),
            drain,
            workers: Vec::new(),
            admin: None,
            log,
        };
        let counters: Vec<Arc<Counters>> = doors.iter().map(|_| Arc::default()).collect();
        if let Some(address) = options.admin {
            gateway.admin = Some(gateway.open_admin(address, counters.clone())?);
        }
        let budget = Budget::new(options.bounds.held_bytes);
        let slots = Arc::new(Slots::new(options.bounds.connections));
        for (index, (doors, counters)) in doors.into_iter().zip(counters).enumerate() {
            let worker = Arc::new(Worker {
                live: Arc::clone(&gateway.live),
                upstream: upstream.shard(),
                log: gateway.log.writer(),
                counters,
                bounds: options.bounds,
                budget: budget.share(),
                slots: Arc::clone(&slots),
                trusted: options.trusted.clone(),
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
                    runtime.block_on(run(worker, doors, drained, bound));
                    // A name that is being resolved may take longer than the drain.
                    runtime.shutdown_background();
                })
                .map_err(StartError::Worker)?;
            gateway.workers.push(thread);
        }
        Ok(gateway)
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

    /// Where it listens, first of all.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Where it listens, in the order of the options.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
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

/// Of each listener one socket a worker, all of one address; port 0 is chosen by the first. The doors are each worker's.
fn bind(
    listeners: &[Listener],
    tls: Option<&TlsAcceptor>,
    workers: usize,
) -> Result<(Vec<SocketAddr>, Vec<Vec<Door>>), StartError> {
    let mut addresses: Vec<SocketAddr> = Vec::with_capacity(listeners.len());
    let mut doors: Vec<Vec<Door>> = (0..workers).map(|_| Vec::new()).collect();
    for listener in listeners {
        let mut address = listener.address;
        if addresses.contains(&address) {
            return Err(StartError::Twice(address));
        }
        let failed = |address, error| StartError::Listen { address, error };
        // Sockets that share a port would share it with a stranger's too: this one does not.
        drop(
            listener
                .bind(address, true)
                .map_err(|error| failed(address, error))?,
        );
        for doors in &mut doors {
            let socket = listener
                .bind(address, false)
                .map_err(|error| failed(address, error))?;
            address = socket
                .local_addr()
                .map_err(|error| failed(address, error))?;
            doors.push(Door {
                socket,
                tls: tls.filter(|_| listener.tls).cloned(),
                proxy_protocol: listener.proxy_protocol,
            });
        }
        addresses.push(address);
    }
    if addresses.is_empty() {
        return Err(StartError::NoListener);
    }
    Ok((addresses, doors))
}

async fn run(
    worker: Arc<Worker>,
    doors: Vec<Door>,
    mut drain: watch::Receiver<bool>,
    bound: Duration,
) {
    let log = worker.log.clone();
    let serving = listen::serve(worker, doors, drain.clone());
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
