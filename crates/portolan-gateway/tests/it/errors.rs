//! What the gateway refuses itself: Kong's statuses and texts, in OpenAI's words.

use portolan_gateway::Trusted;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, post, request},
    harness::{Served, file, file_at, mock, serve, serve_with, single, target},
};

const PLAIN: &str = r#"{"messages":[{"role":"user","content":"hi"}]}"#;

/// A 400 that an SDK reads, and the very text.
fn refused(answer: &Answer, text: &str) {
    let body = answer.json();
    assert_eq!(answer.status, 400, "{body}");
    assert_eq!(body["error"]["message"], text, "{body}");
    assert_eq!(body["message"], text);
    assert_eq!(body["error"]["type"], "invalid_request_error");
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    assert!(answer.find("x-kong-response-latency").is_some());
    assert_eq!(answer.find("x-kong-llm-model"), None);
}

/// `kong-oss-ai-behaviour.md` 1.3 has the texts.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_no_target_may_see_are_refused_in_kongs_words() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    let own = "cannot use own model - must be: gpt-4o-mini";
    let empty = "request body doesn't contain valid prompts";
    let completion =
        "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type";
    for (body, text) in [
        (
            r#"{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#,
            own,
        ),
        (
            r#"{"mod\u0065l":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#,
            own,
        ),
        (
            r#"{"model":"gpt-4o\u002dmini2","messages":[{"role":"user","content":"hi"}]}"#,
            own,
        ),
        (r#"{"model":"gpt-4o-mini"}"#, empty),
        (r#"{"messages":[]}"#, empty),
        (r#"{"messages":null}"#, empty),
        (r#"{"messages":"hi"}"#, empty),
        ("{}", empty),
        (r#"{"prompt":"Once upon a time"}"#, completion),
        (
            r#"{"prompt":"Once","messages":[{"role":"user","content":"hi"}]}"#,
            "request matches multiple LLM request formats",
        ),
    ] {
        refused(&post(served.address, "/chat", &[], body).await, text);
    }
    assert_eq!(mock.attempts().len(), 0);
    for line in served.settled() {
        assert_eq!(line["response"]["status"], 400);
        assert_eq!(line["response"]["complete"], true);
    }
}

/// Kong passes these over, so a client's `null` and its own name are no other model.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_model_an_empty_one_and_null_are_no_other_model() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    for model in [r#""gpt-4o-mini""#, r#""gpt\u002d4o-mini""#, r#""""#, "null"] {
        let body = format!(r#"{{"model":{model},"messages":[{{"role":"user","content":"hi"}}]}}"#);
        let answer = post(served.address, "/chat", &[], &body).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    }
}

/// What one reader takes and another does not: refused before anyone reads it.
#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_and_broken_bodies_are_refused() {
    let mock = mock().await;
    let served = serve(&single(target("openai", &mock)));
    for body in [
        "",
        "hi",
        "[]",
        r#"{"messages":[{"role":"user","content":"hi"}]"#,
        r#"{"messages":[{"role":"user","content":"hi"}]} {}"#,
        r#"{"messages":[{"role":"user","content":"hi"}],"n":01}"#,
        r#"{"model":"gpt-4o-mini","model":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#,
        r#"{"model":"gpt-4o-mini","mod\u0065l":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}"#,
        r#"{"messages":[{"role":"user","content":"hi"}],"messages":[{"role":"user","content":"ho"}]}"#,
        r#"{"stream":"yes","messages":[{"role":"user","content":"hi"}]}"#,
    ] {
        let answer = post(served.address, "/chat", &[], body).await;
        let told = answer.json();
        assert_eq!(answer.status, 400, "{body}: {told}");
        assert_eq!(told["error"]["type"], "invalid_request_error", "{body}");
        assert_eq!(told["error"]["message"], told["message"], "{body}");
    }
    assert_eq!(mock.attempts().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_nobody_names_is_refused_and_the_clients_serves() {
    let mock = mock().await;
    let mut target = target("openai", &mock);
    target["model"].as_object_mut().unwrap().remove("name");
    let served = serve(&single(target));
    let text = "model parameter not found in request, nor in gateway configuration";
    refused(&post(served.address, "/chat", &[], PLAIN).await, text);
    let named = r#"{"model":"o3","messages":[{"role":"user","content":"hi"}]}"#;
    let answer = post(served.address, "/chat", &[], named).await;
    assert_eq!(answer.header("x-kong-llm-model"), "openai/o3");
}

fn templated(model: &str, path: &str, target: Value) -> Value {
    let mut target = target;
    target["model"]["name"] = json!(model);
    file_at(path, json!({ "targets": [target] }))
}

/// `kong-oss-ai-behaviour.md` 2: the texts, and `_` for `-` in a header's name.
#[tokio::test(flavor = "multi_thread")]
async fn a_template_without_its_value_is_refused_by_name() {
    let mock = mock().await;
    let openai = || target("openai", &mock);
    let capture = templated(
        "$(uri_captures.model)",
        "~/v1/(?:models/(?<model>[^/]+)/)?chat$",
        openai(),
    );
    let served = serve(&capture);
    let text = "uri_captures key model was not provided";
    refused(&post(served.address, "/v1/chat", &[], PLAIN).await, text);
    let answer = post(served.address, "/v1/models/org%2Fgpt%2D4o/chat", &[], PLAIN).await;
    assert_eq!(answer.header("x-kong-llm-model"), "openai/org/gpt-4o");

    let served = serve(&templated("$(headers.x_model)", "/chat", openai()));
    let text = "headers key x_model was not provided";
    refused(&post(served.address, "/chat", &[], PLAIN).await, text);
    let answer = post(served.address, "/chat", &[("X-Model", "gpt-4o")], PLAIN).await;
    assert_eq!(answer.header("x-kong-llm-model"), "openai/gpt-4o");

    let served = serve(&templated("ft:$(query_params.model)", "/chat", openai()));
    let text = "query_params key model was not provided";
    refused(
        &post(served.address, "/chat?other=1", &[], PLAIN).await,
        text,
    );
    let answer = post(served.address, "/chat?model=gpt-4o%3Amine", &[], PLAIN).await;
    assert_eq!(answer.header("x-kong-llm-model"), "openai/ft:gpt-4o:mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_name_only_the_model_that_its_path_resolves_to() {
    let mock = mock().await;
    let path = "~/(?<model>[^#?/]+)/chat/completions$";
    let served = serve(&templated(
        "$(uri_captures.model)",
        path,
        target("openai", &mock),
    ));
    let named = r#"{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]}"#;
    let text = "cannot use own model - must be: gpt-4o";
    refused(
        &post(served.address, "/gpt-4o/chat/completions", &[], named).await,
        text,
    );
    let answer = post(served.address, "/gpt-5/chat/completions", &[], named).await;
    assert_eq!(answer.header("x-kong-llm-model"), "openai/gpt-5");
}

/// R-41: 413 in the client's dialect, whether the length was announced or not.
#[tokio::test(flavor = "multi_thread")]
async fn r41_a_body_beyond_its_bound_is_a_413() {
    let mock = mock().await;
    let served = serve(&file(json!({
        "max_request_body_size": 100,
        "targets": [target("openai", &mock)],
    })));
    let padded = |length: usize| {
        let frame = r#"{"messages":[{"role":"user","content":""}]}"#.len();
        let text = "x".repeat(length - frame);
        format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#)
    };
    assert_eq!(
        post(served.address, "/chat", &[], &padded(100))
            .await
            .status,
        200
    );
    let answer = post(served.address, "/chat", &[], &padded(101)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");

    let mut client = Client::connect(served.address).await;
    let body = padded(101);
    let (one, two) = body.split_at(60);
    let chunked = format!(
        "POST /chat HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
        one.len(),
        two.len(),
    );
    client.write(chunked.as_bytes()).await;
    assert_eq!(client.answer().await.status, 413);
    assert_eq!(mock.attempts().len(), 1);
}

/// `kong-core.md` 3.1 and 3.4, byte for byte.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_route_or_an_upstream_kongs_own_body_comes() {
    let bare = r#"{"_format_version":"3.0","routes":[{"name":"bare","paths":["/bare"]}]}"#;
    let served = serve_with(bare, |_| {});
    for (path, status, text) in [
        ("/nope", 404, "no Route matched with those values"),
        ("/bare/x", 503, "no Service found with those values"),
    ] {
        let answer = post(served.address, path, &[], PLAIN).await;
        let id = answer.header("x-kong-request-id").to_owned();
        let expected = format!("{{\n  \"message\":\"{text}\",\n  \"request_id\":\"{id}\"\n}}");
        assert_eq!((answer.status, answer.text()), (status, expected.as_str()));
        assert_eq!(
            answer.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert!(answer.find("x-kong-response-latency").is_some());
        assert_eq!(answer.find("x-kong-upstream-latency"), None);
        assert_eq!(answer.find("via"), None);
    }
    let lines = served.settled();
    assert_eq!(lines[0]["route"], Value::Null);
    assert_eq!(lines[1]["route"]["name"], "bare");
    assert!(lines.iter().all(|line| line["source"] == "kong"));
}

/// A method that the route does not list is no route.
#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_no_route_lists_is_a_404() {
    let mut file = single(target("openai", &mock().await));
    file["routes"][0]["methods"] = json!(["POST"]);
    let served = serve(&file);
    let mut client = Client::connect(served.address).await;
    client
        .write(request("GET", "/chat", &[], "").as_bytes())
        .await;
    assert_eq!(client.answer().await.status, 404);
}

/// The answer to HEAD has no body to send, and was complete all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_head_is_logged_as_it_was() {
    let served = serve(&single(target("openai", &mock().await)));
    let mut client = Client::connect(served.address).await;
    client
        .write(b"HEAD /nope HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n")
        .await;
    client.seen("\r\n\r\n").await;
    drop(client);
    let line = served.line();
    assert_eq!(line["response"]["status"], 404);
    assert_eq!(line["response"]["complete"], true);
}

const BARE: &str = r#"{"_format_version":"3.0","routes":[
    {"name":"bare","paths":["/bare"]},
    {"name":"upgraded","paths":["/upgraded"],"protocols":["https"],"https_redirect_status_code":426},
    {"name":"moved","paths":["/moved"],"protocols":["https"],"https_redirect_status_code":308}
]}"#;

async fn raw(served: &Served, request: &str) -> Answer {
    let mut client = Client::connect(served.address).await;
    client.write(request.as_bytes()).await;
    client.answer().await
}

/// `kong-core.md` 3.2: who asks for a type gets it.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_written_as_the_client_accepts_it() {
    let served = serve_with(BARE, |_| {});
    let text = "no Route matched with those values";
    for (accept, kind, start) in [
        ("*/*", "application/json", "{\n  \"message\":\"no Route"),
        ("text/html", "text/html", "<!doctype html>"),
        ("image/png;q=0.1, text/plain", "text/plain", text),
        (
            "text/plain;q=0.5, application/xml",
            "application/xml",
            "<?xml ",
        ),
    ] {
        let answer = post(served.address, "/nope", &[("accept", accept)], PLAIN).await;
        assert_eq!(answer.status, 404);
        let content_type = format!("{kind}; charset=utf-8");
        assert_eq!(answer.header("content-type"), content_type, "{accept}");
        assert!(answer.text().starts_with(start), "{}", answer.text());
        assert!(answer.text().contains(text), "{}", answer.text());
        assert!(answer.text().contains(answer.header("x-kong-request-id")));
    }
}

/// `kong-core.md` 3.4 (N) and 3.2: nginx's own errors are plain text to who says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn methods_that_no_gateway_serves_are_a_405() {
    let served = serve_with(BARE, |_| {});
    for (method, target) in [("TRACE", "/bare"), ("CONNECT", "gateway.test:443")] {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: gateway.test\r\n");
        let answer = raw(&served, &format!("{head}\r\n")).await;
        assert_eq!(answer.status, 405, "{method}");
        let id = answer.header("x-kong-request-id");
        assert_eq!(
            answer.text(),
            format!("Method not allowed\nrequest_id: {id}\n")
        );
        let plain = "text/plain; charset=utf-8";
        assert_eq!(answer.header("content-type"), plain);
        let answer = raw(
            &served,
            &format!("{head}content-type: application/json\r\n\r\n"),
        )
        .await;
        assert_eq!(answer.json()["message"], "Method not allowed");
    }
}

