//! `ai-response-transformer`

use super::target::TARGET;
use crate::schema::field::{Field, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "ai-response-transformer",
    &[&[
        Field::text("http_proxy_host"),
        Field::integer("http_proxy_port", 0, 65535),
        Field::any_integer("http_timeout").or(Literal::Int(60000)),
        Field::text("https_proxy_host"),
        Field::integer("https_proxy_port", 0, 65535),
        Field::flag("https_verify", true),
        Field::record("llm", &TARGET).required(),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::flag("parse_llm_response_json_instructions", false),
        Field::text("prompt").required(),
        Field::text("transformation_extract_pattern"),
    ]],
);
