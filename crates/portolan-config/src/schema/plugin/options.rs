//! `model.options` of a target.

use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Field, Kind, Literal, Record, Spelling},
    url,
};

pub(crate) static OPTIONS: Record =
    Record::new("options", &[COMMON, COSTS, BY_PROVIDER, OLDER]).checked(check);

static COMMON: &[Field] = &[
    Field::any_integer("max_tokens")
        .templated()
        .doc("Used where the client says nothing."),
    Field::number("temperature", 0.0, 5.0)
        .templated()
        .doc("Used where the client says nothing."),
    Field::number("top_p", 0.0, 1.0)
        .templated()
        .doc("Used where the client says nothing."),
    Field::integer("top_k", 0, 500)
        .templated()
        .doc("Used where the client says nothing."),
    Field::checked("upstream_url", upstream_url)
        .templated()
        .doc("Called instead of the provider's own URL: absolute, http or https."),
    Field::any_integer("embeddings_dimensions")
        .templated()
        .doc("The length of the vectors asked for."),
];

static COSTS: &[Field] = &[
    Field::any_number("input_cost").doc("For a million prompt tokens."),
    Field::any_number("output_cost").doc("For a million completion tokens."),
    Field::any_number("cache_read_cost")
        .doc("For a million prompt tokens that the provider's cache had."),
    Field::any_number("cache_write_cost")
        .doc("For a million prompt tokens put into the provider's cache."),
    Field::list("cache_write_cost_list", &CACHE_WRITE_COST_ITEM)
        .doc("The same for entries of one lifetime."),
    Field::list("context_window_factor", &CONTEXT_WINDOW_FACTOR_ITEM)
        .doc("Dearer tokens beyond a length of the prompt."),
    Field::list("service_tier_factor", &SERVICE_TIER_FACTOR_ITEM)
        .doc("The price of a service tier; 1 where none matches."),
];

static BY_PROVIDER: &[Field] = &[
    Field::text("anthropic_version").templated(),
    Field::text("azure_instance")
        .templated()
        .doc("The resource: the first label of `openai.azure.com`."),
    Field::text("azure_deployment_id").templated(),
    Field::text("azure_api_version")
        .templated()
        .or(Literal::Text("2023-05-15")),
    Field::record("azure", &AZURE)
        .spelled(Spelling::Nest("azure_"))
        .doc("`azure.instance` is `azure_instance`, and so on."),
    Field::record("bedrock", &BEDROCK),
    Field::record("cohere", &COHERE),
    Field::record("dashscope", &DASHSCOPE),
    Field::record("databricks", &DATABRICKS),
    Field::record("gemini", &GEMINI).doc("With these set, the provider is Vertex AI."),
    Field::record("huggingface", &HUGGINGFACE),
    Field::choice("llama2_format", &["ollama", "openai", "raw"]).templated(),
    Field::choice("mistral_format", &["ollama", "openai"]).templated(),
];

static OLDER: &[Field] = &[
    Field::text("upstream_path")
        .templated()
        .spelled(Spelling::Deprecated("upstream_url"))
        .doc("The path called instead of the operation's own."),
    // Where Kong 3.7 had it.
    Field::choice("response_streaming", &["allow", "always", "deny"])
        .spelled(Spelling::Deprecated("config.response_streaming")),
];

static AZURE: Record = Record::new(
    "options.azure",
    &[&[
        Field::text("instance").templated(),
        Field::text("deployment_id").templated(),
        Field::text("api_version").templated(),
    ]],
);

pub(crate) static BEDROCK: Record = Record::new(
    "options.bedrock",
    &[&[
        Field::text("aws_region").templated(),
        Field::text("aws_assume_role_arn").templated(),
        Field::text("aws_role_session_name").templated(),
        Field::text("aws_sts_endpoint_url").templated(),
        Field::text("batch_bucket_prefix").templated(),
        Field::text("batch_role_arn").templated(),
        Field::flag("embeddings_normalize", false),
        Field::text("performance_config_latency").templated(),
        Field::text("video_output_s3_uri").templated(),
    ]],
);

