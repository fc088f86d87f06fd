//! `ai-semantic-cache`

use super::embeddings::EMBEDDINGS;
use super::enums::LLM_FORMATS;
use super::vectordb::VECTORDB;
use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "ai-semantic-cache",
    &[&[
        Field::flag("cache_control", false),
        Field::any_integer("cache_ttl").or(Literal::Int(300)),
        Field::record("embeddings", &EMBEDDINGS).required(),
        Field::flag("exact_caching", false),
        Field::flag("ignore_assistant_prompts", false),
        Field::flag("ignore_system_prompts", false),
        Field::flag("ignore_tool_prompts", false),
        Field::choice("llm_format", LLM_FORMATS).or(Literal::Text("openai")),
        Field::number("message_countback", 1.0, 1000.0).or(Literal::Number(1.0)),
        Field::flag("stop_on_failure", false),
        Field::record("vectordb", &VECTORDB).required(),
    ]],
);
