//! `ai-proxy`

use crate::schema::field::{Field, Literal, Record};
use super::auth::AUTH;
use super::target::LOGGING;
use super::target::MODEL;

pub(crate) static CONFIG: Record = Record::new(
    "ai-proxy",
    &[&[
        Field::record("auth", &AUTH),
        Field::choice("genai_category", &["audio/speech", "audio/transcription", "image/generation", "text/embeddings", "text/generation", "video/generation"]).or(Literal::Text("text/generation")),
        Field::choice("llm_format", &["anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai"]).or(Literal::Text("openai")),
        Field::record("logging", &LOGGING),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::record("model", &MODEL).required(),
        Field::flag("model_name_header", true),
        Field::choice("response_streaming", &["allow", "always", "deny"]).or(Literal::Text("allow")),
        Field::choice("route_type", &["audio/v1/audio/speech", "audio/v1/audio/transcriptions", "audio/v1/audio/translations", "image/v1/images/edits", "image/v1/images/generations", "llm/v1/assistants", "llm/v1/batches", "llm/v1/chat", "llm/v1/completions", "llm/v1/embeddings", "llm/v1/files", "llm/v1/responses", "preserve", "realtime/v1/realtime", "video/v1/videos/generations"]).required(),
    ]],
);



