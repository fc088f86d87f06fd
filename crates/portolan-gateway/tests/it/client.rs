//! A client that shows every byte: HTTP/1.1 over a bare socket.

pub(crate) mod frames;
pub(crate) mod wires;

use std::{net::SocketAddr, str};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::harness::PATIENCE;

pub(crate) struct Client {
    stream: TcpStream,
    /// Read and not yet taken.
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// Without its chunked coding.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its proper end.
    pub(crate) whole: bool,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// False: the gateway takes no more of it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        sent.expect("a gateway that reads or closes").is_ok()
    }

    pub(crate) async fn post(&mut self, target: &str, headers: &[(&str, &str)], body: &str) {
        self.write(request("POST", target, headers, body).as_bytes())
            .await;
    }

    /// Reads until `needle` has come, and takes nothing.
    pub(crate) async fn seen(&mut self, needle: &str) {
        while !contains(&self.buffer, needle.as_bytes()) {
            assert!(self.fill().await, "the answer ended without {needle:?}");
        }
    }

    /// Says that nothing more follows.
    pub(crate) async fn shut(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// The status of the next head alone: an interim answer has no more.
    pub(crate) async fn interim(&mut self) -> u16 {
        let head = self.until(b"\r\n\r\n").await.expect("a head");
        let head = String::from_utf8(head).unwrap();
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The next answer, to the end of its body.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.until(b"\r\n\r\n").await.expect("a head");
        let head = String::from_utf8(head).unwrap();
        let (status, fields) = head.split_once("\r\n").unwrap();
        let headers: Vec<(String, String)> = fields
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer {
            status: status.split(' ').nth(1).unwrap().parse().unwrap(),
            headers,
            body: Vec::new(),
            whole: false,
        };
        match answer.find("content-length") {
            Some(length) => {
                let length = length.parse().unwrap();
                (answer.body, answer.whole) = self.take(length).await;
            }
            None => {
                assert_eq!(answer.find("transfer-encoding"), Some("chunked"), "{head}");
                answer.whole = self.chunks(&mut answer.body).await;
            }
        }
        answer
    }

    /// Whether the connection ended, with nothing more said.
    pub(crate) async fn ended(&mut self) -> bool {
        !self.fill().await && self.buffer.is_empty()
    }

    /// Whether anything is said before the end.
    pub(crate) async fn hears(&mut self) -> bool {
        !self.buffer.is_empty() || self.fill().await
    }

    /// All that is said until the end, however that comes.
    pub(crate) async fn rest(&mut self) -> String {
        while self.fill().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned()
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let Some(size) = self.until(b"\r\n").await else {
                return false;
            };
            let size = str::from_utf8(&size[..size.len() - 2]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            let (piece, whole) = self.take(size).await;
            body.extend_from_slice(&piece);
            if !whole || self.until(b"\r\n").await.is_none() {
                return false;
            }
            if size == 0 {
                return true;
            }
        }
    }

    /// Everything up to `end`, with it. None: the connection ended before.
    async fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            let found = self
                .buffer
                .windows(end.len())
                .position(|window| window == end);
            if let Some(at) = found {
                return Some(self.buffer.drain(..at + end.len()).collect());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// So many bytes, or what came of them.
    async fn take(&mut self, size: usize) -> (Vec<u8>, bool) {
        while self.buffer.len() < size {
            if !self.fill().await {
                return (std::mem::take(&mut self.buffer), false);
            }
        }
        (self.buffer.drain(..size).collect(), true)
    }

    /// False: the connection was closed or reset.
    async fn fill(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer))
            .await
            .expect("an answer that goes on");
        matches!(read, Ok(1..))
    }
}

impl Answer {
    /// Of a header that stands at most once.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} stands twice");
        value
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.find(name)
            .unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A stream's `data`, each event's: whole events only, without comments.
    pub(crate) fn data(&self) -> Vec<&str> {
        let text = self.text();
        assert!(
            text.is_empty() || text.ends_with("\n\n"),
            "half an event: {text}"
        );
        text.split("\n\n")
            .filter(|event| !event.is_empty() && !event.starts_with(':'))
            .map(|event| event.strip_prefix("data: ").expect(event))
            .collect()
    }

    /// What the chunks of a stream say, joined.
    pub(crate) fn said(&self) -> String {
        self.chunks()
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
            .collect()
    }

    /// A stream's events but the terminator.
    pub(crate) fn chunks(&self) -> Vec<Value> {
        self.data()
            .into_iter()
            .filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

/// Of each answer in what a connection said.
pub(crate) fn statuses(said: &str) -> Vec<u16> {
    said.split("HTTP/1.")
        .skip(1)
        .map(|answer| answer[2..5].parse().unwrap())
        .collect()
}

pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: gateway.test\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    text.push_str(&format!(
        "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    ));
    text
}

/// Sends one chat to `/chat` over a connection of its own.
pub(crate) async fn chat(address: SocketAddr, body: &Value) -> Answer {
    post(address, "/chat", &[], &body.to_string()).await
}

pub(crate) async fn post(
    address: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut client = Client::connect(address).await;
    client.post(target, headers, body).await;
    client.answer().await
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}
