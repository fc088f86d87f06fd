//! `ai-proxy-advanced`

use crate::schema::field::{Field, Kind, Literal, Record, STRING};
use super::embeddings::EMBEDDINGS;
use super::target::TARGET;
use super::vectordb::VECTORDB;

pub(crate) static CONFIG: Record = Record::new(
    "ai-proxy-advanced",
    &[&[
        Field::record("acls", &ACLS),
        Field::record("balancer", &BALANCER),
        Field::record("embeddings", &EMBEDDINGS),
        Field::choice("genai_category", &["audio/speech", "audio/transcription", "image/generation", "realtime/generation", "text/embeddings", "text/generation", "video/generation"]).or(Literal::Text("text/generation")),
        Field::choice("llm_format", &["anthropic", "bedrock", "cohere", "gemini", "huggingface", "openai"]).or(Literal::Text("openai")),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::flag("model_name_header", true),
        Field::choice("response_streaming", &["allow", "always", "deny"]).or(Literal::Text("allow")),
        Field::list("targets", &TARGETS_ITEM).required(),
        Field::record("vectordb", &VECTORDB),
    ]],
);

static MATCH: Record = Record::new(
    "ai-proxy-advanced.acls.allow.match",
    &[&[
        Field::text("key"),
        Field::choice("type", &["consumer", "consumer_group", "header", "ip", "model", "path", "provider"]).required(),
        Field::some("values", &STRING).required(),
    ]],
);

static ALLOW: Record = Record::new(
    "ai-proxy-advanced.acls.allow",
    &[&[
        Field::some("match", &MATCH_ITEM).required(),
    ]],
);

static ACLS: Record = Record::new(
    "ai-proxy-advanced.acls",
    &[&[
        Field::some("allow", &ALLOW_ITEM),
        Field::some("deny", &ALLOW_ITEM),
    ]],
);

static BALANCER: Record = Record::new(
    "ai-proxy-advanced.balancer",
    &[&[
        Field::choice("algorithm", &["consistent-hashing", "least-connections", "lowest-latency", "lowest-usage", "priority", "round-robin", "semantic"]).or(Literal::Text("round-robin")),
        Field::timeout("connect_timeout", 60000),
        Field::timeout("fail_timeout", 10000),
        Field::list("failover_criteria", &FAILOVER_CRITERIA_ITEM).or(Literal::Texts(&["error", "timeout"])),
        Field::text("hash_on_header").or(Literal::Text("X-Kong-LLM-Request-ID")),
        Field::choice("latency_strategy", &["e2e", "tpot"]).or(Literal::Text("tpot")),
        Field::integer("max_fails", 0, 32767).or(Literal::Int(0)),
        Field::timeout("read_timeout", 60000),
        Field::integer("retries", 0, 32767).or(Literal::Int(5)),
        Field::integer("slots", 10, 65536).or(Literal::Int(10000)),
        Field::choice("tokens_count_strategy", &["completion-tokens", "cost", "llm-accuracy", "prompt-tokens", "total-tokens"]).or(Literal::Text("total-tokens")),
        Field::timeout("write_timeout", 60000),
    ]],
);

static MATCH_ITEM: Kind = Kind::Record(&MATCH);
static ALLOW_ITEM: Kind = Kind::Record(&ALLOW);
static FAILOVER_CRITERIA_ITEM: Kind = Kind::Enum(&["error", "http_403", "http_404", "http_429", "http_500", "http_502", "http_503", "http_504", "invalid_header", "non_idempotent", "timeout"]);
static TARGETS_ITEM: Kind = Kind::Record(&TARGET);