/// `kong-core.md` 2.7.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_for_tls_alone_tells_where_to_come() {
    let served = serve_with(BARE, |_| {});
    let answer = post(served.address, "/upgraded?q=1", &[], PLAIN).await;
    let id = answer.header("x-kong-request-id");
    let body =
        format!("{{\n  \"message\":\"Please use HTTPS protocol\",\n  \"request_id\":\"{id}\"\n}}");
    assert_eq!((answer.status, answer.text()), (426, body.as_str()));
    assert_eq!(answer.header("connection"), "Upgrade");
    assert_eq!(answer.header("upgrade"), "TLS/1.2, HTTP/1.1");

    let answer = post(served.address, "/moved//a%20b?q=1", &[], PLAIN).await;
    assert_eq!((answer.status, answer.text()), (308, ""));
    assert_eq!(
        answer.header("location"),
        "https://gateway.test/moved//a%20b?q=1"
    );
    assert!(answer.find("x-kong-response-latency").is_some());
    assert!(answer.header("server").starts_with("portolan/"));

    // No stranger's word that it came by TLS.
    let secure = [("x-forwarded-proto", "https")];
    let answer = post(served.address, "/upgraded", &secure, PLAIN).await;
    assert_eq!(answer.status, 426);
    let lines = served.settled();
    assert_eq!(lines[0]["route"]["name"], "upgraded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_how_the_client_came() {
    let served = serve_with(BARE, |options| {
        options.trusted.ranges = vec![Trusted::range("127.0.0.1").unwrap()];
    });
    let secure = [("x-forwarded-proto", "https")];
    let answer = post(served.address, "/upgraded", &secure, PLAIN).await;
    // There is no service behind it.
    assert_eq!(answer.status, 503);
    let public = [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "public.test"),
        ("x-real-ip", "203.0.113.9"),
    ];
    let answer = post(served.address, "/moved", &public, PLAIN).await;
    assert_eq!(answer.header("location"), "https://public.test/moved");
    let lines = served.settled();
    assert_eq!(lines[0]["client_ip"], "127.0.0.1");
    assert_eq!(lines[1]["client_ip"], "203.0.113.9");
}

/// RFC 9110 9.3.2: the head that GET would have had.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_head_tells_the_length() {
    let served = serve_with(BARE, |_| {});
    let get = raw(&served, "GET /nope HTTP/1.1\r\nhost: gateway.test\r\n\r\n").await;
    let mut client = Client::connect(served.address).await;
    let head = "HEAD /nope HTTP/1.1\r\nhost: gateway.test\r\n\r\n";
    // Whatever follows the first head would be taken for the second answer.
    client.write(head.as_bytes()).await;
    client
        .seen(&format!(
            "content-length: {}\r\n",
            get.header("content-length")
        ))
        .await;
    client.seen("\r\n\r\n").await;
    client
        .write(b"GET /nope HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n")
        .await;
    client.seen("\r\n\r\nHTTP/1.1 404").await;
}
