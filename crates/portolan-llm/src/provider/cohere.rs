//! <https://docs.cohere.com/reference/chat>

use super::{Endpoint, Provider, Quirks, StreamUsage};
use crate::{format::Format, operation::Operation};

pub(super) static PROVIDER: Provider = Provider {
    name: "cohere",
    origin: "https://api.cohere.com",
    endpoints: &[Endpoint {
        operation: Operation::Chat,
        format: Format::CohereChat,
        path: "/v2/chat",
    }],
    quirks: Quirks {
        stream_usage: StreamUsage::Always,
        refuses: &[],
        renames: &[],
    },
};
