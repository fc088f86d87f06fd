//! Step 1 of the flow: takes connections and bounds what a stranger may send. hyper's server types stay in this folder.

mod body;
mod certificates;
mod connection;
mod head;
mod idle;
mod listener;
mod proxy_header;
mod refusal;
mod side;
mod slots;
mod socket;
mod tally;
mod tls;
mod upgrade;
mod watch;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    sync::{mpsc, watch::Receiver},
};
use tokio_rustls::TlsAcceptor;

pub(crate) use body::{Chunk, ReadError, RequestBody};
pub(crate) use certificates::Certificates;
use connection::Arrival;
pub(crate) use head::{fit, host};
use idle::Waiting;
pub use listener::{InvalidListener, Listener};
pub(crate) use slots::Slots;
pub(crate) use tally::Tally;
pub(crate) use tls::{Tls, acceptor};
pub(crate) use upgrade::{Upgrade, Upgraded};
pub(crate) use watch::ClientWatch;

use crate::worker::Worker;

/// After an error of `accept` that is not one connection's: descriptors may be short, so a pause.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Such errors are told once in so long: whoever takes all descriptors does not fill the log too.
const ACCEPT_TOLD: Duration = Duration::from_secs(10);

/// What is known of a client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The client, or the nearest of its proxies.
    pub(crate) peer: SocketAddr,
    /// Whom a PROXY header names that is believed; else the peer.
    pub(crate) client: SocketAddr,
    /// The listener.
    pub(crate) local: SocketAddr,
    pub(crate) tls: Option<Tls>,
    pub(crate) tally: Tally,
}

/// One worker's socket of a listener.
pub(crate) struct Door {
    pub(crate) socket: std::net::TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Every connection begins with a PROXY header.
    pub(crate) proxy_protocol: bool,
}

/// Accepts until `drain` says so, then returns when the last connection has ended.
pub(crate) async fn serve(worker: Arc<Worker>, doors: Vec<Door>, drain: Receiver<bool>) {
    // Every door and every connection holds a sender; when the last is gone, `recv` says so.
    let (open, mut ended) = mpsc::channel::<Infallible>(1);
    for door in doors {
        let (worker, open) = (Arc::clone(&worker), open.clone());
        tokio::spawn(accept(worker, door, drain.clone(), open));
    }
    drop(open);
    ended.recv().await;
}

async fn accept(
    worker: Arc<Worker>,
    door: Door,
    mut drain: Receiver<bool>,
    open: mpsc::Sender<Infallible>,
) {
    let listener = TcpListener::from_std(door.socket)
        .and_then(|listener| listener.local_addr().map(|local| (listener, local)));
    let (listener, local) = match listener {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "a worker cannot listen");
            return;
        }
    };
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            biased;
            () = draining(&mut drain) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(slot) = worker.slots.take() else {
                    worker.counters.connection_refused();
                    continue;
                };
                // Small events go out as they come, not when the client acknowledges the last.
                let _ = stream.set_nodelay(true);
                let held = (Some(slot), Some(open.clone()));
                tokio::spawn(connection::serve(Arrival {
                    stream,
                    peer,
                    local,
                    tls: door.tls.clone(),
                    proxy_protocol: door.proxy_protocol,
                    waiting: Waiting::new(Arc::clone(&worker.counters), held),
                    worker: Arc::clone(&worker),
                    drain: drain.clone(),
                }));
            }
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() >= ACCEPT_TOLD) {
                    told = Some(Instant::now());
                    tracing::warn!(%error, "a connection could not be accepted");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Returns when the drain begins; its sender lives as long as the gateway.
async fn draining(drain: &mut Receiver<bool>) {
    let _ = drain.wait_for(|drain| *drain).await;
}
