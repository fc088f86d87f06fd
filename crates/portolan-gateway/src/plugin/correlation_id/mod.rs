//! `correlation-id`: a name for each request, the client's or one made here, that upstream, log and client can share.

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    process,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue};
use portolan_config::compiled::plugin::{CorrelationId, Generator};

use super::{Flow, HeadEdit, Plugin, uuid::Uuid};
use crate::{listen::Connection, request::Request};

/// What `uuid#counter` counts, over all instances and workers, and past a reload.
static SERIES: LazyLock<Series> = LazyLock::new(|| Series {
    uuid: Uuid::new(),
    count: AtomicU64::new(0),
});

struct Series {
    uuid: Uuid,
    count: AtomicU64,
}

pub(super) fn new(config: &CorrelationId) -> Result<Arc<dyn Plugin>, String> {
    let name = &config.header_name;
    Ok(Arc::new(Step {
        header: name
            .parse()
            .map_err(|_| format!("correlation-id: {name:?} cannot be the name of a header"))?,
        generator: config.generator,
        echoes: config.echo_downstream,
    }))
}

#[derive(Debug)]
struct Step {
    header: HeaderName,
    generator: Generator,
    echoes: bool,
}

impl Step {
    /// What the client gave, or access made.
    fn given<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        headers.get(&self.header).filter(|value| !value.is_empty())
    }

    fn generate(&self, connection: &Connection) -> HeaderValue {
        let text = match self.generator {
            Generator::Uuid => Uuid::new().as_str().to_owned(),
            Generator::UuidCounter => SERIES.next(),
            Generator::Tracker => {
                let serial = (connection.tally.serial, connection.tally.requests());
                tracker(connection.local, serial, SystemTime::now())
            }
        };
        // All of them are digits, letters and punctuation.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl Plugin for Step {
    fn access(&self, request: &mut Request) -> Flow {
        let headers = &mut request.head.headers;
        let id = match self.given(headers) {
            Some(id) => id.clone(),
            None => {
                let id = self.generate(&request.connection);
                headers.insert(self.header.clone(), id.clone());
                id
            }
        };
        request
            .settle
            .with(|record| record.correlation_id = Some(id));
        Flow::Next
    }

    fn respond(&self, request: &Request, edits: &mut Vec<HeadEdit>) {
        if self.echoes {
            let id = match self.given(&request.head.headers) {
                Some(id) => id.clone(),
                None => self.generate(&request.connection),
            };
            edits.push(HeadEdit::Set(self.header.clone(), id));
        }
    }
}

impl Series {
    /// The first is 1.
    fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{}#{count}", self.uuid.as_str())
    }
}

/// Kong's `server address-port-process-connection-request of it-time`, the time in seconds. `serial`: of the connection,
/// and of the request on it.
fn tracker(local: SocketAddr, serial: (u64, u64), now: SystemTime) -> String {
    let time = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}-{}.{:03}",
        local.ip().to_canonical(),
        local.port(),
        process::id(),
        serial.0,
        serial.1,
        time.as_secs(),
        time.subsec_millis(),
    )
}