static COHERE: Record = Record::new(
    "options.cohere",
    &[&[
        Field::choice(
            "embedding_input_type",
            &[
                "classification",
                "clustering",
                "image",
                "search_document",
                "search_query",
            ],
        )
        .or(Literal::Text("classification")),
        Field::boolean("wait_for_model"),
    ]],
);

static DASHSCOPE: Record = Record::new(
    "options.dashscope",
    &[&[Field::flag("international", true)
        .doc("Whether the international host is called, or the one of mainland China.")]],
);

static DATABRICKS: Record = Record::new(
    "options.databricks",
    &[&[Field::text("workspace_instance_id").templated()]],
);

static GEMINI: Record = Record::new(
    "options.gemini",
    &[&[
        Field::text("api_endpoint").templated().doc("A host name."),
        Field::text("project_id").templated(),
        Field::text("location_id").templated(),
        Field::text("endpoint_id")
            .templated()
            .doc("An endpoint of the Model Garden."),
    ]],
);

pub(crate) static HUGGINGFACE: Record = Record::new(
    "options.huggingface",
    &[&[
        Field::boolean("use_cache"),
        Field::boolean("wait_for_model"),
    ]],
);

static CACHE_WRITE_COST_ITEM: Kind = Kind::Record(&CACHE_WRITE_COST);
static CACHE_WRITE_COST: Record = Record::new(
    "options.cache_write_cost_list",
    &[&[
        Field::text("ttl")
            .required()
            .doc("As the provider spells it: `5m`, `1h`."),
        Field::any_number("cost").required(),
    ]],
);

static CONTEXT_WINDOW_FACTOR_ITEM: Kind = Kind::Record(&CONTEXT_WINDOW_FACTOR);
static CONTEXT_WINDOW_FACTOR: Record = Record::new(
    "options.context_window_factor",
    &[&[
        Field::text("above")
            .required()
            .doc("Prompt tokens, written as a string."),
        Field::any_number("input_factor").required(),
        Field::any_number("output_factor").required(),
    ]],
);

static SERVICE_TIER_FACTOR_ITEM: Kind = Kind::Record(&SERVICE_TIER_FACTOR);
static SERVICE_TIER_FACTOR: Record = Record::new(
    "options.service_tier_factor",
    &[&[
        Field::text("tier").required(),
        Field::any_number("factor").required(),
    ]],
);

fn upstream_url(text: &str) -> Result<(), String> {
    let (before, _query) = text.split_once('?').unwrap_or((text, ""));
    url::parse(before).map(drop)
}

/// Fields whose value becomes a label of a host that the provider shares among its customers.
const TENANTS: [&str; 7] = [
    "azure_instance",
    "azure.instance",
    "bedrock.aws_region",
    "databricks.workspace_instance_id",
    "gemini.api_endpoint",
    "gemini.location_id",
    "bedrock.aws_sts_endpoint_url",
];

fn check(options: &Node, path: &Path<'_>, faults: &mut Faults) {
    for field in TENANTS {
        if let Some(label) = options.at_path(field)
            && label.as_str().is_some_and(|text| text.contains("$("))
        {
            faults.risk(
                label.at,
                path.key(field),
                "the client chooses this part of the provider's host, so the credential can reach a tenant of the client's choice: fix it in the file, or let one target stand for each",
            );
        }
    }
    if let Some(url) = options.given("upstream_url")
        && let Some(text) = url.as_str()
        && let Some(template) = text.find("$(")
        && !authority_ends_before(text, template)
    {
        faults.error(
            url.at,
            path.key("upstream_url"),
            "a template in the scheme, host or port: a client may choose the path only",
        );
    }
}

fn authority_ends_before(url: &str, place: usize) -> bool {
    url.find("://")
        .and_then(|scheme| Some(scheme + 3 + url.get(scheme + 3..)?.find('/')?))
        .is_some_and(|end| end < place)
}
