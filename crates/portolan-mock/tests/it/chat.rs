use portolan_mock::{Mock, MockOptions, Step};
use serde_json::{Value, json};

use crate::client::{chat, get, mock, post};

fn hello(stream: bool) -> Value {
    json!({
        "model": "gpt-4o-mini",
        "stream": stream,
        "messages": [
            { "role": "system", "content": "Be brief" },
            { "role": "user", "content": "Say \"hi\"\n\tnow \u{1f600}" },
        ],
    })
}

const ECHO: &str = "You said: Say \"hi\"\n\tnow \u{1f600}";

fn tools() -> Value {
    let schema = json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "days": { "type": "integer" } },
        "required": ["city", "days"],
    });
    json!([
        { "type": "function", "function": { "name": "weather", "parameters": schema } },
        { "type": "function", "function": { "name": "clock" } },
    ])
}

fn asking_tools(stream: bool) -> Value {
    json!({
        "model": "some-model",
        "stream": stream,
        "tools": tools(),
        "messages": [{ "role": "user", "content": "Weather?" }],
    })
}

#[tokio::test]
async fn openai_whole() {
    let mock = mock().await;
    let answer = chat(&mock, &hello(false)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.headers.contains_key("content-length"));
    assert!(answer.headers.contains_key("x-request-id"));
    let body = answer.json();
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(body["object"], "chat.completion");
    assert_eq!(body["model"], "gpt-4o-mini-2024-07-18");
    let choice = &body["choices"][0];
    assert_eq!(choice["message"]["role"], "assistant");
    assert_eq!(choice["message"]["content"], ECHO);
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(choice["logprobs"], Value::Null);
    // Be brief, Say "hi" now and a face; You said: and the last four again.
    assert_eq!(body["usage"]["prompt_tokens"], 6);
    assert_eq!(body["usage"]["completion_tokens"], 6);
    assert_eq!(body["usage"]["total_tokens"], 12);
    assert_eq!(body["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
    let counters = mock.counters();
    assert_eq!((counters.prompt_tokens, counters.completion_tokens), (6, 6));
}

#[tokio::test]
async fn openai_streamed() {
    let mock = mock().await;
    let answer = chat(&mock, &hello(true)).await;
    assert_eq!(
        answer.header("content-type"),
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(answer.lines("data: ").last(), Some("[DONE]"));
    let chunks = answer.data();
    assert_eq!(chunks[0]["object"], "chat.completion.chunk");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    // The role, six words, the finish.
    assert_eq!(chunks.len(), 8);
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, ECHO);
    assert_eq!(chunks[7]["choices"][0]["finish_reason"], "stop");
    assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    assert_eq!(mock.counters().completion_tokens, 0);

    let mut request = hello(true);
    request["stream_options"] = json!({ "include_usage": true });
    let chunks = chat(&mock, &request).await.data();
    assert_eq!(chunks.len(), 9);
    assert_eq!(chunks[7]["usage"], Value::Null);
    assert_eq!(chunks[8]["choices"], json!([]));
    assert_eq!(chunks[8]["usage"]["total_tokens"], 12);
    assert_eq!(mock.counters().completion_tokens, 6);
}

#[tokio::test]
async fn openai_refuses_as_openai_does() {
    let mock = mock().await;
    let mut request = hello(false);
    request["top_k"] = json!(5);
    let answer = chat(&mock, &request).await;
    assert_eq!(answer.status, 400);
    let message = "Unrecognized request argument supplied: top_k";
    assert_eq!(answer.json()["error"]["message"], message);

    let answer = chat(&mock, &json!({ "model": "gpt-4o-mini", "messages": [] })).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["code"], "empty_array");

    assert_eq!(get(&mock, "/v1/nowhere").await.status, 404);
}

#[tokio::test]
async fn mistral_is_stricter_and_tells_usage_unasked() {
    let mock = mock().await;
    let host = [("host", "api.mistral.ai")];
    for field in ["stream_options", "seed", "top_k"] {
        let mut request = hello(true);
        request[field] = json!(1);
        let answer = post(&mock, "/v1/chat/completions", &host, &request).await;
        assert_eq!(answer.status, 422);
        let detail = &answer.json()["message"]["detail"][0];
        assert_eq!(detail["type"], "extra_forbidden");
        assert_eq!(detail["loc"], json!(["body", field]));
    }
    let path = "/mistral/v1/chat/completions";
    let chunks = post(&mock, path, &[], &hello(true)).await.data();
    let last = chunks.last().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["usage"]["total_tokens"], 12);
    let whole = post(&mock, path, &[], &hello(false)).await.json();
    assert_eq!(whole["model"], "gpt-4o-mini");
    assert_eq!(whole["choices"][0]["message"]["content"], ECHO);
    let calls = post(&mock, path, &[], &asking_tools(true)).await.data();
    let delta = &calls.last().unwrap()["choices"][0]["delta"];
    assert_eq!(delta["tool_calls"][0]["function"]["name"], "weather");
}

