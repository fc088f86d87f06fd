//! <https://platform.openai.com/docs/api-reference/chat>

use super::{Endpoint, Provider, Quirks, StreamUsage};
use crate::{format::Format, operation::Operation};

pub(super) static PROVIDER: Provider = Provider {
    name: "openai",
    origin: "https://api.openai.com",
    endpoints: &[Endpoint {
        operation: Operation::Chat,
        format: Format::OpenAiChat,
        path: "/v1/chat/completions",
    }],
    quirks: Quirks {
        stream_usage: StreamUsage::OnRequest,
        refuses: &["top_k"],
        renames: &[],
    },
};
