//! HTTP/2 by hand (RFC 9113, RFC 7541): a client that sends any frame, and shows those that come.

use std::{net::SocketAddr, pin::pin};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::harness::PATIENCE;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A header block's first byte for a status of 200.
pub(crate) const OK: u8 = 0x88;

#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Why, of RST_STREAM and GOAWAY.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// What a request came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The first byte of the answer's header block: its status, where that is among HPACK's own.
    Answered(u8),
    Reset(u32),
    /// The connection's; none: without GOAWAY.
    Gone(Option<u32>),
}

/// What a flood came to.
#[derive(Debug)]
pub(crate) struct Flooded {
    /// The code of GOAWAY.
    pub(crate) goaway: Option<u32>,
    pub(crate) ended: bool,
}

pub(crate) struct Http2 {
    reader: Reader,
    write: OwnedWriteHalf,
}

struct Reader {
    read: OwnedReadHalf,
    buffer: Vec<u8>,
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `settings`: identifiers and values.
pub(crate) fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> = settings
        .iter()
        .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    frame(SETTINGS, 0, 0, &payload)
}

/// The header block of a GET.
pub(crate) fn get(path: &str) -> Vec<u8> {
    block(0x82, path)
}

/// The header block of a POST.
pub(crate) fn post(path: &str) -> Vec<u8> {
    block(0x83, path)
}

fn block(method: u8, path: &str) -> Vec<u8> {
    // The method, `http`, then `:path` and `:authority` by their places in the static table.
    let mut block = vec![method, 0x86, 0x04];
    string(path, &mut block);
    block.push(0x01);
    string("gateway.test", &mut block);
    block
}

/// One field, its name spelt out.
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    string(name, &mut field);
    string(value, &mut field);
    field
}

/// Without Huffman's code (RFC 7541, 5.1 and 5.2).
pub(crate) fn string(text: &str, block: &mut Vec<u8>) {
    let length = text.len();
    if length < 127 {
        block.push(u8::try_from(length).unwrap());
    } else {
        block.push(127);
        let mut rest = length - 127;
        while rest >= 128 {
            block.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        block.push(u8::try_from(rest).unwrap());
    }
    block.extend(text.as_bytes());
}

impl Http2 {
    /// Its preface and settings are sent, the gateway's read.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &[]).await
    }

    pub(crate) async fn connect_with(address: SocketAddr, ours: &[(u16, u32)]) -> Self {
        let mut client = Self::start(address, ours).await;
        let theirs = client.next().await.expect("the gateway's settings");
        assert_eq!((theirs.kind, theirs.flags), (SETTINGS, 0));
        assert!(client.send(SETTINGS, ACK, 0, &[]).await);
        client
    }

    /// Its preface and settings are sent, nothing is read.
    pub(crate) async fn start(address: SocketAddr, ours: &[(u16, u32)]) -> Self {
        let (read, write) = TcpStream::connect(address).await.unwrap().into_split();
        let mut client = Self {
            reader: Reader {
                read,
                buffer: Vec::new(),
            },
            write,
        };
        assert!(client.write(&[PREFACE, &settings(ours)].concat()).await);
        client
    }

    /// False: the gateway takes no more of it.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(PATIENCE, self.write.write_all(bytes)).await;
        sent.expect("a gateway that reads or closes").is_ok()
    }

    pub(crate) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        self.write(&frame(kind, flags, stream, payload)).await
    }

    /// A whole request without a body.
    pub(crate) async fn ask(&mut self, stream: u32, block: &[u8]) -> bool {
        self.send(HEADERS, END_HEADERS | END_STREAM, stream, block)
            .await
    }

    /// None: the connection ended.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let next = timeout(PATIENCE, self.reader.next()).await;
        next.expect("a frame or the end")
    }

    /// The next frame that is like this; others are skipped. None: the connection ended before.
    pub(crate) async fn find(&mut self, wanted: impl Fn(&Frame) -> bool) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if wanted(&frame) {
                return Some(frame);
            }
        }
    }

    pub(crate) async fn end(&mut self, stream: u32) -> End {
        loop {
            match self.next().await {
                None => return End::Gone(None),
                Some(frame) if frame.kind == GOAWAY => return End::Gone(Some(frame.code())),
                Some(frame) if frame.stream != stream => {}
                Some(frame) if frame.kind == HEADERS => return End::Answered(frame.payload[0]),
                Some(frame) if frame.kind == RST_STREAM => return End::Reset(frame.code()),
                Some(_) => {}
            }
        }
    }

    /// Sends `piece` so often, and reads meanwhile.
    pub(crate) async fn flood(self, piece: &[u8], times: usize) -> Flooded {
        let Self {
            mut reader,
            mut write,
        } = self;
        let mut goaway = None;
        let last = *b"the last";
        let writing = async {
            for _ in 0..times {
                write.write_all(piece).await?;
            }
            write.write_all(&frame(PING, 0, 0, &last)).await
        };
        let reading = async {
            loop {
                match reader.next().await {
                    None => return true,
                    Some(frame) if frame.kind == GOAWAY => goaway = Some(frame.code()),
                    // All that was sent before it has been taken.
                    Some(frame) if frame.kind == PING && frame.payload == last => return false,
                    Some(_) => {}
                }
            }
        };
        let both = async {
            let mut writing = pin!(writing);
            let mut reading = pin!(reading);
            tokio::select! {
                // Where it could not be sent, the reader sees the end.
                _ = &mut writing => reading.await,
                ended = &mut reading => ended,
            }
        };
        let both = timeout(PATIENCE, both).await;
        let ended = both.expect("a flood that ends");
        Flooded { goaway, ended }
    }

    /// Sends `piece` so often, or as often as it is taken, and reads nothing.
    pub(crate) async fn flood_unread(mut self, piece: &[u8], times: usize) {
        for _ in 0..times {
            if !self.write(piece).await {
                return;
            }
        }
    }
}

impl Reader {
    async fn next(&mut self) -> Option<Frame> {
        self.fill(9).await?;
        let head: [u8; 9] = self.buffer[..9].try_into().unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let end = 9 + usize::try_from(length).unwrap();
        self.fill(end).await?;
        let payload = self.buffer[9..end].to_vec();
        self.buffer.drain(..end);
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes(head[5..9].try_into().unwrap()),
            payload,
        })
    }

    async fn fill(&mut self, bytes: usize) -> Option<()> {
        while self.buffer.len() < bytes {
            // A reset is an end too.
            if !matches!(self.read.read_buf(&mut self.buffer).await, Ok(1..)) {
                return None;
            }
        }
        Some(())
    }
}