#[tokio::test]
async fn openai_calls_tools() {
    let mock = mock().await;
    let whole = chat(&mock, &asking_tools(false)).await.json();
    let calls = &whole["choices"][0]["message"]["tool_calls"];
    assert_eq!(calls[0]["function"]["name"], "weather");
    let arguments = calls[0]["function"]["arguments"].as_str().unwrap();
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({ "city": "Paris", "days": 7 }));
    assert_eq!(calls[1]["function"]["name"], "clock");
    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");

    let chunks = chat(&mock, &asking_tools(true)).await.data();
    let pieces: Vec<_> = chunks
        .iter()
        .map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0])
        .filter(|call| call["index"] == 0)
        .collect();
    assert!(pieces.len() > 3);
    assert_eq!(pieces[0]["function"]["name"], "weather");
    assert!(pieces[0]["id"].is_string());
    let arguments: String = pieces
        .iter()
        .filter_map(|call| call["function"]["arguments"].as_str())
        .collect();
    let arguments: Value = serde_json::from_str(&arguments).unwrap();
    assert_eq!(arguments, json!({ "city": "Paris", "days": 7 }));
}

#[tokio::test]
async fn cohere_whole_and_streamed() {
    let mock = mock().await;
    let whole = post(&mock, "/v2/chat", &[], &hello(false)).await.json();
    assert_eq!(whole["message"]["content"][0]["text"], ECHO);
    assert_eq!(whole["finish_reason"], "COMPLETE");
    assert_eq!(whole["usage"]["tokens"]["input_tokens"], 6);
    assert_eq!(whole["usage"]["billed_units"]["output_tokens"], 6);

    let stream = post(&mock, "/v2/chat", &[], &hello(true)).await;
    let names: Vec<_> = stream.lines("event: ").collect();
    let mut expected = vec!["message-start", "content-start"];
    expected.extend(["content-delta"; 6]);
    expected.extend(["content-end", "message-end"]);
    assert_eq!(names, expected);
    let data = stream.data();
    let types: Vec<_> = data.iter().map(|data| data["type"].as_str()).collect();
    assert_eq!(types, names.into_iter().map(Some).collect::<Vec<_>>());
    let text: String = data
        .iter()
        .filter_map(|data| data["delta"]["message"]["content"]["text"].as_str())
        .collect();
    assert_eq!(text, ECHO);
    let end = &data.last().unwrap()["delta"];
    assert_eq!(end["finish_reason"], "COMPLETE");
    assert_eq!(end["usage"]["tokens"]["output_tokens"], 6);
}

