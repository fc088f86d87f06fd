//! Connections to providers and services: resolving, TLS, a pool a destination, HTTP/1.1 and 2 (step 7 of the flow sends
//! through it). Always so: a connection that is handed out was seen alive, an exchange that is dropped ends at the
//! upstream, and hyper's types stay in this folder.

mod body;
mod connect;
mod deadline;
mod destination;
mod error;
mod h1;
mod h2;
mod io;
mod outgoing;
mod pool;
mod resolve;
mod response;
mod socket;
#[cfg(test)]
mod tests;
mod trust;
mod turn;

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{HeaderMap, Method, StatusCode, uri::PathAndQuery};
use portolan_config::compiled::Timeouts;
use rustls::pki_types::CertificateDer;

use connect::Connector;
use error::Failed;
use h1::H1;
use h2::Lease;
use pool::{Connection, Pool, Slot};

pub(crate) use body::Segments;
pub(crate) use deadline::poll_until;
pub(crate) use destination::{Destination, ServiceTls, host_header, server_name};
pub(crate) use error::{SendError, SendErrorKind, TlsError, repeatable};
pub(crate) use outgoing::{Awaited, BrokenOff, Outgoing};
pub use resolve::{InvalidResolve, Resolve};
pub(crate) use response::UpstreamBody;
pub(crate) use socket::Socket;
pub(crate) use trust::Trust;

/// What the process, not the file, says about upstream connections.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) resolve: Vec<Resolve>,
    /// Trusted besides the platform's roots.
    pub(crate) extra_roots: Vec<CertificateDer<'static>>,
}

/// A request without its body. `host`, and `content-length` where due, are among the headers.
#[derive(Clone)]
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    pub(crate) path_and_query: PathAndQuery,
    pub(crate) headers: HeaderMap,
}

/// Without what it holds: there are secrets among that.
impl fmt::Debug for RequestHead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestHead")
    }
}

/// One request on its way.
pub(crate) struct Call<'c> {
    pub(crate) to: &'c Destination,
    pub(crate) head: RequestHead,
    pub(crate) body: Outgoing,
    pub(crate) timeouts: &'c Timeouts,
    /// Calls of this request that failed: where the host has several addresses, each begins at the next.
    pub(crate) failed: usize,
    /// Whether another protocol is asked for: a 101 is an answer then.
    pub(crate) upgrade: bool,
}

/// A response whose head is whole and whose body is still arriving.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: UpstreamBody,
    pub(crate) peer: Option<SocketAddr>,
    /// The connection had carried, or was carrying, another request.
    pub(crate) reused: bool,
}

/// One worker's connections.
pub(crate) struct Upstream {
    connector: Connector,
    pool: Arc<Pool>,
}

impl Upstream {
    /// Reads the platform's roots (or `SSL_CERT_FILE`): once a process, see [`Upstream::shard`].
    pub(crate) fn new(options: &Options) -> Result<Self, TlsError> {
        Ok(Self {
            connector: Connector::new(options)?,
            pool: Arc::default(),
        })
    }

    /// The same TLS configuration with a pool of its own, for another worker.
    pub(crate) fn shard(&self) -> Self {
        Self {
            connector: self.connector.clone(),
            pool: Arc::default(),
        }
    }

    /// Sends one request and waits for the response's head. Dropping the future ends the exchange at the upstream.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Received, SendError> {
        let slot = self.pool.slot(call.to);
        let mut message = Message {
            head: call.head,
            body: call.body,
            upgrade: call.upgrade,
        };
        let timeouts = call.timeouts;
        loop {
            let (connection, reused) = match slot.take() {
                Some(connection) => (connection, true),
                // Boxed: the handshake's state is large, and most requests never need it.
                None => {
                    let opening =
                        Box::pin(self.open(call.to, call.failed, timeouts.connect, &slot));
                    match opening.await {
                        Ok(connection) => (connection, false),
                        Err(error) => return Err(error.handing_back(message.head)),
                    }
                }
            };
            let sent = match connection {
                Connection::H1(connection) => connection
                    .send(message, timeouts)
                    .await
                    .map(|(response, connection)| h1::received(response, connection, slot.clone())),
                Connection::H2(lease) => lease
                    .send(message, timeouts)
                    .await
                    .map(|(response, lease)| h2::received(response, lease)),
            };
            match sent {
                Ok(received) => return Ok(Received { reused, ..received }),
                // It had died in the pool; the upstream saw nothing of this request.
                Err(Failed {
                    message: Some(unsent),
                    ..
                }) if reused => message = *unsent,
                Err(Failed { error, message }) => {
                    return Err(match message {
                        Some(unsent) => error.handing_back(unsent.head),
                        None => error,
                    });
                }
            }
        }
    }

    async fn open(
        &self,
        to: &Destination,
        failed: usize,
        within: Duration,
        slot: &Slot,
    ) -> Result<Connection, SendError> {
        let dialled = self.connector.connect(to, failed, within).await?;
        if dialled.h2 {
            let lease = Lease::open(dialled, &to.origin).await?;
            slot.share(&lease);
            Ok(Connection::H2(lease))
        } else {
            H1::open(dialled).await.map(Connection::H1)
        }
    }
}

/// A request that no connection has taken yet.
struct Message {
    head: RequestHead,
    body: Outgoing,
    upgrade: bool,
}

/// No lock here guards an invariant that a panic could break half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
