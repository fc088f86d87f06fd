//! The configuration of `ai-proxy` and `ai-proxy-advanced`: under either name a list of `targets`,
//! or one target's fields beside the plugin's own.

use super::{
    field::{Enum, Field, Kind, Literal, Record, Text},
    target::{self, TARGET, TARGET_FIELDS},
};
use crate::document::Node;

static ADVANCED_TARGETS: Record = Record {
    groups: &[COMMON, ADVANCED_ONLY, TARGETS],
    hint: Some(beside_targets),
    check: None,
};

static ADVANCED_FLAT: Record = Record {
    groups: &[COMMON, ADVANCED_ONLY, TARGET_FIELDS],
    hint: None,
    check: Some(target::check),
};

static PROXY_TARGETS: Record = Record {
    groups: &[COMMON, TARGETS],
    hint: Some(proxy_or_beside_targets),
    check: None,
};

static PROXY_FLAT: Record = Record {
    groups: &[COMMON, TARGET_FIELDS],
    hint: Some(advanced_only),
    check: Some(target::check),
};

static COMMON: &[Field] = &[
    Field::integer("max_request_body_size", 0, i64::MAX).or(Literal::Int(1_048_576)),
    Field::flag("model_name_header", true),
    Field::choice("response_streaming", &["allow", "always", "deny"])
        .or(Literal::Text("allow"))
        .only_default(),
    Field::choice(
        "llm_format",
        &[
            "anthropic",
            "bedrock",
            "cohere",
            "gemini",
            "huggingface",
            "openai",
        ],
    )
    .or(Literal::Text("openai"))
    .only_default(),
    Field::choice(
        "genai_category",
        &[
            "audio/speech",
            "audio/transcription",
            "image/generation",
            "realtime/generation",
            "text/embeddings",
            "text/generation",
            "video/generation",
        ],
    )
    .or(Literal::Text("text/generation"))
    .only_default(),
    Field::not_yet("_portolan"),
];

static ADVANCED_ONLY: &[Field] = &[
    Field::new("balancer", Kind::Record(&BALANCER)),
    Field::not_yet("embeddings"),
    Field::not_yet("vectordb"),
    Field::not_yet("acls"),
];

static TARGETS: &[Field] = &[Field::new(
    "targets",
    Kind::List {
        item: &TARGET_KIND,
        min: 1,
    },
)
.required()];

static TARGET_KIND: Kind = Kind::Record(&TARGET);

pub(crate) static BALANCER: Record = Record {
    groups: &[BALANCER_FIELDS],
    hint: None,
    check: None,
};

static BALANCER_FIELDS: &[Field] = &[
    Field::choice(
        "algorithm",
        &[
            "consistent-hashing",
            "least-connections",
            "lowest-latency",
            "lowest-usage",
            "priority",
            "round-robin",
            "semantic",
        ],
    )
    .or(Literal::Text("round-robin"))
    .only_default(),
    Field::integer("retries", 0, 32_767).or(Literal::Int(5)),
    Field::new(
        "failover_criteria",
        Kind::List {
            item: &CRITERION,
            min: 0,
        },
    )
    .or(Literal::Texts(&["error", "timeout"])),
    Field::timeout("connect_timeout", 60_000),
    Field::timeout("write_timeout", 60_000),
    Field::timeout("read_timeout", 60_000),
    Field::integer("max_fails", 0, 32_767)
        .or(Literal::Int(0))
        .only_default(),
    Field::timeout("fail_timeout", 10_000).only_default(),
    Field::integer("slots", 10, 65_536)
        .or(Literal::Int(10_000))
        .only_default(),
    Field::text("hash_on_header", Text::CONFIG)
        .or(Literal::Text("X-Kong-LLM-Request-ID"))
        .only_default(),
    Field::choice("latency_strategy", &["e2e", "tpot"])
        .or(Literal::Text("tpot"))
        .only_default(),
    Field::choice(
        "tokens_count_strategy",
        &[
            "completion-tokens",
            "cost",
            "llm-accuracy",
            "prompt-tokens",
            "total-tokens",
        ],
    )
    .or(Literal::Text("total-tokens"))
    .only_default(),
];

static CRITERION: Kind = Kind::Enum(Enum {
    known: &[
        "error",
        "http_403",
        "http_404",
        "http_429",
        "http_500",
        "http_502",
        "http_503",
        "http_504",
        "invalid_header",
        "non_idempotent",
        "timeout",
    ],
    served: None,
});

/// The table that a plugin's name and spelling choose.
pub(super) fn config(name: &str, config: Option<&Node>) -> Option<&'static Record> {
    let written = |name: &str| config.is_some_and(|config| config.get(name).is_some());
    let flat = || TARGET_FIELDS.iter().any(|field| written(field.name));
    match name {
        "ai-proxy" if written("targets") => Some(&PROXY_TARGETS),
        "ai-proxy" => Some(&PROXY_FLAT),
        "ai-proxy-advanced" if !written("targets") && flat() => Some(&ADVANCED_FLAT),
        "ai-proxy-advanced" => Some(&ADVANCED_TARGETS),
        _ => None,
    }
}

fn beside_targets(written: &str) -> Option<String> {
    TARGET_FIELDS
        .iter()
        .any(|field| field.name == written)
        .then(|| format!("`{written}` stands beside `targets`: put it into each target, or leave `targets` out"))
}

fn advanced_only(written: &str) -> Option<String> {
    ADVANCED_ONLY
        .iter()
        .any(|field| field.name == written)
        .then(|| format!("ai-proxy has no `{written}`, ai-proxy-advanced has"))
}

fn proxy_or_beside_targets(written: &str) -> Option<String> {
    advanced_only(written).or_else(|| beside_targets(written))
}
