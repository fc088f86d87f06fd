//! One connection from its first byte to its last: PROXY header, TLS, then HTTP/1.1 or HTTP/2.

use std::{future::poll_fn, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::HeaderMap;
use hyper::{
    Request,
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
    upgrade::OnUpgrade,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::watch::Receiver,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    ClientWatch, Connection, RequestBody, Tally, Tls, Upgrade, draining,
    idle::{Overdue, Waiting},
    proxy_header,
    refusal::Refusals,
    side::Stream,
    socket::ClientSocket,
    tls,
};
use crate::{
    client_address,
    worker::{self, ClientGone, Worker},
};

/// Of an HTTP/1.1 connection each way, unless a head may be longer. hyper reads and writes in pieces of this at most.
const BUFFER: usize = 128 * 1024;
/// What an HTTP/2 client may send before any of it is read: for one request, and on the whole connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Of an answer over HTTP/2, before the client has room for it.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that an HTTP/2 client may have reset before they were looked at, and that it may have broken: past that it is
/// an attack (CVE-2023-44487), and the connection ends. The first is h2's default.
const PENDING_RESETS: usize = 20;
const BROKEN_STREAMS: usize = 256;
/// An HTTP/2 client that is silent is asked whether it is there, and has as long to say so as hyper's default gives.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(20);

/// A client that was told to go has so long to answer: what it had sent by then comes within a round trip.
const LEAVE: Duration = Duration::from_secs(2);

/// A connection that was just accepted.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// The listener.
    pub(super) local: SocketAddr,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) proxy_protocol: bool,
    pub(super) waiting: Waiting,
    pub(super) worker: Arc<Worker>,
    pub(super) drain: Receiver<bool>,
}

/// What comes of an arrival before HTTP begins.
struct Opened {
    stream: Stream,
    client: SocketAddr,
    /// With whether HTTP/2 was agreed on.
    tls: Option<(Tls, bool)>,
}

/// A connection that speaks HTTP.
struct Session {
    worker: Arc<Worker>,
    connection: Arc<Connection>,
    waiting: Waiting,
    drain: Receiver<bool>,
}

pub(super) async fn serve(arrival: Arrival) {
    let Arrival {
        stream,
        peer,
        local,
        tls,
        proxy_protocol,
        waiting,
        worker,
        mut drain,
    } = arrival;
    let opened = if tls.is_none() && !proxy_protocol {
        Opened {
            stream: Stream::Plain(stream),
            client: peer,
            tls: None,
        }
    } else {
        // Boxed: a plain connection is not to carry the room for it.
        let opening = Box::pin(open(stream, peer, tls, proxy_protocol));
        let opened = tokio::select! {
            opened = timeout(worker.bounds.handshake_timeout, opening) => opened,
            () = draining(&mut drain) => return,
        };
        let Ok(Ok(opened)) = opened else { return };
        opened
    };
    let socket = ClientSocket::new(opened.stream, waiting.clone());
    let (tls, agreed) = opened.tls.unzip();
    let http2 = match agreed {
        Some(http2) => http2,
        None => tokio::select! {
            biased;
            http2 = poll_fn(|cx| socket.poll_preface(cx)) => http2,
            _ = waiting.too_long(&worker.bounds) => return,
            () = draining(&mut drain) => return,
        },
    };
    let believed = worker.trusted.believes(peer.ip());
    let connection = Connection {
        peer,
        client: if believed { opened.client } else { peer },
        local,
        tls,
        tally: Tally::next(),
    };
    let session = Session {
        worker,
        connection: Arc::new(connection),
        waiting,
        drain,
    };
    if http2 {
        Box::pin(session.http2(socket)).await;
    } else {
        session.http1(socket).await;
    }
}

async fn open(
    mut stream: TcpStream,
    peer: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    proxy_protocol: bool,
) -> io::Result<Opened> {
    let mut client = peer;
    if proxy_protocol {
        client = proxy_header::read(&mut stream).await?.unwrap_or(peer);
    }
    let (stream, tls) = match acceptor {
        None => (Stream::Plain(stream), None),
        Some(acceptor) => {
            let stream = acceptor.accept(stream).await?;
            let told = tls::told(&stream);
            (Stream::Tls(Box::new(stream)), Some(told))
        }
    };
    Ok(Opened {
        stream,
        client,
        tls,
    })
}