#[tokio::test]
async fn cohere_calls_tools() {
    let mock = mock().await;
    let whole = post(&mock, "/v2/chat", &[], &asking_tools(false))
        .await
        .json();
    assert_eq!(whole["finish_reason"], "TOOL_CALL");
    assert!(whole["message"]["tool_plan"].is_string());
    let calls = whole["message"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2);

    let stream = post(&mock, "/v2/chat", &[], &asking_tools(true)).await;
    let mut names: Vec<_> = stream.lines("event: ").collect();
    names.dedup();
    let expected = [
        "message-start",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
    ];
    assert_eq!(names, expected);
    let arguments: String = stream
        .data()
        .iter()
        .filter(|data| data["index"] == 0)
        .filter_map(|data| data["delta"]["message"]["tool_calls"]["function"]["arguments"].as_str())
        .collect();
    let arguments: Value = serde_json::from_str(&arguments).unwrap();
    assert_eq!(arguments, json!({ "city": "Paris", "days": 7 }));

    let mut result = asking_tools(false);
    result["messages"] = json!([
        { "role": "user", "content": "Weather?" },
        { "role": "assistant", "tool_calls": calls, "tool_plan": "I will use weather." },
        { "role": "tool", "tool_call_id": calls[0]["id"], "content": "7 degrees" },
    ]);
    let whole = post(&mock, "/v2/chat", &[], &result).await.json();
    assert_eq!(
        whole["message"]["content"][0]["text"],
        "The tool said: 7 degrees"
    );
}

#[tokio::test]
async fn cohere_refuses_what_it_does_not_know() {
    let mock = mock().await;
    let user = json!({ "role": "user", "content": "hi" });
    let with = |name: &str, value: Value| {
        let mut request = json!({ "model": "command-a-03-2025", "messages": [user] });
        request[name] = value;
        request
    };
    let refused = [
        (422, with("stream_options", json!({}))),
        (422, with("top_p", json!(0.5))),
        (422, with("n", json!(1))),
        (422, with("max_completion_tokens", json!(5))),
        (422, with("tool_choice", json!("auto"))),
        (400, with("messages", json!([]))),
        (
            400,
            with(
                "messages",
                json!([{ "role": "developer", "content": "hi" }]),
            ),
        ),
        (
            400,
            with(
                "messages",
                json!([user, { "role": "tool", "content": "7" }]),
            ),
        ),
        (
            422,
            with(
                "tools",
                json!([{ "type": "function", "function": { "name": "f", "strict": true } }]),
            ),
        ),
    ];
    for (status, request) in refused {
        let answer = post(&mock, "/v2/chat", &[], &request).await;
        assert_eq!(answer.status, status, "{request}");
        assert!(answer.json()["message"].is_string(), "{request}");
    }
    let known = with("p", json!(0.5));
    assert_eq!(post(&mock, "/v2/chat", &[], &known).await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_are_told_and_counted() {
    let mock = Mock::start(MockOptions {
        expect_authorization: Some("Bearer mock-key".to_owned()),
        ..MockOptions::default()
    })
    .await
    .unwrap();
    let path = "/v1/chat/completions";
    let right = [("authorization", "Bearer mock-key")];
    let wrong = [("authorization", "Bearer other-key")];
    assert_eq!(post(&mock, path, &right, &hello(false)).await.status, 200);
    let openai = post(&mock, path, &wrong, &hello(false)).await;
    assert_eq!(openai.status, 401);
    assert_eq!(openai.json()["error"]["code"], "invalid_api_key");
    let cohere = post(&mock, "/v2/chat", &[], &hello(false)).await;
    assert_eq!(cohere.status, 401);
    assert_eq!(cohere.json(), json!({ "message": "invalid api token" }));
    assert_eq!(mock.counters().wrong_credentials, 2);
    assert_eq!(mock.counters().requests, 3);
}

#[tokio::test]
async fn the_answer_may_be_told() {
    let mock = mock().await;
    mock.script([Step {
        text: Some("Told you so".to_owned()),
        ..Step::default()
    }]);
    let whole = chat(&mock, &asking_tools(false)).await.json();
    let choice = &whole["choices"][0];
    assert_eq!(choice["message"]["content"], "Told you so");

    let counted = Mock::start(MockOptions {
        text_words: Some(40),
        burst: true,
        quiet_log: true,
        ..MockOptions::default()
    })
    .await
    .unwrap();
    for _ in 0..2 {
        let chunks = chat(&counted, &hello(true)).await.data();
        // The role, forty words, the finish.
        assert_eq!(chunks.len(), 42);
    }
    assert_eq!(counted.counters().requests, 2);
    assert!(counted.attempts().is_empty());
}
