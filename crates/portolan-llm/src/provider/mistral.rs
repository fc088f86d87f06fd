//! <https://docs.mistral.ai/api/endpoint/chat>

use super::{Endpoint, Provider, Quirks, StreamUsage};
use crate::{format::Format, operation::Operation};

pub(super) static PROVIDER: Provider = Provider {
    name: "mistral",
    origin: "https://api.mistral.ai",
    endpoints: &[Endpoint {
        operation: Operation::Chat,
        format: Format::OpenAiChat,
        path: "/v1/chat/completions",
    }],
    quirks: Quirks {
        // Its last chunk carries `usage` unasked; fields outside its documentation are answered 422.
        stream_usage: StreamUsage::Always,
        refuses: &["stream_options", "top_k"],
        renames: &[
            ("max_completion_tokens", "max_tokens"),
            ("seed", "random_seed"),
        ],
    },
};
