//! The record of one request. It is filled as the request goes, and told when its guard is dropped:
//! however a request ends, one line tells it.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{HeaderValue, Method, Uri, uri::PathAndQuery};
use portolan_config::compiled::{AiProxy, Consumer, Route, Target};
use portolan_llm::usage::Tokens;

use super::Writer;

#[derive(Debug)]
pub(crate) struct Record {
    /// `X-Kong-Request-Id`.
    pub(crate) id: String,
    pub(crate) started: Instant,
    pub(crate) started_at: SystemTime,
    pub(crate) client_ip: IpAddr,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// Bytes of the body.
    pub(crate) request_size: u64,
    pub(crate) route: Option<Arc<Route>>,
    pub(crate) consumer: Option<Arc<Consumer>>,
    /// Id of the credential that identified it.
    pub(crate) credential: Option<Arc<str>>,
    pub(crate) correlation_id: Option<HeaderValue>,
    /// Names of the query parameters that carry clients' keys, of the whole file; none: there is no query.
    pub(crate) key_parameters: Option<Arc<[String]>>,
    pub(crate) status: u16,
    /// Bytes of the body that were handed to the client's connection.
    pub(crate) response_size: u64,
    pub(crate) tries: Vec<Try>,
    pub(crate) ai: Option<AiRecord>,
    pub(crate) outcome: Outcome,
    pub(crate) ended: Option<Instant>,
}

impl Record {
    /// Of a request whose head has just been read; nothing more is known of it.
    pub(crate) fn begun(id: String, client_ip: IpAddr, method: Method, uri: Uri) -> Self {
        Self {
            id,
            started: Instant::now(),
            started_at: SystemTime::now(),
            client_ip,
            method,
            uri,
            request_size: 0,
            route: None,
            consumer: None,
            credential: None,
            correlation_id: None,
            key_parameters: None,
            status: 0,
            response_size: 0,
            tries: Vec::new(),
            ai: None,
            outcome: Outcome::ClientGone,
            ended: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The client went before the end: logged as 499.
    ClientGone,
    Completed,
    /// The answer broke off after some of it was promised.
    Cut,
}

/// One attempt on an upstream.
#[derive(Debug)]
pub(crate) struct Try {
    pub(crate) to: SentTo,
    pub(crate) peer: Option<std::net::SocketAddr>,
    /// The connection had carried another request.
    pub(crate) reused: bool,
    pub(crate) began: Instant,
    /// When the head of the answer was whole.
    pub(crate) head: Option<Instant>,
    pub(crate) status: Option<u16>,
    /// Why it did not serve.
    pub(crate) fault: Option<String>,
}

#[derive(Debug)]
pub(crate) enum SentTo {
    Target {
        target: Arc<Target>,
        model: String,
    },
    /// Path and query as the upstream got them.
    Service {
        uri: PathAndQuery,
    },
}

impl Try {
    pub(crate) fn begun(to: SentTo) -> Self {
        Self {
            to,
            peer: None,
            reused: false,
            began: Instant::now(),
            head: None,
            status: None,
            fault: None,
        }
    }

    /// Kong's `upstream_uri`.
    pub(crate) fn uri(&self) -> &str {
        match &self.to {
            SentTo::Target { target, .. } => &target.upstream.path,
            SentTo::Service { uri } => uri.as_str(),
        }
    }

    /// Of an AI proxy: the target, and the model that it was asked for.
    pub(crate) fn target(&self) -> Option<(&Arc<Target>, &str)> {
        match &self.to {
            SentTo::Target { target, model } => Some((target, model)),
            SentTo::Service { .. } => None,
        }
    }

    /// `provider/model`.
    pub(crate) fn place(&self) -> Option<String> {
        let (target, model) = self.target()?;
        Some(format!("{}/{model}", target.provider.name))
    }
}

/// What the AI proxy adds: Kong's `ai.proxy`.
#[derive(Debug)]
pub(crate) struct AiRecord {
    pub(crate) proxy: Arc<AiProxy>,
    pub(crate) stream: bool,
    pub(crate) response_model: Option<String>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) first_content: Option<Instant>,
    /// Request fields that the target's format has no word for.
    pub(crate) dropped: Vec<String>,
    /// Events of the stream that could not be read.
    pub(crate) malformed: u64,
    /// Bodies as sent to the provider and as told to the client, where the file asks for them.
    pub(crate) payload_request: Option<String>,
    pub(crate) payload_response: Option<String>,
}

impl AiRecord {
    pub(crate) fn new(proxy: Arc<AiProxy>) -> Self {
        Self {
            proxy,
            stream: false,
            response_model: None,
            tokens: None,
            first_content: None,
            dropped: Vec::new(),
            malformed: 0,
            payload_request: None,
            payload_response: None,
        }
    }

    /// Another attempt: what an earlier one told is not its own.
    pub(crate) fn begin(&mut self, stream: bool) {
        self.stream = stream;
        self.response_model = None;
        self.tokens = None;
        self.first_content = None;
        self.malformed = 0;
    }
}

/// Holds a request's record and tells it when dropped.
#[derive(Debug)]
pub(crate) struct Settle {
    record: Option<Box<Record>>,
    writer: Writer,
}

impl Settle {
    pub(crate) fn new(record: Record, writer: Writer) -> Self {
        Self {
            record: Some(Box::new(record)),
            writer,
        }
    }

    /// Hands the record over; this guard has none any more.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            record: self.record.take(),
            writer: self.writer.clone(),
        }
    }

    /// Nothing once it has been handed over.
    pub(crate) fn record(&mut self) -> Option<&mut Record> {
        self.record.as_deref_mut()
    }

    pub(crate) fn with(&mut self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = &mut self.record {
            change(record);
        }
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.ended = Some(Instant::now());
            if record.outcome == Outcome::ClientGone && self.writer.is_cut() {
                record.outcome = Outcome::Cut;
            }
            self.writer.write(&record);
        }
    }
}
