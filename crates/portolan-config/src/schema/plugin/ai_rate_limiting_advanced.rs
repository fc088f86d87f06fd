//! `ai-rate-limiting-advanced`

use super::enums::{LIMIT_BY, LLM_FORMATS, MATCH_TYPES};
use super::redis::REDIS;
use crate::schema::field::{Field, Kind, Literal, Record, STRING, Spelling};

pub(crate) static CONFIG: Record = Record::new(
    "ai-rate-limiting-advanced",
    &[&[
        Field::text("custom_cost_count_function"),
        Field::flag("decrease_by_fractions_in_redis", false),
        Field::text("dictionary_name").or(Literal::Text("kong_rate_limiting_counters")),
        Field::flag("disable_penalty", false),
        Field::any_number("error_code").or(Literal::Number(429.0)),
        Field::flag("error_hide_providers", false),
        Field::text("error_message").or(Literal::Text(
            "AI token rate limit exceeded for provider(s): ",
        )),
        Field::text("header_name"),
        Field::flag("hide_client_headers", false),
        Field::choice("identifier", LIMIT_BY).or(Literal::Text("consumer")),
        Field::choice("llm_format", LLM_FORMATS),
        Field::list("llm_providers", &LLM_PROVIDERS_ITEM).spelled(Spelling::Deprecated("policies")),
        Field::text("namespace"),
        Field::text("path"),
        Field::list("policies", &POLICIES_ITEM),
        Field::record("redis", &REDIS),
        Field::text("request_prompt_count_function"),
        Field::any_number("retry_after_jitter_max").or(Literal::Number(0.0)),
        Field::choice("strategy", &["cluster", "local", "redis"]).or(Literal::Text("local")),
        Field::any_number("sync_rate"),
        Field::choice(
            "tokens_count_strategy",
            &["completion_tokens", "cost", "prompt_tokens", "total_tokens"],
        )
        .or(Literal::Text("total_tokens")),
        Field::choice("window_type", &["fixed", "sliding"]).or(Literal::Text("sliding")),
    ]],
);

static LLM_PROVIDERS: Record = Record::new(
    "ai-rate-limiting-advanced.llm_providers",
    &[&[
        Field::new("limit", Kind::Either(LIMITS_OR_ONE)).required(),
        Field::choice(
            "name",
            &[
                "anthropic",
                "azure",
                "bedrock",
                "cohere",
                "customCost",
                "gemini",
                "huggingface",
                "llama2",
                "mistral",
                "openai",
                "requestPrompt",
            ],
        )
        .required(),
        Field::new("window_size", Kind::Either(LIMITS_OR_ONE)).required(),
    ]],
);

static LIMITS: Record = Record::new(
    "ai-rate-limiting-advanced.policies.limits",
    &[&[
        Field::any_number("limit").required(),
        Field::choice(
            "tokens_count_strategy",
            &["completion_tokens", "cost", "prompt_tokens", "total_tokens"],
        )
        .or(Literal::Text("total_tokens")),
        Field::any_integer("window_size").required(),
    ]],
);

static MATCH: Record = Record::new(
    "ai-rate-limiting-advanced.policies.match",
    &[&[
        Field::text("key"),
        Field::flag("partition_by", false),
        Field::choice("type", MATCH_TYPES).required(),
        Field::list("values", &STRING),
    ]],
);

static POLICIES: Record = Record::new(
    "ai-rate-limiting-advanced.policies",
    &[&[
        Field::text("id"),
        Field::some("limits", &LIMITS_ITEM),
        Field::list("match", &MATCH_ITEM),
        Field::choice("window_type", &["fixed", "sliding"]).or(Literal::Text("sliding")),
    ]],
);

static LIMIT_ITEM: Kind = Kind::Number {
    min: f64::MIN,
    max: f64::MAX,
};
static LLM_PROVIDERS_ITEM: Kind = Kind::Record(&LLM_PROVIDERS);
static LIMITS_ITEM: Kind = Kind::Record(&LIMITS);
static MATCH_ITEM: Kind = Kind::Record(&MATCH);
static POLICIES_ITEM: Kind = Kind::Record(&POLICIES);
/// Before 3.10 a single number.
static LIMITS_OR_ONE: &[Kind] = &[
    Kind::List {
        item: &LIMIT_ITEM,
        min: 0,
        max: usize::MAX,
    },
    Kind::Number {
        min: f64::MIN,
        max: f64::MAX,
    },
];
