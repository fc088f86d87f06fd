//! What one request is to meet instead of a good answer.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One entry of the script: the next request in order of arrival consumes it. Every field left out means ordinary behaviour.
///
/// Bytes are counted over the body as the provider frames its events, before any transfer coding.
/// Over HTTP/2 a cut and a reset are both a `RST_STREAM`: the connection belongs to other streams as well.
/// A status or header that HTTP cannot carry makes the answer a 500.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// Milliseconds before the response head.
    pub delay_ms: Option<u64>,
    /// From 400 on and without `body`, the body is an error in the provider's shape.
    pub status: Option<u16>,
    /// Added to the head, or replacing what it has; not meant for `content-length`.
    pub headers: BTreeMap<String, String>,
    /// Sent verbatim instead of the generated body; with an event-stream `content-type`, an event a chunk.
    pub body: Option<String>,
    /// What the model says instead of the default answer.
    pub text: Option<String>,
    /// Milliseconds between the chunks of a body.
    pub chunk_delay_ms: Option<u64>,
    /// Events written together; 0 writes all of them at once.
    pub chunks_per_write: Option<usize>,
    /// After that many bytes the connection closes as if all were well, without the end of the body.
    pub cut_after_bytes: Option<u64>,
    /// After that many bytes the connection is reset.
    pub reset_after_bytes: Option<u64>,
    /// After that many bytes silence, until the client goes.
    pub stall_after_bytes: Option<u64>,
    pub reset_before_headers: bool,
    pub close_before_headers: bool,
    /// The request is read, and nothing is ever said.
    pub never_answer: bool,
    /// The stream ends cleanly, but without its last event (`[DONE]`, `message-end`).
    pub no_terminator: bool,
    /// This event, counted from 0, is an error in the provider's dialect, and the stream's last.
    pub error_event_at: Option<usize>,
    /// Whether the body is announced by its length or chunked; by default a whole answer is and a stream is not.
    pub content_length: Option<bool>,
    /// Bytes of an SSE comment put before each event of a stream.
    pub pad_events: Option<usize>,
}
