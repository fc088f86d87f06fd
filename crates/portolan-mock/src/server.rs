//! Accepts connections: plain or TLS by their first byte, HTTP/1.1 or HTTP/2 by their first line or by ALPN.

use std::{sync::Arc, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    service::Service,
    socket::{Socket, Wire},
};

/// The first byte of a TLS connection: the record type "handshake".
const HANDSHAKE: u8 = 22;

/// Dropping it ends every connection.
pub(crate) async fn run(listener: TcpListener, tls: Option<TlsAcceptor>, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, tls.clone(), Arc::clone(&service)));
                }
                // Out of file descriptors: asking again at once would be refused again at once.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, service: Arc<Service>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let mut first = [0];
    let encrypted = matches!(stream.peek(&mut first).await, Ok(1)) && first == [HANDSHAKE];
    let wire = Arc::new(Wire::default());
    let socket = Socket::new(stream, Arc::clone(&wire));
    match tls {
        Some(tls) if encrypted => {
            if let Ok(stream) = tls.accept(socket).await {
                http(stream, wire, service).await;
            }
        }
        _ => http(socket, wire, service).await,
    }
}

async fn http<I>(io: I, wire: Arc<Wire>, service: Arc<Service>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| Arc::clone(&service).serve(Arc::clone(&wire), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http2()
        .initial_stream_window_size(1_u32 << 20)
        .initial_connection_window_size(1_u32 << 22);
    // An error is a client that went or a fault that was asked for: the attempts tell of both.
    let _ = builder.serve_connection(TokioIo::new(io), service).await;
}
