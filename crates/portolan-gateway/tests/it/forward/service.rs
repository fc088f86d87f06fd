//! A plain service that a test speaks for: its connections, and what comes on them byte for byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::harness::PATIENCE;

/// One connection of the gateway's.
pub(crate) struct Peer<S = TcpStream> {
    stream: S,
    /// Read and not yet taken.
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Everything up to `end`, with it. None: the connection ended before.
    pub(crate) async fn until(&mut self, end: &str) -> Option<String> {
        let end = end.as_bytes();
        loop {
            let mut windows = self.buffer.windows(end.len());
            if let Some(found) = windows.position(|window| window == end) {
                let taken = self.buffer.drain(..found + end.len()).collect();
                return Some(String::from_utf8(taken).unwrap());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// A head, with its blank line.
    pub(crate) async fn head(&mut self) -> Option<String> {
        self.until("\r\n\r\n").await
    }

    /// A whole request as it came, chunks and trailers as they are. None: there is no other.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut request = self.head().await?;
        if let Some(length) = field(&request, "content-length") {
            let length = length.parse().unwrap();
            while self.buffer.len() < length {
                assert!(self.fill().await, "half a body after {request}");
            }
            let body = self.buffer.drain(..length).collect();
            request.push_str(&String::from_utf8(body).unwrap());
        } else if field(&request, "transfer-encoding").is_some() {
            loop {
                let line = self.until("\r\n").await.expect("a chunk");
                request.push_str(&line);
                if line == "0\r\n" {
                    break;
                }
            }
            while !request.ends_with("\r\n\r\n") {
                request.push_str(&self.until("\r\n").await.expect("a trailer"));
            }
        }
        Some(request)
    }

    pub(crate) async fn write(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Whether the gateway ended the connection, with nothing more said.
    pub(crate) async fn ended(&mut self) -> bool {
        !self.fill().await && self.buffer.is_empty()
    }

    /// False: the connection was closed or reset.
    async fn fill(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer));
        matches!(read.await.expect("a gateway that goes on"), Ok(1..))
    }
}

/// Of a header in a head; names are in lower case.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let (head, _) = head.split_once("\r\n\r\n")?;
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// An answer of 200.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Each connection in a task of its own, numbered from 0.
pub(crate) async fn service<F, S>(serve: F) -> SocketAddr
where
    F: Fn(usize, Peer) -> S + Send + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(number, Peer::new(stream)));
        }
    });
    address
}

/// Answers each request with its bytes as they came.
pub(crate) async fn echo() -> SocketAddr {
    service(|_, mut peer| async move {
        while let Some(request) = peer.request().await {
            peer.write(&ok(&request)).await;
        }
    })
    .await
}

/// Answers each request with a name, and counts them.
pub(crate) async fn named(name: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = service(move |_, mut peer| {
        let count = Arc::clone(&counted);
        async move {
            while peer.request().await.is_some() {
                count.fetch_add(1, Ordering::SeqCst);
                peer.write(&ok(name)).await;
            }
        }
    });
    (address.await, count)
}

/// Where nobody listens.
pub(crate) async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
