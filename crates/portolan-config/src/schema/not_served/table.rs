//! THE table of what no code serves yet: entities, fields, values, plugins. What stands here is validated and resolved like
//! anything else. A row goes when code serves it.

use super::{Group, Row, What};
use crate::document::Node;

const fn field(record: &'static str, field: &'static str) -> Row {
    Row {
        record,
        field,
        what: What::Written,
    }
}

const fn value(record: &'static str, field: &'static str, value: &'static str) -> Row {
    Row {
        record,
        field,
        what: What::Value(value),
    }
}

const fn plugin(name: &'static str) -> Row {
    value("plugins", "name", name)
}

const fn route_type(name: &'static str) -> Row {
    value("target", "route_type", name)
}

const fn provider(name: &'static str) -> Row {
    value("target.model", "provider", name)
}

pub(super) static TABLE: &[Group] = &[
    Group {
        reason: "nothing identifies a consumer yet",
        rows: &[
            field("root", "consumers"),
            field("root", "consumer_groups"),
            field("root", "consumer_group_consumers"),
            field("root", "consumer_group_plugins"),
            field("root", "keyauth_credentials"),
            field("root", "basicauth_credentials"),
            field("root", "hmacauth_credentials"),
            field("root", "jwt_secrets"),
            field("root", "acls"),
            field("root", "oauth2_credentials"),
            field("root", "oauth2_tokens"),
            field("root", "oauth2_authorization_codes"),
            field("root", "key_sets"),
            field("root", "keys"),
            field("root", "sessions"),
            field("plugins", "consumer"),
            field("plugins", "consumer_group"),
        ],
    },
    Group {
        reason: "the listener has no TLS yet",
        rows: &[
            field("root", "certificates"),
            field("root", "snis"),
            field("routes", "snis"),
            field("routes", "https_redirect_status_code"),
            field("root", "acme_storage"),
            Row {
                record: "routes",
                field: "protocols",
                what: What::Where(https_alone),
            },
        ],
    },
    Group {
        reason: "upstreams are called with the platform's roots only",
        rows: &[
            field("root", "ca_certificates"),
            field("services", "ca_certificates"),
            field("services", "client_certificate"),
            field("services", "tls_sans"),
            field("services", "tls_verify"),
            field("services", "tls_verify_depth"),
        ],
    },
    Group {
        reason: "services are not proxied to yet: only AI proxies serve requests",
        rows: &[
            field("root", "upstreams"),
            field("root", "targets"),
            value("services", "protocol", "grpc"),
            value("services", "protocol", "grpcs"),
            value("services", "protocol", "tcp"),
            value("services", "protocol", "tls"),
            value("services", "protocol", "tls_passthrough"),
            value("services", "protocol", "udp"),
            value("services", "protocol", "ws"),
            value("services", "protocol", "wss"),
            Row {
                record: "services",
                field: "url",
                what: What::Where(other_protocol),
            },
            field("routes", "path_handling"),
            field("routes", "preserve_host"),
            field("routes", "request_buffering"),
            field("routes", "response_buffering"),
            field("routes", "strip_path"),
        ],
    },
    Group {
        reason: "the router matches methods and paths only so far",
        rows: &[
            field("routes", "destinations"),
            field("routes", "expression"),
            field("routes", "headers"),
            field("routes", "hosts"),
            field("routes", "priority"),
            field("routes", "regex_priority"),
            field("routes", "sources"),
        ],
    },
    Group {
        reason: "only HTTP/1.1 requests are accepted so far",
        rows: &[
            value("routes", "protocols", "grpc"),
            value("routes", "protocols", "grpcs"),
            value("routes", "protocols", "tcp"),
            value("routes", "protocols", "tls"),
            value("routes", "protocols", "tls_passthrough"),
            value("routes", "protocols", "udp"),
            value("routes", "protocols", "ws"),
            value("routes", "protocols", "wss"),
            Row {
                record: "plugins",
                field: "protocols",
                what: What::Where(no_http),
            },
        ],
    },
    Group {
        reason: "Portolan has no such part",
        rows: &[
            field("root", "_transform"),
            field("root", "cloned_plugins"),
            field("root", "clustering_data_planes"),
            field("root", "filter_chains"),
            field("root", "licenses"),
            field("root", "parameters"),
            field("root", "ratelimiting_metrics"),
            field("root", "rbac_roles"),
            field("root", "rbac_role_endpoints"),
            field("root", "rbac_role_entities"),
            field("root", "rbac_users"),
            field("root", "workspaces"),
            field("routes", "filter_chains"),
            field("services", "filter_chains"),
            field("plugins", "condition"),
        ],
    },
    Group {
        reason: "one plugin runs so far, so there is nothing to order",
        rows: &[field("plugins", "ordering")],
    },
    Group {
        reason: "Kong's defaults are in force but for route `protocols`, which follow Kong up to 3.13",
        rows: &[field("_portolan", "compat")],
    },
    Group {
        reason: "only the env vault is served so far",
        rows: &[
            value("vaults", "name", "aws"),
            value("vaults", "name", "azure"),
            value("vaults", "name", "conjur"),
            value("vaults", "name", "fs"),
            value("vaults", "name", "gcp"),
            value("vaults", "name", "hcv"),
            value("vaults", "name", "konnect"),
            field("vaults.env", "base64_decode"),
        ],
    },
    Group {
        reason: "the plugin is not written yet",
        rows: &[
            plugin("acl"),
            plugin("ai-prompt-decorator"),
            plugin("ai-prompt-guard"),
            plugin("ai-prompt-template"),
            plugin("ai-rate-limiting-advanced"),
            plugin("ai-request-transformer"),
            plugin("ai-response-transformer"),
            plugin("ai-semantic-cache"),
            plugin("ai-semantic-prompt-guard"),
            plugin("basic-auth"),
            plugin("correlation-id"),
            plugin("cors"),
            plugin("file-log"),
            plugin("http-log"),
            plugin("ip-restriction"),
            plugin("jwt"),
            plugin("key-auth"),
            plugin("opentelemetry"),
            plugin("prometheus"),
            plugin("rate-limiting"),
            plugin("request-size-limiting"),
            plugin("request-termination"),
            plugin("request-transformer"),
            plugin("response-transformer"),
        ],
    },
    Group {
        reason: "the plugin is not written yet, and its configuration is not checked",
        rows: &[
            plugin("ace"),
            plugin("acme"),
            plugin("ai-a2a-proxy"),
            plugin("ai-aws-guardrails"),
            plugin("ai-azure-content-safety"),
            plugin("ai-custom-guardrail"),
            plugin("ai-gcp-model-armor"),
            plugin("ai-lakera-guard"),
            plugin("ai-llm-as-judge"),
            plugin("ai-mcp-oauth2"),
            plugin("ai-mcp-proxy"),
            plugin("ai-prompt-compressor"),
            plugin("ai-rag-injector"),
            plugin("ai-sanitizer"),
            plugin("ai-semantic-response-guard"),
            plugin("app-dynamics"),
            plugin("aws-lambda"),
            plugin("azure-functions"),
            plugin("bot-detection"),
            plugin("canary"),
            plugin("confluent"),
            plugin("confluent-consume"),
            plugin("datadog"),
            plugin("datakit"),
            plugin("degraphql"),
            plugin("exit-transformer"),
            plugin("forward-proxy"),
            plugin("graphql-proxy-cache-advanced"),
            plugin("graphql-rate-limiting-advanced"),
            plugin("grpc-gateway"),
            plugin("grpc-web"),
            plugin("header-cert-auth"),
            plugin("hmac-auth"),
            plugin("injection-protection"),
            plugin("jq"),
            plugin("json-threat-protection"),
            plugin("jwe-decrypt"),
            plugin("jwt-signer"),
            plugin("kafka-consume"),
            plugin("kafka-log"),
            plugin("kafka-upstream"),
            plugin("key-auth-enc"),
            plugin("ldap-auth"),
            plugin("ldap-auth-advanced"),
            plugin("loggly"),
            plugin("metering-and-billing"),
            plugin("mocking"),
            plugin("mtls-auth"),
            plugin("oas-validation"),
            plugin("oauth2"),
            plugin("oauth2-introspection"),
            plugin("opa"),
            plugin("openid-connect"),
            plugin("post-function"),
            plugin("pre-function"),
            plugin("proxy-cache"),
            plugin("proxy-cache-advanced"),
            plugin("rate-limiting-advanced"),
            plugin("redirect"),
            plugin("request-callout"),
            plugin("request-transformer-advanced"),
            plugin("request-validator"),
            plugin("response-ratelimiting"),
            plugin("response-transformer-advanced"),
            plugin("route-by-header"),
            plugin("route-transformer-advanced"),
            plugin("saml"),
            plugin("service-protection"),
            plugin("session"),
            plugin("standard-webhooks"),
            plugin("statsd"),
            plugin("statsd-advanced"),
            plugin("syslog"),
            plugin("tcp-log"),
            plugin("tls-handshake-modifier"),
            plugin("tls-metadata-headers"),
            plugin("udp-log"),
            plugin("upstream-oauth"),
            plugin("upstream-timeout"),
            plugin("vault-auth"),
            plugin("websocket-size-limit"),
            plugin("websocket-validator"),
            plugin("xml-threat-protection"),
            plugin("zipkin"),
        ],
    },
    Group {
        reason: "the operation is not written yet",
        rows: &[
            route_type("audio/v1/audio/speech"),
            route_type("audio/v1/audio/transcriptions"),
            route_type("audio/v1/audio/translations"),
            route_type("image/v1/images/edits"),
            route_type("image/v1/images/generations"),
            route_type("llm/v1/assistants"),
            route_type("llm/v1/batches"),
            route_type("llm/v1/completions"),
            route_type("llm/v1/embeddings"),
            route_type("llm/v1/files"),
            route_type("llm/v1/multimodal-embeddings"),
            route_type("llm/v1/responses"),
            route_type("preserve"),
            route_type("realtime/v1/realtime"),
            route_type("video/v1/videos/generations"),
            field("ai-proxy", "genai_category"),
        ],
    },
    Group {
        reason: "the provider is not written yet",
        rows: &[
            provider("anthropic"),
            provider("azure"),
            provider("bedrock"),
            provider("cerebras"),
            provider("dashscope"),
            provider("databricks"),
            provider("deepseek"),
            provider("gemini"),
            provider("huggingface"),
            provider("llama2"),
            provider("ollama"),
            provider("vllm"),
            provider("xai"),
            field("options", "anthropic_version"),
            field("options", "azure_api_version"),
            field("ai-proxy", "azure_api_version"),
            field("options", "azure_deployment_id"),
            field("options", "azure_instance"),
            field("options", "azure"),
            field("options", "bedrock"),
            field("options", "dashscope"),
            field("options", "databricks"),
            field("options", "gemini"),
            field("options", "huggingface"),
            field("options", "llama2_format"),
            value("options", "mistral_format", "ollama"),
            field("auth", "aws_access_key_id"),
            field("auth", "aws_secret_access_key"),
            field("auth", "azure_client_id"),
            field("auth", "azure_client_secret"),
            field("auth", "azure_tenant_id"),
            field("auth", "azure_use_managed_identity"),
            field("auth", "gcp_metadata_url"),
            field("auth", "gcp_oauth_token_url"),
            field("auth", "gcp_service_account_json"),
            field("auth", "gcp_use_service_account"),
        ],
    },
    Group {
        reason: "embeddings are not written yet",
        rows: &[
            field("options", "cohere"),
            field("options", "embeddings_dimensions"),
            field("ai-proxy", "embeddings"),
            field("ai-proxy", "vectordb"),
        ],
    },
    Group {
        reason: "clients speak OpenAI's format so far",
        rows: &[field("ai-proxy", "llm_format")],
    },
    Group {
        reason: "a client's `stream` is always honoured so far",
        rows: &[
            field("ai-proxy", "response_streaming"),
            field("options", "response_streaming"),
        ],
    },
    Group {
        reason: "targets are not restricted or renamed yet",
        rows: &[
            field("ai-proxy", "acls"),
            field("target.model", "model_alias"),
            field("target", "metadata"),
        ],
    },
    Group {
        reason: "only weighted round-robin is written so far",
        rows: &[
            value("balancer", "algorithm", "consistent-hashing"),
            value("balancer", "algorithm", "least-connections"),
            value("balancer", "algorithm", "lowest-latency"),
            value("balancer", "algorithm", "lowest-usage"),
            value("balancer", "algorithm", "priority"),
            value("balancer", "algorithm", "semantic"),
            field("balancer", "hash_on_header"),
            field("balancer", "latency_strategy"),
            field("balancer", "slots"),
            field("balancer", "tokens_count_strategy"),
        ],
    },
    Group {
        reason: "the circuit breaker is not written yet",
        rows: &[
            field("balancer", "fail_timeout"),
            field("balancer", "max_fails"),
        ],
    },
    Group {
        reason: "costs are not counted yet",
        rows: &[
            field("options", "cache_read_cost"),
            field("options", "cache_write_cost"),
            field("options", "cache_write_cost_list"),
            field("options", "context_window_factor"),
            field("options", "input_cost"),
            field("options", "output_cost"),
            field("options", "service_tier_factor"),
        ],
    },
    Group {
        reason: "a credential goes into a header so far, and the client's own never does",
        rows: &[
            field("auth", "allow_override"),
            field("auth", "param_location"),
            field("auth", "param_name"),
            field("auth", "param_value"),
        ],
    },
    Group {
        reason: "the path of an `upstream_url` is used so far, and nothing behind it",
        rows: &[Row {
            record: "options",
            field: "upstream_url",
            what: What::Where(has_query),
        }],
    },
    Group {
        reason: "it is read with `preserve`, which is not written yet",
        rows: &[field("options", "upstream_path")],
    },
    Group {
        reason: "only `model.name` takes templates so far",
        rows: &[Row {
            record: "options",
            field: "*",
            what: What::Template,
        }],
    },
];

fn https_alone(protocols: &Node) -> bool {
    let has = |name: &str| {
        let mut items = protocols.items().iter();
        items.any(|item| item.as_str() == Some(name))
    };
    has("https") && !has("http")
}

/// Of a service: only `http` and `https` are read so far.
fn other_protocol(url: &Node) -> bool {
    url.as_str()
        .and_then(|url| url.split_once("://"))
        .is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https"))
}

fn has_query(url: &Node) -> bool {
    url.as_str().is_some_and(|url| url.contains('?'))
}

/// Of a plugin: none of those that a request can come by.
fn no_http(protocols: &Node) -> bool {
    !protocols.items().iter().any(|item| {
        let http = ["http", "https", "grpc", "grpcs", "ws", "wss"];
        item.as_str().is_some_and(|name| http.contains(&name))
    })
}
