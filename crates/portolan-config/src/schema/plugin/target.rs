//! `target`

use crate::schema::field::{Field, Literal, Record};
use super::auth::AUTH;
use super::options::OPTIONS;

pub(crate) static LOGGING: Record = Record::new(
    "target.logging",
    &[&[
        Field::flag("log_payloads", false),
        Field::flag("log_statistics", false),
    ]],
);

pub(crate) static MODEL: Record = Record::new(
    "target.model",
    &[&[
        Field::text("model_alias"),
        Field::text("name"),
        Field::record("options", &OPTIONS),
        Field::choice("provider", &["anthropic", "azure", "bedrock", "cerebras", "cohere", "dashscope", "databricks", "deepseek", "gemini", "huggingface", "llama2", "mistral", "ollama", "openai", "vllm", "xai"]).required(),
    ]],
);

pub(crate) static TARGET: Record = Record::new(
    "target",
    &[&[
        Field::record("auth", &AUTH),
        Field::text("description"),
        Field::record("logging", &LOGGING),
        Field::any("metadata"),
        Field::record("model", &MODEL).required(),
        Field::choice("route_type", &["audio/v1/audio/speech", "audio/v1/audio/transcriptions", "audio/v1/audio/translations", "image/v1/images/edits", "image/v1/images/generations", "llm/v1/assistants", "llm/v1/batches", "llm/v1/chat", "llm/v1/completions", "llm/v1/embeddings", "llm/v1/files", "llm/v1/responses", "preserve", "realtime/v1/realtime", "video/v1/videos/generations"]).required(),
        Field::integer("weight", 1, 65535).or(Literal::Int(100)),
    ]],
);



