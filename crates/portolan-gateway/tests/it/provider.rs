//! A provider of one connection, whose every byte a test chooses.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Accepts one connection, and answers each request on it with the next of `answers`, byte for byte.
pub(crate) async fn provider(answers: Vec<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        for answer in answers {
            request(&mut socket).await;
            socket.write_all(&answer).await.unwrap();
        }
        // Open until the gateway closes it; a reset is as good.
        let _ = socket.read(&mut [0]).await;
    });
    address
}

/// A stream in HTTP chunks of so many bytes: each reaches the gateway as a piece of its own.
pub(crate) fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for piece in body.chunks(size) {
        answer.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        answer.extend_from_slice(piece);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    answer
}

/// Reads a request whose length is announced.
async fn request(socket: &mut TcpStream) {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return;
            }
        }
        assert_ne!(socket.read_buf(&mut read).await.unwrap(), 0, "{text}");
    }
}
