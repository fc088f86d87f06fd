//! Small clients: one over hyper, one that shows every byte.

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portolan_mock::{Mock, MockOptions, Step};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the body came to its proper end.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The `data` of each SSE event that is JSON.
    pub(crate) fn data(&self) -> Vec<Value> {
        self.lines("data: ")
            .filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    pub(crate) fn lines<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.body
            .lines()
            .filter_map(move |line| line.strip_prefix(prefix))
    }
}

pub(crate) async fn mock() -> Mock {
    Mock::start(MockOptions::default()).await.unwrap()
}

pub(crate) async fn scripted(step: Step) -> Mock {
    let mock = mock().await;
    mock.script([step]);
    mock
}

/// A chat of OpenAI's, over HTTP/1.1.
pub(crate) async fn chat(mock: &Mock, body: &Value) -> Answer {
    post(mock, "/v1/chat/completions", &[], body).await
}

pub(crate) async fn post(
    mock: &Mock,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let io = TcpStream::connect(mock.addr()).await.unwrap();
    let request = request(Method::POST, path, headers, &body.to_string());
    over_http1(io, request).await
}

pub(crate) async fn get(mock: &Mock, path: &str) -> Answer {
    let io = TcpStream::connect(mock.addr()).await.unwrap();
    over_http1(io, request(Method::GET, path, &[], "")).await
}

pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(HOST, "api.openai.com");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

pub(crate) async fn over_http1<I>(io: I, request: Request<Full<Bytes>>) -> Answer
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(io))
        .await
        .unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_11);
    answer(response).await
}

/// `request` must have a whole URI.
pub(crate) async fn over_http2<I>(io: I, request: Request<Full<Bytes>>) -> Answer
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(io))
            .await
            .unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    answer(response).await
}

async fn answer(response: Response<Incoming>) -> Answer {
    let (head, mut body) = response.into_parts();
    let (mut bytes, mut whole) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(frame.data_ref().unwrap()),
            Err(_) => {
                whole = false;
                break;
            }
        }
    }
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(bytes).unwrap(),
        whole,
    }
}

/// What came over a plain connection, to its end.
pub(crate) struct Raw {
    /// Empty where nothing came at all.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: io::Result<()>,
}

impl Raw {
    /// The body without its chunked coding, and whether the last chunk came.
    pub(crate) fn unchunked(&self) -> (String, bool) {
        let (mut rest, mut text) = (self.body.as_slice(), String::new());
        loop {
            let Some(line) = rest.windows(2).position(|pair| pair == b"\r\n") else {
                return (text, false);
            };
            let size = std::str::from_utf8(&rest[..line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            rest = &rest[line + 2..];
            if size == 0 {
                return (text, true);
            }
            text.push_str(std::str::from_utf8(&rest[..size]).unwrap());
            rest = &rest[size + 2..];
        }
    }
}

/// Sends a request and reads until the other side ends the connection.
pub(crate) async fn raw(addr: SocketAddr, body: &str) -> Raw {
    let mut stream = send(addr, body).await;
    let mut bytes = Vec::new();
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .unwrap()
        .map(drop);
    let head = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(0, |at| at + 4);
    let body = bytes.split_off(head);
    Raw {
        head: String::from_utf8(bytes).unwrap(),
        body,
        end,
    }
}

/// A connection over which a chat was asked for.
pub(crate) async fn send(addr: SocketAddr, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: api.openai.com\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}
