//! Step 1 of the flow: takes connections and bounds what a stranger may send. hyper's server types stay in this folder.

mod body;
mod idle;
mod socket;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{Request, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};

pub(crate) use body::{ReadError, RequestBody};
use idle::Waiting;
use socket::ClientSocket;
pub(crate) use socket::ClientWatch;

use crate::worker::{ClientGone, Incoming, Worker};

/// For a request's head, and for the client to read: nginx's `client_header_timeout` and `send_timeout`.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);
/// After an error of `accept` that is not one connection's: descriptors may be short, so a pause.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What is known of a client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The client, or the nearest of its proxies.
    pub(crate) peer: SocketAddr,
    /// The listener.
    pub(crate) local: SocketAddr,
}

/// A listening socket that several workers may share an address with.
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(address),
        socket2::Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(16_384)?;
    Ok(socket.into())
}

/// Accepts until `drain` says so, then returns when the last connection has ended.
pub(crate) async fn serve(
    worker: Arc<Worker>,
    listener: TcpListener,
    mut drain: watch::Receiver<bool>,
) {
    let Ok(local) = listener.local_addr() else {
        return;
    };
    // Every connection holds a sender; when the last is gone, `recv` says so.
    let (open, mut ended) = mpsc::channel::<Infallible>(1);
    loop {
        let accepted = tokio::select! {
            biased;
            () = draining(&mut drain) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small events go out as they come, not when the client acknowledges the last.
                let _ = stream.set_nodelay(true);
                let worker = Arc::clone(&worker);
                let drain = drain.clone();
                let open = open.clone();
                tokio::spawn(async move {
                    connection(worker, stream, peer, local, drain).await;
                    drop(open);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    drop(open);
    ended.recv().await;
}

async fn connection(
    worker: Arc<Worker>,
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    mut drain: watch::Receiver<bool>,
) {
    let waiting = Waiting::new(Arc::clone(&worker.counters));
    let connection = Arc::new(Connection { peer, local });
    let socket = ClientSocket::new(stream, waiting.clone());
    let watch = socket.watch();
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let (head, body) = request.into_parts();
        let incoming = Incoming {
            head,
            body: RequestBody::new(body),
            connection: Arc::clone(&connection),
            watch: watch.clone(),
        };
        let worker = Arc::clone(&worker);
        let served = waiting.served();
        async move {
            let response = worker.serve(incoming).await?;
            Ok::<_, ClientGone>(response.map(|body| served.bind(body)))
        }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(socket), service)
    );
    // An error here is the client's: it went, or spoke no HTTP, which hyper has answered.
    tokio::select! {
        _ = serving.as_mut() => {}
        () = waiting.too_long(CLIENT_TIMEOUT) => {}
        () = draining(&mut drain) => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// Returns when the drain begins; its sender lives as long as the gateway.
async fn draining(drain: &mut watch::Receiver<bool>) {
    let _ = drain.wait_for(|drain| *drain).await;
}
