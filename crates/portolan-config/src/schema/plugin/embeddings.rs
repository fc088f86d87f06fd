//! `embeddings`: the model that turns text into vectors.

use super::auth::AUTH;
use super::options::BEDROCK;
use super::options::HUGGINGFACE;
use crate::schema::field::{Field, Literal, Record, Spelling};

pub(crate) static EMBEDDINGS: Record = Record::new(
    "embeddings",
    &[&[
        Field::record("auth", &AUTH),
        Field::record("model", &MODEL).required(),
    ]],
);

static AZURE: Record = Record::new(
    "embeddings.model.options.azure",
    &[&[
        Field::text("api_version").or(Literal::Text("2023-05-15")),
        Field::text("deployment_id"),
        Field::text("instance"),
    ]],
);

static GEMINI: Record = Record::new(
    "embeddings.model.options.gemini",
    &[&[
        Field::text("api_endpoint"),
        Field::text("location_id"),
        Field::text("project_id"),
    ]],
);

static OPTIONS: Record = Record::new(
    "embeddings.model.options",
    &[&[
        Field::record("azure", &AZURE),
        Field::text("azure_instance").spelled(Spelling::Alias("azure.instance")),
        Field::text("azure_deployment_id").spelled(Spelling::Alias("azure.deployment_id")),
        Field::text("azure_api_version").spelled(Spelling::Alias("azure.api_version")),
        Field::record("bedrock", &BEDROCK),
        Field::record("gemini", &GEMINI),
        Field::record("huggingface", &HUGGINGFACE),
        Field::text("upstream_url"),
    ]],
);

static MODEL: Record = Record::new(
    "embeddings.model",
    &[&[
        Field::text("name").required(),
        Field::record("options", &OPTIONS),
        Field::choice(
            "provider",
            &[
                "azure",
                "bedrock",
                "gemini",
                "huggingface",
                "mistral",
                "ollama",
                "openai",
            ],
        )
        .required(),
    ]],
);
