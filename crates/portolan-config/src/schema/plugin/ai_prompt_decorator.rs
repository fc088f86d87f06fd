//! `ai-prompt-decorator`

use super::enums::LLM_FORMATS;
use crate::schema::field::{Field, Kind, Literal, Record, Text};

pub(crate) static CONFIG: Record = Record::new(
    "ai-prompt-decorator",
    &[&[
        Field::choice("llm_format", LLM_FORMATS).or(Literal::Text("openai")),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::record("prompts", &PROMPTS),
    ]],
);

static APPEND: Record = Record::new(
    "ai-prompt-decorator.prompts.append",
    &[&[
        Field::new("content", Kind::Text(Text::PLAIN.at_most(100000))).required(),
        Field::choice("role", &["assistant", "system", "user"]).or(Literal::Text("system")),
    ]],
);

static PROMPTS: Record = Record::new(
    "ai-prompt-decorator.prompts",
    &[&[
        Field::new(
            "append",
            Kind::List {
                item: &APPEND_ITEM,
                min: 0,
                max: 15,
            },
        ),
        Field::new(
            "prepend",
            Kind::List {
                item: &APPEND_ITEM,
                min: 0,
                max: 15,
            },
        ),
    ]],
);

static APPEND_ITEM: Kind = Kind::Record(&APPEND);
