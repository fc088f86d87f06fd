//! One upstream model: an item of `targets`, or the same fields under `config` itself.

use portolan_llm::{
    operation::Operation,
    provider::{self, PROVIDERS},
};

use super::{
    field::{Enum, Field, Kind, Literal, Record, Slot, Text},
    options::OPTIONS,
};
use crate::{
    document::Node,
    fault::{Faults, Path},
};

pub(super) static TARGET: Record = Record {
    groups: &[TARGET_FIELDS],
    hint: None,
    check: Some(check),
};

pub(super) static TARGET_FIELDS: &[Field] = &[
    Field::new(
        "route_type",
        Kind::Enum(Enum {
            known: &[
                "llm/v1/chat",
                "llm/v1/completions",
                "llm/v1/embeddings",
                "llm/v1/multimodal-embeddings",
                "llm/v1/files",
                "llm/v1/batches",
                "llm/v1/assistants",
                "llm/v1/responses",
                "realtime/v1/realtime",
                "audio/v1/audio/speech",
                "audio/v1/audio/transcriptions",
                "audio/v1/audio/translations",
                "image/v1/images/generations",
                "image/v1/images/edits",
                "video/v1/videos/generations",
                "preserve",
            ],
            served: Some(is_operation),
        }),
    )
    .required(),
    Field::new("model", Kind::Record(&MODEL)).required(),
    Field::new("auth", Kind::Record(&AUTH)),
    Field::new("logging", Kind::Record(&LOGGING)),
    Field::integer("weight", 1, 65_535).or(Literal::Int(100)),
    Field::text("description", Text::PLAIN),
    Field::not_yet("metadata"),
    Field::not_yet("_portolan"),
];

static MODEL: Record = Record {
    groups: &[MODEL_FIELDS],
    hint: None,
    check: None,
};

static MODEL_FIELDS: &[Field] = &[
    Field::new(
        "provider",
        Kind::Enum(Enum {
            known: &[
                "anthropic",
                "azure",
                "bedrock",
                "cerebras",
                "cohere",
                "dashscope",
                "databricks",
                "deepseek",
                "gemini",
                "huggingface",
                "llama2",
                "mistral",
                "ollama",
                "openai",
                "vllm",
                "xai",
            ],
            served: Some(is_provider),
        }),
    )
    .required(),
    Field::text(
        "name",
        Text {
            templates: Slot::Served,
            ..Text::CONFIG
        },
    ),
    Field::new("options", Kind::Record(&OPTIONS)),
    Field::not_yet("model_alias"),
];

static LOGGING: Record = Record {
    groups: &[LOGGING_FIELDS],
    hint: None,
    check: None,
};

static LOGGING_FIELDS: &[Field] = &[
    Field::flag("log_statistics", false),
    Field::flag("log_payloads", false),
];

static AUTH: Record = Record {
    groups: &[AUTH_FIELDS],
    hint: None,
    check: Some(check_auth),
};

static AUTH_FIELDS: &[Field] = &[
    Field::text(
        "header_name",
        Text {
            references: Slot::NotYet,
            check: Some(header_name),
            ..Text::CONFIG
        },
    ),
    Field::text(
        "header_value",
        Text {
            references: Slot::Served,
            check: Some(header_value),
            ..Text::CONFIG
        },
    ),
    Field::flag("allow_override", false).only_default(),
    Field::flag("azure_use_managed_identity", false).only_default(),
    Field::flag("gcp_use_service_account", false).only_default(),
    Field::not_yet("param_name"),
    Field::not_yet("param_value"),
    Field::not_yet("param_location"),
    Field::not_yet("azure_client_id"),
    Field::not_yet("azure_client_secret"),
    Field::not_yet("azure_tenant_id"),
    Field::not_yet("aws_access_key_id"),
    Field::not_yet("aws_secret_access_key"),
    Field::not_yet("gcp_service_account_json"),
    Field::not_yet("gcp_oauth_token_url"),
    Field::not_yet("gcp_metadata_url"),
];

fn is_operation(route_type: &str) -> bool {
    Operation::from_route_type(route_type).is_some()
}

fn is_provider(name: &str) -> bool {
    PROVIDERS.iter().any(|provider| provider.name == name)
}

/// A field name of RFC 9110.
fn header_name(text: &str) -> Result<(), String> {
    // They frame the request, or name its connection: a credential there would break it.
    const FRAMING: [&str; 10] = [
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    if FRAMING.iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Err("this header frames the request: it cannot carry a credential".to_owned());
    }
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.bytes().all(token) {
        Ok(())
    } else {
        Err("not a header name: letters, digits and hyphens".to_owned())
    }
}

/// The message must not show the value.
fn header_value(text: &str) -> Result<(), String> {
    if text.chars().any(|char| char.is_control() && char != '\t') {
        Err("a control character in a header value".to_owned())
    } else {
        Ok(())
    }
}

fn check_auth(auth: &Node, path: &Path<'_>, faults: &mut Faults) {
    if auth.given("header_name").is_some() != auth.given("header_value").is_some() {
        faults.error(
            auth.at,
            path,
            "all or none of these fields must be set: 'auth.header_name', 'auth.header_value'",
        );
    }
}

/// Of a target, or of a configuration that holds a target's fields.
pub(super) fn check(target: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(model) = target.get("model") else {
        return;
    };
    let name = model.get("provider").and_then(Node::as_str);
    if let Some(options) = model.get("options")
        && let Some(format) = options.given("mistral_format")
        && name.is_some_and(|name| name != "mistral")
    {
        faults.error(
            format.at,
            path.key("model").key("options").key("mistral_format"),
            "only provider 'mistral' reads it",
        );
    }
    if let Some(provider) = name.and_then(provider::by_name)
        && let Some(options) = model.get("options")
    {
        for refused in provider.quirks.refuses {
            if let Some(option) = options.given(refused) {
                // A warning: Kong takes such a file, and leaves the field out too.
                let path = path.key("model");
                let path = path.key("options");
                faults.warn(
                    option.at,
                    path.key(refused),
                    format!(
                        "provider '{}' takes no {refused}: it is not sent",
                        provider.name
                    ),
                );
            }
        }
    }
    let route_type = target.get("route_type").and_then(Node::as_str);
    if let Some(provider) = name.and_then(provider::by_name)
        && let Some(operation) = route_type.and_then(Operation::from_route_type)
        && provider.endpoint(operation).is_none()
    {
        let message = format!(
            "provider '{}' serves no {}",
            provider.name,
            operation.spec().route_type
        );
        faults.error(target.at, path.key("route_type"), message);
    }
}
