use http::{HeaderValue, StatusCode};
use portolan_llm::format::Format;
use serde_json::{Value, json};

use super::{GatewayError, Kind, Media, Style, Told};

const ID: &str = "5f6f2b7c0f2f1d0a9d3c5e1b7a8f9e01";

fn told<'r>(accept: Option<&'r HeaderValue>, content_type: Option<&'r HeaderValue>) -> Told<'r> {
    Told {
        dialect: None,
        accept,
        content_type,
        id: ID,
    }
}

/// `kong-core.md` 3.3 and 3.4: status and text; whether it is nginx's own (N). Ours: overloaded.
const KONGS: [(Kind, u16, &str, bool); 17] = [
    (
        Kind::NoRoute,
        404,
        "no Route matched with those values",
        false,
    ),
    (
        Kind::NoService,
        503,
        "no Service found with those values",
        false,
    ),
    (
        Kind::NoPeer,
        503,
        "failure to get a peer from the ring-balancer",
        false,
    ),
    (Kind::NameResolution, 503, "name resolution failed", false),
    (Kind::HttpsRequired, 426, "Please use HTTPS protocol", false),
    (Kind::Internal, 500, "An unexpected error occurred", false),
    (
        Kind::Overloaded,
        503,
        "The gateway is overloaded; try again later",
        false,
    ),
    (Kind::Malformed, 400, "Bad request", true),
    (Kind::MethodNotAllowed, 405, "Method not allowed", true),
    (Kind::NotImplemented, 501, "Not implemented", true),
    (Kind::UriTooLong, 414, "URI too long", true),
    (
        Kind::HeadTooLarge,
        400,
        "Request header or cookie too large",
        true,
    ),
    (Kind::BodyTooLarge, 413, "Payload too large", true),
    (Kind::RequestTimeout, 408, "Request timeout", true),
    (
        Kind::UpstreamInvalid,
        502,
        "An invalid response was received from the upstream server",
        true,
    ),
    (
        Kind::UpstreamTimeout,
        504,
        "The upstream server is timing out",
        true,
    ),
    (
        Kind::Plugin(StatusCode::PAYMENT_REQUIRED, Style::Template),
        402,
        "a plugin's own",
        false,
    ),
];

/// `kong-core.md` 3.1: each type's template around each text.
#[test]
fn every_error_in_every_type() {
    for (kind, status, text, _) in KONGS {
        let error = GatewayError::new(kind, "a plugin's own");
        for (accept, content_type, body) in [
            (
                "application/json",
                "application/json; charset=utf-8",
                format!("{{\n  \"message\":\"{text}\",\n  \"request_id\":\"{ID}\"\n}}"),
            ),
            (
                "text/plain",
                "text/plain; charset=utf-8",
                format!("{text}\nrequest_id: {ID}\n"),
            ),
            (
                "text/html",
                "text/html; charset=utf-8",
                format!("<p>{text}.</p>\n<p>request_id: {ID}</p>"),
            ),
            (
                "application/xml",
                "application/xml; charset=utf-8",
                format!(
                    "<error>\n  <message>{text}</message>\n  <requestid>{ID}</requestid>\n</error>\n"
                ),
            ),
            ("application/grpc", "application/grpc", String::new()),
        ] {
            let accept = HeaderValue::from_static(accept);
            let response = error.render(&told(Some(&accept), None));
            assert_eq!(response.status(), status, "{kind:?}");
            assert_eq!(response.headers()["content-type"], content_type);
            let found = std::str::from_utf8(response.body()).unwrap();
            match accept.to_str().unwrap() {
                "text/html" => {
                    assert!(found.starts_with("<!doctype html>"), "{found}");
                    assert!(found.contains("<title>Error</title>"), "{found}");
                    assert!(found.contains(&body), "{found}");
                }
                "application/xml" => {
                    let declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
                    assert_eq!(found.strip_prefix(declared), Some(body.as_str()));
                }
                _ => assert_eq!(found, body),
            }
        }
    }
}

/// `kong-core.md` 3.2: without `Accept` JSON, but where nginx answers the request's own type, then plain text.
#[test]
fn without_accept_nginx_answers_as_it_was_asked() {
    let json = HeaderValue::from_static("application/json");
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    for (kind, _, _, nginx) in KONGS {
        let error = GatewayError::new(kind, "");
        for (accept, content_type, expected) in [
            (None, None, if nginx { Media::Plain } else { Media::Json }),
            (
                None,
                Some(&html),
                if nginx { Media::Html } else { Media::Json },
            ),
            (None, Some(&json), Media::Json),
            (Some(&html), Some(&json), Media::Html),
        ] {
            let response = error.render(&told(accept, content_type));
            let found = &response.headers()["content-type"];
            assert_eq!(
                *found,
                expected.content_type(),
                "{kind:?} {accept:?} {content_type:?}"
            );
        }
    }
}

