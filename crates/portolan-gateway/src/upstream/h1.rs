//! HTTP/1.1: a connection of one exchange at a time, polled by the task that has the exchange.
//! There is no driver task: an event of the socket wakes the request's own task and no other, and dropping
//! the exchange closes the socket.

use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri, uri::PathAndQuery};
use http_body::Frame;
use hyper::{
    body::Incoming,
    client::conn::http1::{Builder, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;
use portolan_config::compiled::Timeouts;
use tokio::time::{Instant, Sleep, sleep};

use super::{
    Message, Outgoing, Received, RequestHead, Socket, UpstreamBody,
    connect::Dialled,
    deadline::poll_until,
    error::{BodyError, Failed, SendError, SendErrorKind, describe},
    io::{Io, Written},
    pool::Slot,
    response::poll_incoming,
    turn::Turn,
};

/// Where a connection's timer stands before it is moved: any exchange may have a nearer limit.
const READ_FIRST: Duration = Duration::from_secs(60);

pub(super) struct H1 {
    sender: SendRequest<Outgoing>,
    /// None once it has ended. Dropped then, for only that gives a request back that it had not begun.
    connection: Option<Connection<TokioIo<Io>, Outgoing>>,
    /// The exchange asks for another protocol: the socket outlives the connection.
    upgrade: bool,
    left: Option<Socket>,
    turn: Arc<Turn>,
    /// `turn` as a waker; everything of this connection is polled with it.
    waker: Waker,
    written: Arc<Written>,
    peer: SocketAddr,
    /// Of every exchange in turn: left armed between them, for putting a timer in and out costs more than
    /// letting it fire once in vain.
    timer: Pin<Box<Sleep>>,
}

impl H1 {
    pub(super) async fn open(dialled: Dialled) -> Result<Box<Self>, SendError> {
        let (sender, connection) = Builder::new()
            .handshake(TokioIo::new(dialled.io))
            .await
            .map_err(|error| {
                SendError::unsent(SendErrorKind::Connect, Some(dialled.peer), describe(&error))
            })?;
        let turn = Arc::<Turn>::default();
        Ok(Box::new(Self {
            sender,
            connection: Some(connection),
            upgrade: false,
            left: None,
            waker: Waker::from(Arc::clone(&turn)),
            turn,
            written: dialled.written,
            peer: dialled.peer,
            timer: Box::pin(sleep(READ_FIRST)),
        }))
    }

    pub(super) async fn send(
        mut self: Box<Self>,
        message: Message,
        timeouts: &Timeouts,
    ) -> Result<(Response<Incoming>, Box<Self>), Failed> {
        let before = self.written.bytes();
        let waits = message.body.waits();
        let upgrade = message.upgrade;
        self.upgrade = upgrade;
        // Queueing the request wakes whoever polled last: that was another exchange.
        self.turn.begin();
        let mut response = pin!(self.sender.try_send_request(request(message)));
        let mut since = Instant::now();
        let mut seen = before;
        let outcome = poll_fn(|cx| {
            self.turn.begin();
            self.drive();
            let polled = response
                .as_mut()
                .poll(&mut Context::from_waker(&self.waker));
            if let Poll::Ready(result) = polled {
                return Poll::Ready(Ok(result));
            }
            let written = self.written.bytes();
            // A body that waits for the client is no waiting for the upstream.
            if written != seen || waits() {
                seen = written;
                since = Instant::now();
            }
            // A write that does not wait is a request that has left, as far as there is any.
            let (limit, kind) = if self.written.blocked() {
                (since + timeouts.write, SendErrorKind::WriteTimeout)
            } else {
                (since + timeouts.read, SendErrorKind::ReadTimeout)
            };
            if poll_until(self.timer.as_mut(), limit, cx).is_ready() {
                return Poll::Ready(Err(kind));
            }
            self.turn.wait(cx);
            Poll::Pending
        })
        .await;
        let unsent = self.written.bytes() == before;
        match outcome {
            Ok(Ok(response))
                if response.status() == StatusCode::SWITCHING_PROTOCOLS && self.left.is_none() =>
            {
                Err(Failed::from(SendError::switched(self.peer)))
            }
            Ok(Ok(response)) => Ok((response, self)),
            Ok(Err(mut fault)) => {
                let message = fault
                    .take_message()
                    .map(|request| recovered(request, upgrade));
                // What is handed back was not sent, whatever else was written.
                let unsent = unsent || message.is_some();
                Err(Failed {
                    error: SendError::broken(fault.error(), unsent, self.peer),
                    message,
                })
            }
            Err(kind) => Err(SendError::timeout(kind, unsent, self.peer).into()),
        }
    }

    pub(super) fn poll_body(
        &mut self,
        incoming: &mut Incoming,
        cx: &Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.turn.begin();
        let polled = poll_incoming(incoming, &mut Context::from_waker(&self.waker));
        if polled.is_ready() {
            return polled;
        }
        self.drive();
        let polled = poll_incoming(incoming, &mut Context::from_waker(&self.waker));
        if polled.is_ready() {
            return polled;
        }
        if self.connection.is_none() {
            return Poll::Ready(Some(Err(BodyError::new("the connection ended"))));
        }
        self.turn.wait(cx);
        Poll::Pending
    }

    /// Prepares for the pool; false: the connection cannot carry another exchange.
    pub(super) fn rest(&mut self) -> bool {
        if self.turn.begin() || !self.sender.is_ready() {
            self.drive();
        }
        self.sender.is_ready()
    }

    /// Looks at an idle connection again. Costs a poll only when its socket had news: the peer closed it,
    /// or a TLS session ticket came.
    pub(super) fn alive(&mut self) -> bool {
        if self.turn.woken() {
            self.turn.begin();
            self.drive();
        }
        self.sender.is_ready()
    }

    fn drive(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let cx = &mut Context::from_waker(&self.waker);
        // Its error has gone to the exchange already.
        let ended = if self.upgrade {
            connection.poll_without_shutdown(cx).is_ready()
        } else {
            Pin::new(connection).poll(cx).is_ready()
        };
        if ended {
            let ended = self.connection.take();
            if self.upgrade {
                let parts = ended.map(Connection::into_parts);
                self.left = parts.map(|parts| Socket::new(parts.io.into_inner(), parts.read_buf));
            }
        }
    }
}

/// The answer, its body bound to the connection that carries it. The caller says whether that was reused.
pub(super) fn received(
    response: Response<Incoming>,
    mut connection: Box<H1>,
    slot: Arc<Slot>,
) -> Received {
    let peer = connection.peer;
    let (head, incoming) = response.into_parts();
    let left = connection.left.take();
    Received {
        status: head.status,
        headers: head.headers,
        body: match left.filter(|_| head.status == StatusCode::SWITCHING_PROTOCOLS) {
            Some(socket) => UpstreamBody::switched(incoming, socket),
            None => UpstreamBody::h1(incoming, connection, slot),
        },
        peer: Some(peer),
        reused: false,
    }
}

fn request(message: Message) -> Request<Outgoing> {
    let mut request = Request::new(message.body);
    *request.method_mut() = message.head.method;
    *request.uri_mut() = Uri::from(message.head.path_and_query);
    *request.headers_mut() = message.head.headers;
    request
}

fn recovered(request: Request<Outgoing>, upgrade: bool) -> Box<Message> {
    let (head, body) = request.into_parts();
    Box::new(Message {
        head: RequestHead {
            method: head.method,
            path_and_query: head
                .uri
                .into_parts()
                .path_and_query
                .unwrap_or_else(|| PathAndQuery::from_static("/")),
            headers: head.headers,
        },
        body,
        upgrade,
    })
}
