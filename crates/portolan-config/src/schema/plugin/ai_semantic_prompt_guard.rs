//! `ai-semantic-prompt-guard`

use super::embeddings::EMBEDDINGS;
use super::enums::{CATEGORIES, LLM_FORMATS};
use super::vectordb::VECTORDB;
use crate::schema::field::{Field, Kind, Literal, Record, Spelling, Text};

pub(crate) static CONFIG: Record = Record::new(
    "ai-semantic-prompt-guard",
    &[&[
        Field::record("embeddings", &EMBEDDINGS).required(),
        Field::choice("genai_category", CATEGORIES).or(Literal::Text("text/generation")),
        Field::choice("llm_format", LLM_FORMATS).or(Literal::Text("openai")),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::record("rules", &RULES),
        Field::record("search", &SEARCH),
        Field::record("vectordb", &VECTORDB).required(),
    ]],
);

static RULES: Record = Record::new(
    "ai-semantic-prompt-guard.rules",
    &[&[
        Field::new(
            "allow_prompts",
            Kind::List {
                item: &ALLOW_PROMPTS_ITEM,
                min: 0,
                max: 100,
            },
        ),
        Field::new(
            "deny_prompts",
            Kind::List {
                item: &ALLOW_PROMPTS_ITEM,
                min: 0,
                max: 100,
            },
        ),
        Field::flag("match_all_conversation_history", false),
        Field::flag("match_all_roles", false),
        Field::any_integer("max_request_body_size")
            .spelled(Spelling::Deprecated("config.max_request_body_size")),
    ]],
);

static SEARCH: Record = Record::new(
    "ai-semantic-prompt-guard.search",
    &[&[Field::any_number("threshold").or(Literal::Number(0.5))]],
);

static ALLOW_PROMPTS_ITEM: Kind = Kind::Text(Text::PLAIN.at_most(500));
