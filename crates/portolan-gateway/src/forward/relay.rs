//! A service's answer as the body of the client's: handed on as it comes, and never made to look whole when it is not.

use std::{
    fmt,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{silence::Silence, upload::Upload};
use crate::{
    balance::Lease,
    body::Cut,
    listen::ClientWatch,
    telemetry::{Outcome, Settle},
    upstream::UpstreamBody,
};

/// Dropping it ends the exchange at the service, and settles the request.
pub(crate) struct Relay {
    pub(super) body: UpstreamBody,
    /// The client's body, where that was not held: it may still be on its way.
    pub(super) upload: Option<Upload>,
    pub(super) trailers: bool,
    pub(super) silence: Silence,
    pub(super) end: End,
    /// To a client of HTTP/1.0 the connection's end is the answer's.
    pub(super) ends_with_connection: bool,
    pub(super) watch: ClientWatch,
    pub(super) settle: Settle,
    /// Counts the target as in flight.
    pub(super) _lease: Option<Lease>,
}

/// Where an answer stands that breaks off.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    None,
    /// What was handed out is still to be written.
    Breaking,
    Broken,
}

impl fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Relay")
    }
}

impl Relay {
    /// `None` is the whole answer's end; an error closes the connection.
    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        loop {
            match self.end {
                End::None => {}
                // hyper writes what it holds only when the body waits.
                End::Breaking => {
                    self.end = End::Broken;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                End::Broken => {
                    if self.ends_with_connection {
                        self.watch.reset();
                    }
                    return Poll::Ready(Some(Err(Cut)));
                }
            }
            match self.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.silence.broken();
                    if frame.is_trailers() && !self.trailers {
                        continue;
                    }
                    self.note(&frame);
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Err(error))) => self.break_off(error.to_string()),
                Poll::Ready(None) => {
                    self.settle
                        .with(|record| record.outcome = Outcome::Completed);
                    return Poll::Ready(None);
                }
                Poll::Pending if self.silence.poll(cx).is_ready() => {
                    self.break_off("the answer's body stalled".to_owned());
                }
                Poll::Pending if self.watch.poll_gone(cx).is_ready() => {
                    return Poll::Ready(Some(Err(Cut)));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.body.is_over() && matches!(self.end, End::None)
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.body
            .exact_len()
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }

    /// hyper may not ask for what it knows: the end after the last byte, or after trailers.
    fn note(&mut self, frame: &Frame<Bytes>) {
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        let last = frame.is_trailers() || self.body.is_over();
        self.settle.with(|record| {
            record.response_size += bytes;
            if last {
                record.outcome = Outcome::Completed;
            }
        });
    }

    fn break_off(&mut self, fault: String) {
        self.end = End::Breaking;
        self.settle.with(|record| {
            record.outcome = Outcome::Cut;
            if let Some(last) = record.tries.last_mut() {
                last.fault = Some(fault);
            }
        });
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(upload) = &self.upload {
            let received = upload.received();
            self.settle.with(|record| record.request_size = received);
        }
    }
}
