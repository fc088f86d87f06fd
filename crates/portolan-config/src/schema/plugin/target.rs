//! One upstream model: an item of `targets`, or the same fields under `config` itself.

use portolan_llm::{operation::Operation, provider};

use super::{auth::AUTH, options::OPTIONS};
use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::{
        field::{Field, Literal, Origin, Record},
        not_served::says_nothing,
    },
};

pub(crate) static TARGET: Record = Record::new("target", &[TARGET_FIELDS]).checked(check_alone);

pub(crate) static TARGET_FIELDS: &[Field] = &[
    Field::choice(
        "route_type",
        &[
            "audio/v1/audio/speech",
            "audio/v1/audio/transcriptions",
            "audio/v1/audio/translations",
            "image/v1/images/edits",
            "image/v1/images/generations",
            "llm/v1/assistants",
            "llm/v1/batches",
            "llm/v1/chat",
            "llm/v1/completions",
            "llm/v1/embeddings",
            "llm/v1/files",
            // Announced for 3.14.0.0; the published schemas lack it.
            "llm/v1/multimodal-embeddings",
            "llm/v1/responses",
            "preserve",
            "realtime/v1/realtime",
            "video/v1/videos/generations",
        ],
    )
    .required()
    .doc("The operation that clients ask for."),
    Field::record("model", &MODEL).required(),
    Field::record("auth", &AUTH).doc("The provider's credential."),
    Field::record("logging", &LOGGING).or(Literal::Nothing),
    Field::integer("weight", 1, 65_535)
        .or(Literal::Int(100))
        .doc("The target's share of requests; with `algorithm: priority` its rank."),
    Field::text("description")
        .doc("What `algorithm: semantic` compares prompts with; `CATCHALL` takes what nothing else matches."),
    Field::any("metadata"),
    Field::record("_portolan", &PORTOLAN)
        .of(Origin::Portolan)
        .doc("Portolan's own settings of this target; there are none yet."),
];

static PORTOLAN: Record = Record::new("target._portolan", &[&[]]);

pub(crate) static MODEL: Record = Record::new(
    "target.model",
    &[&[
        Field::choice(
            "provider",
            &[
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
        )
        .required()
        .doc("Vertex AI is `gemini` with `options.gemini`."),
        Field::text("name")
            .templated()
            .doc("The model asked for upstream, with templates; left out, the client's `model`."),
        Field::record("options", &OPTIONS),
        Field::text("model_alias").doc("What clients call this model."),
    ]],
)
.hinted(name_of_the_model);

fn name_of_the_model(written: &str) -> Option<String> {
    (written == "model").then(|| "the model's own name is called 'name'".to_owned())
}

static LOGGING: Record = Record::new(
    "target.logging",
    &[&[
        Field::flag("log_statistics", false).doc("Tokens and times in the access log."),
        Field::flag("log_payloads", false).doc("Requests and answers in the access log."),
    ]],
);

/// Which `genai_category` a `route_type` belongs to; none: to any.
pub(crate) fn category(route_type: &str) -> Option<&'static str> {
    Some(match route_type {
        "llm/v1/chat" | "llm/v1/completions" | "llm/v1/assistants" | "llm/v1/responses" => {
            "text/generation"
        }
        "llm/v1/embeddings" | "llm/v1/multimodal-embeddings" => "text/embeddings",
        "realtime/v1/realtime" => "realtime/generation",
        "audio/v1/audio/speech" => "audio/speech",
        "audio/v1/audio/transcriptions" | "audio/v1/audio/translations" => "audio/transcription",
        "image/v1/images/generations" | "image/v1/images/edits" => "image/generation",
        "video/v1/videos/generations" => "video/generation",
        _ => return None,
    })
}

/// Options that one provider's requests are made with; elsewhere they do nothing.
const READ_BY: [(&str, &[&str]); 12] = [
    ("anthropic_version", &["anthropic", "bedrock", "gemini"]),
    ("azure", &["azure"]),
    ("azure_api_version", &["azure"]),
    ("azure_deployment_id", &["azure"]),
    ("azure_instance", &["azure"]),
    ("bedrock", &["bedrock"]),
    ("cohere", &["cohere"]),
    ("dashscope", &["dashscope"]),
    ("databricks", &["databricks"]),
    ("huggingface", &["huggingface"]),
    ("llama2_format", &["llama2"]),
    ("mistral_format", &["mistral"]),
];

