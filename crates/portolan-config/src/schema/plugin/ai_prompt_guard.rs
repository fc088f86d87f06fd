//! `ai-prompt-guard`

use super::enums::{CATEGORIES, LLM_FORMATS};
use crate::schema::field::{Field, Kind, Literal, Record, Text};

pub(crate) static CONFIG: Record = Record::new(
    "ai-prompt-guard",
    &[&[
        Field::flag("allow_all_conversation_history", false),
        Field::new(
            "allow_patterns",
            Kind::List {
                item: &ALLOW_PATTERNS_ITEM,
                min: 0,
                max: 10,
            },
        ),
        Field::new(
            "deny_patterns",
            Kind::List {
                item: &ALLOW_PATTERNS_ITEM,
                min: 0,
                max: 10,
            },
        ),
        Field::choice("genai_category", CATEGORIES).or(Literal::Text("text/generation")),
        Field::choice("llm_format", LLM_FORMATS).or(Literal::Text("openai")),
        Field::flag("match_all_roles", false),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
    ]],
);

static ALLOW_PATTERNS_ITEM: Kind = Kind::Text(Text::PLAIN.at_most(500));
