//! `model.options`

use super::field::{Enum, Field, Kind, Literal, Record, Text};
use crate::url;

pub(super) static OPTIONS: Record = Record {
    groups: &[FIELDS, NOT_YET],
    hint: Some(hint),
    check: None,
};

static FIELDS: &[Field] = &[
    Field::integer("max_tokens", i64::MIN, i64::MAX),
    Field::new("temperature", Kind::Number { min: 0.0, max: 5.0 }),
    Field::new("top_p", Kind::Number { min: 0.0, max: 1.0 }),
    Field::integer("top_k", 0, 500),
    Field::text(
        "upstream_url",
        Text {
            check: Some(upstream_url),
            ..Text::CONFIG
        },
    ),
    Field::new(
        "mistral_format",
        Kind::Enum(Enum {
            known: &["ollama", "openai"],
            served: Some(is_openai),
        }),
    ),
    Field::text("azure_api_version", Text::CONFIG)
        .or(Literal::Text("2023-05-15"))
        .only_default(),
];

static NOT_YET: &[Field] = &[
    Field::not_yet("anthropic_version"),
    Field::not_yet("azure"),
    Field::not_yet("azure_deployment_id"),
    Field::not_yet("azure_instance"),
    Field::not_yet("bedrock"),
    Field::not_yet("cache_read_cost"),
    Field::not_yet("cache_write_cost"),
    Field::not_yet("cache_write_cost_list"),
    Field::not_yet("cohere"),
    Field::not_yet("context_window_factor"),
    Field::not_yet("dashscope"),
    Field::not_yet("databricks"),
    Field::not_yet("embeddings_dimensions"),
    Field::not_yet("gemini"),
    Field::not_yet("huggingface"),
    Field::not_yet("input_cost"),
    Field::not_yet("llama2_format"),
    Field::not_yet("output_cost"),
    Field::not_yet("service_tier_factor"),
    Field::not_yet("upstream_path"),
];

fn is_openai(format: &str) -> bool {
    format == "openai"
}

fn upstream_url(text: &str) -> Result<(), String> {
    url::parse(text).map(drop)
}

/// Where Kong 3.7 had it.
fn hint(written: &str) -> Option<String> {
    (written == "response_streaming")
        .then(|| "`response_streaming` stands under `config` since Kong 3.8".to_owned())
}
