//! The watch on a client's socket: it notices the client's going, and sees the connection to its end.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::ReadBuf,
    time::{Instant, timeout_at},
};

use super::{side::Side, socket::lock};

/// Read ahead at most; a client that has sent more unasked is noticed only when a write to it fails.
const AHEAD: usize = 64 * 1024;

/// A client that is still sending is read on for so long after its last byte: what it has not been told by then it
/// will not read. nginx's `lingering_timeout`.
const LINGER_GAP: Duration = Duration::from_secs(2);
/// And for so long, and so many bytes, in all. nginx's `lingering_time`.
const LINGER: Duration = Duration::from_secs(5);
const LINGER_BYTES: usize = 1024 * 1024;
const LINGER_PIECE: usize = 16 * 1024;

/// Tells when the client is gone. Polled by the task that also polls the connection: a socket wakes one task.
/// Over HTTP/2 it never says so: there the request is dropped when its stream is reset.
#[derive(Clone)]
pub(crate) struct ClientWatch {
    /// Of HTTP/1.1.
    side: Option<Arc<Mutex<Side>>>,
}

impl std::fmt::Debug for ClientWatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ClientWatch")
    }
}

impl ClientWatch {
    pub(super) fn new(side: Arc<Mutex<Side>>) -> Self {
        Self { side: Some(side) }
    }

    /// Of a request that is dropped when its client goes.
    pub(crate) fn of_a_stream() -> Self {
        Self { side: None }
    }

    /// Closes the connection by a reset: to a client that reads until the end, a plain one would look whole.
    pub(crate) fn reset(&self) {
        if let Some(side) = &self.side {
            // Where it cannot be had, the connection is closed all the same.
            let _ = lock(side).socket().set_linger(Some(Duration::ZERO));
        }
    }

    /// Ready once the client closed or reset the connection; bytes it sends meanwhile are kept for hyper.
    pub(crate) fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(side) = &self.side else {
            return Poll::Pending;
        };
        let mut side = lock(side);
        while !side.ended {
            if side.ahead.len() >= AHEAD {
                return Poll::Pending;
            }
            ready!(side.poll_ahead(cx));
        }
        Poll::Ready(())
    }

    /// Sees a connection out that hyper is done with. A socket that is closed while the client sends is reset, and the
    /// client may never read the answer; so our end alone is closed, and what still comes is read for a while.
    /// `whole`: nothing broke off. `sending`: the client may have more to send.
    pub(super) async fn finish(&self, whole: bool, sending: bool) {
        let Some(side) = &self.side else { return };
        if !whole && !lock(side).shut {
            return;
        }
        let end = Instant::now() + LINGER;
        let shut = poll_fn(|cx| lock(side).poll_shut(cx));
        if !matches!(timeout_at(end, shut).await, Ok(Ok(()))) {
            return;
        }
        let mut awaited = {
            let side = lock(side);
            if side.ended {
                return;
            }
            sending || side.refused || !side.ahead.is_empty()
        };
        let mut left = LINGER_BYTES;
        while left > 0 {
            let read = poll_fn(|cx| match poll_discard(side, cx) {
                // Nothing is there, and nothing is known to be on its way.
                Poll::Pending if !awaited => Poll::Ready(0),
                polled => polled,
            });
            match timeout_at(end.min(Instant::now() + LINGER_GAP), read).await {
                Ok(0) | Err(_) => return,
                Ok(read) => left = left.saturating_sub(read),
            }
            awaited = true;
        }
    }
}

/// Bytes that came; 0: the client closed, or is gone.
fn poll_discard(side: &Mutex<Side>, cx: &mut Context<'_>) -> Poll<usize> {
    let mut piece = [0; LINGER_PIECE];
    let mut buf = ReadBuf::new(&mut piece);
    match ready!(lock(side).poll_wire(cx, &mut buf)) {
        Ok(()) => Poll::Ready(buf.filled().len()),
        Err(_) => Poll::Ready(0),
    }
}
