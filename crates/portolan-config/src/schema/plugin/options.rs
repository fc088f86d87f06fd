//! `options`

use crate::schema::field::{Field, Kind, Literal, Record};

pub(crate) static BEDROCK: Record = Record::new(
    "options.bedrock",
    &[&[
        Field::text("aws_assume_role_arn"),
        Field::text("aws_region"),
        Field::text("aws_role_session_name"),
        Field::text("aws_sts_endpoint_url"),
        Field::text("batch_bucket_prefix"),
        Field::text("batch_role_arn"),
        Field::flag("embeddings_normalize", false),
        Field::text("performance_config_latency"),
        Field::text("video_output_s3_uri"),
    ]],
);

pub(crate) static HUGGINGFACE: Record = Record::new(
    "options.huggingface",
    &[&[
        Field::boolean("use_cache"),
        Field::boolean("wait_for_model"),
    ]],
);

pub(crate) static OPTIONS: Record = Record::new(
    "options",
    &[&[
        Field::text("anthropic_version"),
        Field::text("azure_api_version").or(Literal::Text("2023-05-15")),
        Field::text("azure_deployment_id"),
        Field::text("azure_instance"),
        Field::record("bedrock", &BEDROCK),
        Field::any_number("cache_read_cost"),
        Field::any_number("cache_write_cost"),
        Field::list("cache_write_cost_list", &CACHE_WRITE_COST_LIST_ITEM),
        Field::record("cohere", &COHERE),
        Field::list("context_window_factor", &CONTEXT_WINDOW_FACTOR_ITEM),
        Field::record("dashscope", &DASHSCOPE),
        Field::record("databricks", &DATABRICKS),
        Field::any_integer("embeddings_dimensions"),
        Field::record("gemini", &GEMINI),
        Field::record("huggingface", &HUGGINGFACE),
        Field::any_number("input_cost"),
        Field::choice("llama2_format", &["ollama", "openai", "raw"]),
        Field::any_integer("max_tokens"),
        Field::choice("mistral_format", &["ollama", "openai"]),
        Field::any_number("output_cost"),
        Field::list("service_tier_factor", &SERVICE_TIER_FACTOR_ITEM),
        Field::number("temperature", 0.0, 5.0),
        Field::integer("top_k", 0, 500),
        Field::number("top_p", 0.0, 1.0),
        Field::text("upstream_path"),
        Field::text("upstream_url"),
    ]],
);

static CACHE_WRITE_COST_LIST: Record = Record::new(
    "options.cache_write_cost_list",
    &[&[
        Field::any_number("cost").required(),
        Field::text("ttl").required(),
    ]],
);

static COHERE: Record = Record::new(
    "options.cohere",
    &[&[
        Field::choice("embedding_input_type", &["classification", "clustering", "image", "search_document", "search_query"]).or(Literal::Text("classification")),
        Field::boolean("wait_for_model"),
    ]],
);

static CONTEXT_WINDOW_FACTOR: Record = Record::new(
    "options.context_window_factor",
    &[&[
        Field::text("above").required(),
        Field::any_number("input_factor").required(),
        Field::any_number("output_factor").required(),
    ]],
);

static DASHSCOPE: Record = Record::new(
    "options.dashscope",
    &[&[
        Field::flag("international", true),
    ]],
);

static DATABRICKS: Record = Record::new(
    "options.databricks",
    &[&[
        Field::text("workspace_instance_id"),
    ]],
);

static GEMINI: Record = Record::new(
    "options.gemini",
    &[&[
        Field::text("api_endpoint"),
        Field::text("endpoint_id"),
        Field::text("location_id"),
        Field::text("project_id"),
    ]],
);

static SERVICE_TIER_FACTOR: Record = Record::new(
    "options.service_tier_factor",
    &[&[
        Field::any_number("factor").required(),
        Field::text("tier").required(),
    ]],
);

static CACHE_WRITE_COST_LIST_ITEM: Kind = Kind::Record(&CACHE_WRITE_COST_LIST);
static CONTEXT_WINDOW_FACTOR_ITEM: Kind = Kind::Record(&CONTEXT_WINDOW_FACTOR);
static SERVICE_TIER_FACTOR_ITEM: Kind = Kind::Record(&SERVICE_TIER_FACTOR);
