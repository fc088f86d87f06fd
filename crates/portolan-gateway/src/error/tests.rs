use portolan_llm::format::Format;

use super::{GatewayError, Kind};

/// `kong-core.md` 3.1: the exact bytes of Kong's template.
#[test]
fn kong_template_byte_for_byte() {
    let response =
        GatewayError::new(Kind::NoRoute, "").render(None, "5f6f2b7c0f2f1d0a9d3c5e1b7a8f9e01");
    assert_eq!(response.status(), 404);
    assert_eq!(
        response.body(),
        "{\n  \"message\":\"no Route matched with those values\",\n  \"request_id\":\"5f6f2b7c0f2f1d0a9d3c5e1b7a8f9e01\"\n}"
    );
    assert_eq!(
        response.headers()["content-type"],
        "application/json; charset=utf-8"
    );
}

/// OpenAI's error object and Kong's top-level message, side by side.
#[test]
fn an_ai_route_speaks_both() {
    let response = GatewayError::new(Kind::UpstreamTimeout, "openai/gpt-4o")
        .render(Some(Format::OpenAiChat), "0123");
    assert_eq!(response.status(), 504);
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "error": {
                "message": "The upstream server is timing out: openai/gpt-4o",
                "type": "server_error",
                "param": null,
                "code": "upstream_timeout",
            },
            "message": "The upstream server is timing out",
            "request_id": "0123",
        })
    );
}

#[test]
fn a_plugins_own_error_has_no_request_id() {
    let text = "cannot use own model - must be: gpt-4o";
    let response =
        GatewayError::new(Kind::BadRequest, text).render(Some(Format::OpenAiChat), "0123");
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["message"], text);
    assert_eq!(body["error"]["message"], text);
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert_eq!(body.get("request_id"), None);
}