impl Session {
    async fn http1(self, mut socket: ClientSocket) {
        let Self {
            worker,
            connection,
            waiting,
            mut drain,
        } = self;
        let bounds = worker.bounds;
        let client_ip = client_address::resolve(&connection, &HeaderMap::new(), &worker.trusted);
        socket.refuse_with(Refusals::new(
            client_ip,
            worker.log.clone(),
            bounds.uri_bytes,
        ));
        let watch = socket.watch();
        let service = service_fn(|request: Request<Incoming>| {
            let served = waiting.served();
            let (mut head, body) = request.into_parts();
            let upgrade = head.extensions.remove::<OnUpgrade>();
            let incoming = worker::Incoming {
                head,
                body: RequestBody::new(body, bounds.body_bytes, Some(&waiting)),
                connection: Arc::clone(&connection),
                watch: watch.clone(),
                upgrade: upgrade.map(|pending| Upgrade::new(pending, waiting.clone())),
            };
            let worker = Arc::clone(&worker);
            async move {
                let response = worker.serve(incoming).await?;
                Ok::<_, ClientGone>(response.map(|body| served.bind(body)))
            }
        });
        let mut builder = http1::Builder::new();
        builder
            .header_read_timeout(None)
            .max_headers(bounds.headers)
            .max_header_size(bounds.header_bytes)
            .max_buf_size(bounds.header_bytes.max(BUFFER));
        let serving = builder.serve_connection(TokioIo::new(socket), service);
        let mut serving = pin!(serving.with_upgrades());
        // An error here is the client's: it went, or spoke no HTTP, which was answered.
        let served = tokio::select! {
            served = serving.as_mut() => served,
            _ = waiting.too_long(&bounds) => return,
            () = draining(&mut drain) => {
                serving.as_mut().graceful_shutdown();
                tokio::select! {
                    served = serving.as_mut() => served,
                    _ = waiting.too_long(&bounds) => return,
                }
            }
        };
        if !waiting.upgraded() {
            watch.finish(served.is_ok(), waiting.left_unread()).await;
        }
    }

    async fn http2(self, socket: ClientSocket) {
        let Self {
            worker,
            connection,
            waiting,
            mut drain,
        } = self;
        let bounds = worker.bounds;
        let watch = socket.watch();
        let service = service_fn(|request: Request<Incoming>| {
            let served = waiting.served();
            let (mut head, body) = request.into_parts();
            // CONNECT's, which is refused.
            head.extensions.remove::<OnUpgrade>();
            let incoming = worker::Incoming {
                head,
                body: RequestBody::new(body, bounds.body_bytes, None),
                connection: Arc::clone(&connection),
                watch: ClientWatch::of_a_stream(),
                upgrade: None,
            };
            let worker = Arc::clone(&worker);
            async move {
                let response = worker.serve(incoming).await?;
                Ok::<_, ClientGone>(response.map(|body| served.bind_stream(body)))
            }
        });
        let header_bytes = u32::try_from(bounds.header_bytes).unwrap_or(u32::MAX);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(bounds.streams)
            .max_header_list_size(header_bytes)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_pending_accept_reset_streams(PENDING_RESETS)
            .max_local_error_reset_streams(BROKEN_STREAMS)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG);
        let mut serving = pin!(builder.serve_connection(TokioIo::new(socket), service));
        let served = tokio::select! {
            served = serving.as_mut() => Some(served),
            overdue = waiting.too_long(&bounds) => {
                if overdue == Overdue::Reading {
                    return;
                }
                None
            }
            () = draining(&mut drain) => None,
        };
        let served = match served {
            Some(served) => served,
            None => {
                serving.as_mut().graceful_shutdown();
                tokio::select! {
                    served = serving.as_mut() => served,
                    () = quiet(&waiting, bounds.send_timeout) => return,
                }
            }
        };
        watch.finish(served.is_ok(), false).await;
    }
}

/// Returns when no stream is open at the end of a while, or the client has not read for `bound`: it was told that the
/// connection closes, and has not closed it. One that does not answer may open streams all the same.
async fn quiet(waiting: &Waiting, bound: Duration) {
    loop {
        sleep(LEAVE.min(bound)).await;
        if waiting.between().is_some() || waiting.is_stuck(bound) {
            return;
        }
    }
}
