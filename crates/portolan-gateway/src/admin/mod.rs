//! The admin listener: a thread and a runtime of its own, so that nothing asked here holds a worker up.
//! It tells and changes nothing, and asks for no credential: whom it answers is decided by `host`.

mod board;
mod host;
mod status;
#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};

pub use board::Reloaded;
pub(crate) use board::{Board, FAULTS, Fault};
use host::Untrusted;
pub(crate) use status::Status;

use crate::headers;

/// More than people and probes need at once; the next waits for one of them to end.
const CONNECTIONS: usize = 64;
/// Of a request's head, in bytes: no question asked here has more to say.
const HEAD_BOUND: usize = 16 * 1024;
const BOUNDS: Bounds = Bounds {
    head: Duration::from_secs(2),
    connection: Duration::from_secs(30),
};
/// After an error of `accept` that is not one connection's: descriptors may be short, so a pause.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// To send a request's head: one that sends none holds a place that others wait for.
    head: Duration,
    /// For all; a connection serves one request.
    connection: Duration,
}

/// Stops when dropped; what it is answering then breaks off.
#[derive(Debug)]
pub(crate) struct Admin {
    address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Admin {
    pub(crate) fn start(address: SocketAddr, status: Status) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _context = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, Arc::new(status), BOUNDS) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so itself.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, status: Arc<Status>, bounds: Bounds) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed: this waits, and does not fail.
        let slot = Arc::clone(&slots).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let status = Arc::clone(&status);
                tokio::spawn(async move {
                    connection(stream, status, bounds).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the admin listener could not accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, status: Arc<Status>, bounds: Bounds) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = answer(&request, &status);
        async move { Ok::<_, Infallible>(response) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(HEAD_BOUND)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // An error here is the client's: it went, was too slow, or spoke no HTTP, which hyper has answered.
    let _ = timeout(bounds.connection, served).await;
}

fn answer<B>(request: &Request<B>, status: &Status) -> Response<Full<Bytes>> {
    match host::check(request) {
        Ok(()) => {}
        Err(Untrusted::Unclear) => {
            let message = "a request has one Host header";
            return refuse(StatusCode::BAD_REQUEST, message);
        }
        Err(Untrusted::Foreign) => {
            let message = "this Host is not allowed: ask for an IP address or localhost, as in http://localhost:8001/status";
            return refuse(StatusCode::FORBIDDEN, message);
        }
    }
    if request.uri().path() != "/status" {
        return refuse(StatusCode::NOT_FOUND, "Not found");
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        let allow = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allow);
        return response;
    }
    json(StatusCode::OK, &status.document())
}

/// In Kong's shape.
fn refuse(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    #[derive(Serialize)]
    struct Refusal<'m> {
        message: &'m str,
    }
    json(status, &Refusal { message })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    // What is told here has no map whose keys could not be written, which is all that can fail.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(header::SERVER, headers::PRODUCT);
    response
}