/// Rules of a target by itself.
fn check_alone(target: &Node, path: &Path<'_>, faults: &mut Faults) {
    let path_of_model = path.key("model");
    let path_of_options = path_of_model.key("options");
    let Some(provider_node) = target.at_path("model.provider") else {
        return;
    };
    let Some(name) = provider_node.as_str() else {
        return;
    };
    let options = target.at_path("model.options");
    let written = |field: &str| options.and_then(|options| options.given(field));
    if matches!(name, "llama2" | "ollama" | "vllm") && written("upstream_url").is_none() {
        faults.error(
            provider_node.at,
            path_of_options.key("upstream_url"),
            "must set 'model.options.upstream_url' for self-hosted providers/models",
        );
    }
    for (field, readers) in READ_BY {
        if let Some(option) = written(field)
            && !readers.contains(&name)
            && !OPTIONS.field(field).is_some_and(|field| {
                says_nothing(&field.kind, option)
                    || field.default.is_some_and(|default| default.is(option))
            })
        {
            faults.warn(
                option.at,
                path_of_options.key(field),
                format!(
                    "provider '{name}' does not read it, {} does",
                    readers.join(" or ")
                ),
            );
        }
    }
    if name == "gemini"
        && let Some(allowed) = target.at_path("auth.allow_override")
        && allowed.as_bool() == Some(true)
    {
        faults.error(
            allowed.at,
            path.key("auth").key("allow_override"),
            "gemini only supports auth.allow_override = false",
        );
    }
    let route_type = target.given("route_type").and_then(Node::as_str);
    if name == "bedrock"
        && route_type == Some("video/v1/videos/generations")
        && target
            .at_path("model.options.bedrock.video_output_s3_uri")
            .is_none()
    {
        faults.error(
            provider_node.at,
            path_of_options.key("bedrock").key("video_output_s3_uri"),
            "required field missing: Bedrock writes its videos there",
        );
    }
    let Some(provider) = provider::by_name(name) else {
        return;
    };
    for refused in provider.quirks.refuses {
        if let Some(option) = written(refused) {
            // A warning: Kong takes such a file, and leaves the field out too.
            faults.warn(
                option.at,
                path_of_options.key(refused),
                format!("provider '{name}' takes no {refused}: it is not sent"),
            );
        }
    }
    if let Some(operation) = route_type.and_then(Operation::from_route_type)
        && provider.endpoint(operation).is_none()
    {
        let message = format!(
            "provider '{name}' serves no {}",
            operation.spec().route_type
        );
        faults.error(target.at, path.key("route_type"), message);
    }
}

/// Rules between a target and the plugin around it; `target` may be that plugin's configuration itself.
pub(super) fn check_within(config: &Node, target: &Node, path: &Path<'_>, faults: &mut Faults) {
    if std::ptr::eq(config, target) {
        check_alone(target, path, faults);
    }
    let route_type = target.given("route_type").and_then(Node::as_str);
    if let Some(written) = config.given("genai_category").and_then(Node::as_str)
        && let Some(route_type) = route_type
        && let Some(own) = category(route_type)
        && super::enums::CATEGORIES.contains(&written)
        && own != written
        && let Some(node) = target.given("route_type")
    {
        faults.error(
            node.at,
            path.key("route_type"),
            format!(
                "'{route_type}' belongs to genai_category '{own}', the plugin's is '{written}'"
            ),
        );
    }
    let format = config.given("llm_format").and_then(Node::as_str);
    if let Some(format @ ("bedrock" | "cohere" | "gemini" | "huggingface")) = format
        && let Some(provider) = target.at_path("model.provider")
        && provider.as_str().is_some_and(|name| name != format)
    {
        faults.error(
            provider.at,
            path.key("model").key("provider"),
            format!(
                "native llm_format '{format}' can only be used with the '{format}' model.provider"
            ),
        );
    }
}
