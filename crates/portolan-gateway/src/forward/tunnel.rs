//! Another protocol after a 101: bytes both ways, each way to its own end. A task of its own, for the client's connection
//! is no request's any more; it ends with the drain at the latest.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::silence::Silence;
use crate::{
    balance::Lease,
    listen::Upgraded,
    telemetry::{Outcome, Settle},
    upstream::Socket,
};

/// Held of each way.
const PIECE: usize = 16 * 1024;

/// `client`: resolves when it has been answered. `bound`: for nothing to come, from either side. `lease`: counts the target
/// as in flight.
pub(super) fn open(
    client: impl Future<Output = io::Result<Upgraded>> + Send + 'static,
    service: Box<Socket>,
    bound: Duration,
    mut settle: Settle,
    lease: Option<Lease>,
) {
    tokio::spawn(async move {
        // Where it was never answered, the client is gone.
        let Ok(client) = client.await else { return };
        let mut tunnel = Tunnel {
            client,
            service,
            up: Way::new(),
            down: Way::new(),
            silence: Silence::new(bound),
        };
        let ended = poll_fn(|cx| tunnel.poll(cx, &mut settle)).await;
        settle.with(|record| match ended {
            Ok(()) => record.outcome = Outcome::Completed,
            Err(fault) => {
                record.outcome = Outcome::Cut;
                if let Some(last) = record.tries.last_mut() {
                    last.fault = Some(fault.to_string());
                }
            }
        });
        drop(lease);
    });
}

struct Tunnel {
    client: Upgraded,
    service: Box<Socket>,
    up: Way,
    down: Way,
    silence: Silence,
}

impl Tunnel {
    fn poll(&mut self, cx: &mut Context<'_>, settle: &mut Settle) -> Poll<io::Result<()>> {
        let before = (self.up.moved, self.down.moved);
        let up = self.up.poll(&mut self.client, &mut self.service, cx)?;
        let down = self.down.poll(&mut self.service, &mut self.client, cx)?;
        let moved = (self.up.moved, self.down.moved);
        if moved != before {
            self.silence.broken();
            settle.with(|record| {
                record.request_size = moved.0;
                record.response_size = moved.1;
            });
        }
        if up.is_ready() && down.is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.silence
            .poll(cx)
            .map(|()| Err(io::Error::other("the tunnel was silent for too long")))
    }
}

/// One direction.
struct Way {
    buffer: Box<[u8; PIECE]>,
    /// Read and not yet written.
    from: usize,
    to: usize,
    /// Bytes that were written.
    moved: u64,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    /// Its source has ended; that is to be told.
    Ending,
    Ended,
}

impl Way {
    fn new() -> Self {
        Self {
            buffer: Box::new([0; PIECE]),
            from: 0,
            to: 0,
            moved: 0,
            state: State::Open,
        }
    }

    /// Ready when its end has been handed on.
    fn poll(
        &mut self,
        source: &mut (impl AsyncRead + Unpin),
        sink: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.from < self.to {
                let piece = &self.buffer[self.from..self.to];
                let written = ready!(Pin::new(&mut *sink).poll_write(cx, piece))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.from += written;
                self.moved += written as u64;
                continue;
            }
            match self.state {
                State::Ended => return Poll::Ready(Ok(())),
                State::Ending => {
                    ready!(Pin::new(&mut *sink).poll_shutdown(cx))?;
                    self.state = State::Ended;
                }
                State::Open => {
                    let mut piece = ReadBuf::new(self.buffer.as_mut_slice());
                    let read = Pin::new(&mut *source).poll_read(cx, &mut piece);
                    let filled = piece.filled().len();
                    match read {
                        Poll::Ready(read) => read?,
                        Poll::Pending => {
                            ready!(Pin::new(&mut *sink).poll_flush(cx))?;
                            return Poll::Pending;
                        }
                    }
                    (self.from, self.to) = (0, filled);
                    if filled == 0 {
                        self.state = State::Ending;
                    }
                }
            }
        }
    }
}
