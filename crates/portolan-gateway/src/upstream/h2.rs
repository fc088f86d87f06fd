//! HTTP/2, over TLS only: a connection shared up to the peer's stream limit, then another is opened.

use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{
    Request, Response, Uri,
    header::HOST,
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body::{Body, Frame, SizeHint};
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, Connection, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use portolan_config::compiled::{Origin, Timeouts};
use tokio::time::{Instant, sleep_until};

use super::{
    BrokenOff, Message, Outgoing, Received, RequestHead, UpstreamBody,
    connect::Dialled,
    deadline::poll_until,
    error::{Failed, SendError, SendErrorKind, describe},
    io::Io,
    lock,
};

/// Kept for its stream limit; a task polls it until it ends.
type Driver = Arc<Mutex<Option<Connection<TokioIo<Io>, Watched, TokioExecutor>>>>;

pub(super) struct H2 {
    sender: SendRequest<Watched>,
    driver: Driver,
    authority: Authority,
    peer: SocketAddr,
    open: AtomicUsize,
    /// Takes no further exchange: one timed out on it, or could not be sent.
    retired: AtomicBool,
    idle_since: Mutex<Instant>,
}

impl H2 {
    /// Still worth keeping: whole, and in use or idle for less than `bound`.
    pub(super) fn usable(&self, now: Instant, bound: Duration) -> bool {
        !self.retired.load(Ordering::Relaxed)
            && !self.sender.is_closed()
            && (self.open.load(Ordering::Relaxed) > 0
                || now.duration_since(*lock(&self.idle_since)) < bound)
    }

    fn stream_limit(&self) -> usize {
        lock(&self.driver)
            .as_ref()
            .map_or(0, Connection::current_max_send_streams)
    }

    fn uri(&self, path_and_query: PathAndQuery) -> Result<Uri, SendError> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).map_err(|error| {
            SendError::unsent(SendErrorKind::Connect, Some(self.peer), describe(&error))
        })
    }
}

/// One stream's place on a connection.
pub(super) struct Lease(Arc<H2>);

impl Lease {
    pub(super) async fn open(dialled: Dialled, origin: &Origin) -> Result<Self, SendError> {
        let fault = |kind, error: &dyn std::error::Error| {
            SendError::unsent(kind, Some(dialled.peer), describe(error))
        };
        let authority = authority(origin).map_err(|error| fault(SendErrorKind::Resolve, &error))?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .handshake(TokioIo::new(dialled.io))
            .await
            .map_err(|error| fault(SendErrorKind::Connect, &error))?;
        let driver: Driver = Arc::new(Mutex::new(Some(connection)));
        let driven = Arc::clone(&driver);
        tokio::spawn(poll_fn(move |cx| {
            let mut connection = lock(&driven);
            if let Some(running) = &mut *connection {
                // Its error goes to the exchanges on it.
                let _ended = ready!(Pin::new(running).poll(cx));
                *connection = None;
            }
            Poll::Ready(())
        }));
        Ok(Self(Arc::new(H2 {
            sender,
            driver,
            authority,
            peer: dialled.peer,
            open: AtomicUsize::new(1),
            retired: AtomicBool::new(false),
            idle_since: Mutex::new(Instant::now()),
        })))
    }

    /// A further stream, while the peer allows one. The caller holds the pool's lock: nobody else counts up.
    pub(super) fn take(connection: &Arc<H2>) -> Option<Self> {
        if connection.open.load(Ordering::Relaxed) >= connection.stream_limit() {
            return None;
        }
        connection.open.fetch_add(1, Ordering::Relaxed);
        Some(Self(Arc::clone(connection)))
    }

    pub(super) fn connection(&self) -> &Arc<H2> {
        &self.0
    }

    pub(super) async fn send(
        self,
        message: Message,
        timeouts: &Timeouts,
    ) -> Result<(Response<Incoming>, Self), Failed> {
        let Message {
            head,
            body,
            upgrade,
        } = message;
        let mut headers = head.headers;
        let host = headers.remove(HOST);
        let taken = Arc::new(Mutex::new(Taken {
            at: Instant::now(),
            whole: body.is_end_stream(),
        }));
        let mut request = Request::new(Watched {
            body,
            taken: Arc::clone(&taken),
        });
        *request.method_mut() = head.method;
        *request.uri_mut() = self.0.uri(head.path_and_query.clone())?;
        *request.headers_mut() = headers;

        let mut sender = self.0.sender.clone();
        let mut response = pin!(sender.try_send_request(request));
        let mut timer = pin!(sleep_until(
            Instant::now() + timeouts.read.min(timeouts.write)
        ));
        let outcome = poll_fn(|cx| {
            if let Poll::Ready(result) = response.as_mut().poll(cx) {
                return Poll::Ready(Ok(result));
            }
            let (limit, kind) = lock(&taken).limit(timeouts);
            poll_until(timer.as_mut(), limit, cx).map(|()| Err(kind))
        })
        .await;
        match outcome {
            Ok(Ok(response)) => Ok((response, self)),
            Ok(Err(mut fault)) => {
                self.0.retired.store(true, Ordering::Relaxed);
                let message = fault.take_message().map(|request| {
                    let (parts, watched) = request.into_parts();
                    let mut headers = parts.headers;
                    if let Some(host) = host {
                        headers.insert(HOST, host);
                    }
                    Box::new(Message {
                        head: RequestHead {
                            method: parts.method,
                            path_and_query: head.path_and_query,
                            headers,
                        },
                        body: watched.body,
                        upgrade,
                    })
                });
                Err(Failed {
                    error: SendError::broken(fault.error(), message.is_some(), self.0.peer),
                    message,
                })
            }
            Err(kind) => {
                self.0.retired.store(true, Ordering::Relaxed);
                Err(SendError::timeout(kind, false, self.0.peer).into())
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        *lock(&self.0.idle_since) = Instant::now();
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The answer, its body bound to the stream that carries it. The caller says whether the connection was reused.
pub(super) fn received(response: Response<Incoming>, lease: Lease) -> Received {
    let peer = lease.0.peer;
    let (head, incoming) = response.into_parts();
    Received {
        status: head.status,
        headers: head.headers,
        body: UpstreamBody::h2(incoming, lease),
        peer: Some(peer),
        reused: false,
    }
}

fn authority(origin: &Origin) -> Result<Authority, http::uri::InvalidUri> {
    let (host, port) = (&origin.host, origin.port);
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_string()
    };
    if port == 443 {
        host.parse()
    } else {
        format!("{host}:{port}").parse()
    }
}

/// When a stream last took a part of its request, and whether that was the last part. The socket's own progress
/// says nothing here: it is every stream's.
struct Taken {
    at: Instant,
    whole: bool,
}

impl Taken {
    fn limit(&self, timeouts: &Timeouts) -> (Instant, SendErrorKind) {
        if self.whole {
            (self.at + timeouts.read, SendErrorKind::ReadTimeout)
        } else {
            (self.at + timeouts.write, SendErrorKind::WriteTimeout)
        }
    }
}

struct Watched {
    body: Outgoing,
    taken: Arc<Mutex<Taken>>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        *lock(&self.taken) = Taken {
            at: Instant::now(),
            whole: self.body.is_end_stream(),
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
