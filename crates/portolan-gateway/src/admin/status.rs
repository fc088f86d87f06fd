//! `GET /status`: Kong's document, as far as it can be told truly, and what Portolan adds to it.
//! Left out of Kong's are `connections_reading` and `connections_waiting`, which hyper does not tell apart, and `memory`.

use std::sync::Arc;

use serde::Serialize;

use super::board::{Board, Configuration};
use crate::telemetry::{Counters, Totals, Utc};

/// What the document is made of.
pub(crate) struct Status {
    pub(crate) board: Arc<Board>,
    /// Each worker's.
    pub(crate) counters: Vec<Arc<Counters>>,
}

#[derive(Serialize)]
pub(super) struct Document {
    server: Server,
    /// 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_hash: Option<String>,
    portolan: Portolan,
}

#[derive(Serialize)]
struct Server {
    connections_accepted: u64,
    connections_active: u64,
    connections_handled: u64,
    connections_writing: u64,
    total_requests: u64,
}

#[derive(Serialize)]
struct Portolan {
    version: &'static str,
    started_at: Utc,
    configuration: Configuration,
}

impl Status {
    pub(super) fn document(&self) -> Document {
        let totals = Totals::of(&self.counters);
        let configuration = self.board.configuration();
        Document {
            server: Server {
                // nginx's words: one that is turned away was accepted, and not handled.
                connections_accepted: totals.connections + totals.refused,
                connections_active: totals.open,
                connections_handled: totals.connections,
                // nginx counts a connection so from the moment a request's head is read; over HTTP/2, each stream.
                connections_writing: totals.under_way,
                total_requests: totals.requests,
            },
            configuration_hash: configuration.hash.map(|hash| format!("{hash:032x}")),
            portolan: Portolan {
                version: env!("CARGO_PKG_VERSION"),
                started_at: self.board.started_at,
                configuration,
            },
        }
    }
}