/// `kong-core.md` 3.2.
#[test]
fn the_first_of_the_highest_quality_is_written() {
    for (accept, expected) in [
        ("application/json", Media::Json),
        ("text/html", Media::Html),
        ("TEXT/HTML", Media::Html),
        ("text/plain", Media::Plain),
        ("application/xml", Media::Xml),
        ("application/grpc", Media::Grpc),
        ("application/*", Media::Json),
        ("text/*", Media::Plain),
        ("*/*", Media::Json),
        // A browser's.
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            Media::Html,
        ),
        ("text/plain;q=0.5, text/html;q=0.8", Media::Html),
        ("text/plain, text/html", Media::Plain),
        ("text/plain;q=0.8, text/html;q=0.8", Media::Plain),
        (
            "text/html;level=1;q=0.4, application/xml; q=0.41",
            Media::Xml,
        ),
        ("text/html ; Q=0.1,text/plain ;q = 0.2", Media::Plain),
        // What Kong has no template for counts, and is answered in JSON.
        ("image/png, text/html;q=0.9", Media::Json),
        ("image/png;q=0.1, text/html;q=0.9", Media::Html),
        ("text/html;q=0", Media::Json),
        // No quality: as if there were none.
        ("text/html;q=high", Media::Html),
        ("text/html;q=7, text/plain", Media::Html),
        ("", Media::Json),
        ("html", Media::Json),
        (",,text/html", Media::Html),
    ] {
        assert_eq!(Media::preferred(accept), expected, "{accept}");
    }
}

/// Kong puts a message in raw; ours cannot break out of its place.
#[test]
fn a_message_stays_text() {
    let text = "<b>\"&\"</b>\n";
    let refused = Kind::Plugin(StatusCode::FORBIDDEN, Style::Template);
    let error = GatewayError::new(refused, text);
    let body = |accept| {
        let accept = HeaderValue::from_static(accept);
        let response = error.render(&told(Some(&accept), None));
        String::from_utf8(response.body().to_vec()).unwrap()
    };
    let json: Value = serde_json::from_str(&body("application/json")).unwrap();
    assert_eq!(json["message"], text);
    for markup in ["text/html", "application/xml"] {
        let body = body(markup);
        assert!(body.contains("&lt;b&gt;\"&amp;\"&lt;/b&gt;"), "{body}");
        assert!(!body.contains("<b>"), "{body}");
    }
    assert!(body("text/plain").starts_with(text));
}

/// `kong-core.md` 3.1 B: compact, no request id, whatever is accepted.
#[test]
fn the_exit_style_is_json_alone() {
    let refused = Kind::Plugin(StatusCode::UNAUTHORIZED, Style::Exit);
    let html = HeaderValue::from_static("text/html");
    let response = GatewayError::new(refused, "Bad token").render(&told(Some(&html), None));
    assert_eq!(response.status(), 401);
    assert_eq!(response.body(), r#"{"message":"Bad token"}"#);
    let json = "application/json; charset=utf-8";
    assert_eq!(response.headers()["content-type"], json);
}

/// `kong-core.md` 2.7, and RFC 9110 10.2.3.
#[test]
fn some_errors_have_headers_of_their_own() {
    let headers = |kind| {
        GatewayError::new(kind, "")
            .render(&told(None, None))
            .into_parts()
            .0
            .headers
    };
    let https = headers(Kind::HttpsRequired);
    assert_eq!(https["connection"], "Upgrade");
    assert_eq!(https["upgrade"], "TLS/1.2, HTTP/1.1");
    let overloaded = headers(Kind::Overloaded);
    let seconds: u32 = overloaded["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(seconds >= 1);
}

fn on_ai_route(error: &GatewayError) -> (StatusCode, Value) {
    let html = HeaderValue::from_static("text/html");
    let response = error.render(&Told {
        dialect: Some(Format::OpenAiChat),
        ..told(Some(&html), None)
    });
    let json = "application/json; charset=utf-8";
    assert_eq!(response.headers()["content-type"], json);
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status(), body)
}

/// OpenAI's error object and Kong's top-level message, side by side.
#[test]
fn an_ai_route_speaks_both() {
    let (status, body) = on_ai_route(&GatewayError::new(Kind::UpstreamTimeout, "openai/gpt-4o"));
    assert_eq!(status, 504);
    assert_eq!(
        body,
        json!({
            "error": {
                "message": "The upstream server is timing out: openai/gpt-4o",
                "type": "server_error",
                "param": null,
                "code": "upstream_timeout",
            },
            "message": "The upstream server is timing out",
            "request_id": ID,
        })
    );
    for (kind, status, text, _) in KONGS {
        let (found, body) = on_ai_route(&GatewayError::new(kind, text));
        assert_eq!(found, status);
        assert_eq!(
            (&body["message"], &body["request_id"]),
            (&json!(text), &json!(ID))
        );
        assert!(body["error"]["type"].is_string(), "{body}");
    }
}

#[test]
fn a_plugins_own_error_has_no_request_id() {
    let text = "cannot use own model - must be: gpt-4o";
    let (_, body) = on_ai_route(&GatewayError::new(Kind::BadRequest, text));
    assert_eq!(body["message"], text);
    assert_eq!(body["error"]["message"], text);
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert_eq!(body.get("request_id"), None);
}

/// What OpenAI answers such a status with: its guide to error codes, and its answers as its users report them.
#[test]
fn a_plugins_refusal_is_told_in_openais_words() {
    for (status, kind, code) in [
        (401, "invalid_request_error", json!("invalid_api_key")),
        (403, "request_forbidden", Value::Null),
        (429, "rate_limit_error", json!("rate_limit_exceeded")),
        (400, "invalid_request_error", Value::Null),
        (500, "server_error", Value::Null),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        for (style, id) in [(Style::Template, Some(&json!(ID))), (Style::Exit, None)] {
            let error = GatewayError::new(Kind::Plugin(status, style), "no");
            let (found, body) = on_ai_route(&error);
            let told = &body["error"];
            assert_eq!(
                (found, &told["type"], &told["code"]),
                (status, &json!(kind), &code)
            );
            assert_eq!(
                (&body["message"], body.get("request_id")),
                (&json!("no"), id)
            );
        }
    }
}
