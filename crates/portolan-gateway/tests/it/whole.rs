//! Whole answers of the three providers, and tools through the hub, as an OpenAI client reads them.

use portolan_mock::Step;
use serde_json::{Value, json};

use crate::{
    client::chat,
    harness::{ask, body, mock, serve, serve_with, single, target},
};

#[tokio::test(flavor = "multi_thread")]
async fn each_providers_answer_is_openais() {
    for (provider, model) in [
        ("openai", "gpt-4o-mini-2024-07-18"),
        ("mistral", "mistral-small-latest"),
        ("cohere", "command-a-03-2025"),
    ] {
        let mock = mock().await;
        let served = serve(&single(target(provider, &mock)));
        let answer = chat(served.address, &ask(false)).await;
        assert_eq!((answer.status, answer.whole), (200, true), "{provider}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(
            answer.header("content-length"),
            answer.body.len().to_string()
        );
        let body = answer.json();
        assert_eq!(body["object"], "chat.completion", "{provider}");
        assert!(body["id"].is_string() && body["created"].is_u64(), "{body}");
        assert_eq!(body["model"], model);
        let choice = &body["choices"][0];
        assert_eq!(choice["message"]["role"], "assistant");
        assert_eq!(
            choice["message"]["content"], "You said: Say hi",
            "{provider}"
        );
        assert_eq!(choice["finish_reason"], "stop");
        // "Say hi" is two words to the stand-ins, their answer four.
        let usage = &body["usage"];
        assert_eq!(
            (&usage["prompt_tokens"], &usage["completion_tokens"]),
            (&json!(2), &json!(4))
        );
        let line = served.line();
        assert_eq!(
            line["ai"]["proxy"]["usage"]["total_tokens"], 6,
            "{provider}"
        );
        assert_eq!(line["ai"]["proxy"]["meta"]["response_model"], model);
        assert_eq!(line["ai"]["proxy"]["meta"]["request_mode"], "oneshot");
    }
}

/// What stays in its format is not touched: the very bytes of the provider.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_clients_format_is_handed_on_as_it_came() {
    let said = "{ \"id\": \"x\",\n\t\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"caf\\u00e9\"},\"finish_reason\":\"stop\"}], \"x_unknown\": [1.0, 1e2, -0, 12345678901234567890] }\n";
    let mock = mock().await;
    mock.script([Step {
        body: Some(said.to_owned()),
        ..Step::default()
    }]);
    let served = serve(&single(target("openai", &mock)));
    assert_eq!(chat(served.address, &ask(false)).await.text(), said);
}

fn with_tools(stream: bool) -> Value {
    json!({
        "stream": stream,
        "messages": [{ "role": "user", "content": "Weather in Paris?" }],
        "tools": [{
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "Weather of a city",
                "parameters": {
                    "type": "object",
                    "properties": { "city": { "type": "string" } },
                    "required": ["city"],
                },
            },
        }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_and_its_result_go_through_the_hub() {
    let mock = mock().await;
    let served = serve(&single(target("cohere", &mock)));
    let answer = chat(served.address, &with_tools(false)).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["type"], "function");
    assert_eq!(call["function"]["name"], "get_weather");
    assert_eq!(call["function"]["arguments"], r#"{"city":"Paris"}"#);

    let mut next = with_tools(false);
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(choice["message"].clone());
    messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "sunny" }));
    let answer = chat(served.address, &next).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json()["choices"][0]["message"]["content"],
        "The tool said: sunny"
    );
    let sent = body(&mock, 1);
    assert_eq!(sent["messages"][1]["tool_calls"][0]["id"], call["id"]);
    assert_eq!(sent["messages"][2]["tool_call_id"], call["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_tool_call_reassembles() {
    let mock = mock().await;
    let served = serve(&single(target("cohere", &mock)));
    let answer = chat(served.address, &with_tools(true)).await;
    let chunks = answer.chunks();
    let calls: Vec<&Value> = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0))
        .collect();
    assert_eq!(calls[0]["function"]["name"], "get_weather");
    assert!(calls[0]["id"].is_string());
    assert!(calls.iter().all(|call| call["index"] == 0));
    let arguments: String = calls
        .iter()
        .filter_map(|call| call["function"]["arguments"].as_str())
        .collect();
    assert_eq!(arguments, r#"{"city":"Paris"}"#);
    let finishes: Vec<&str> = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["finish_reason"].as_str())
        .collect();
    assert_eq!(finishes, ["tool_calls"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_reads_alike_through_the_hub() {
    let said = r#"{"id":"chatcmpl-FAKE","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"caf\u00e9","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3},"service_tier":"default"}"#;
    for force_hub in [false, true] {
        let mock = mock().await;
        mock.script([Step {
            body: Some(said.to_owned()),
            ..Step::default()
        }]);
        let file = single(target("openai", &mock)).to_string();
        let served = serve_with(&file, |options| options.force_hub = force_hub);
        let expected: Value = serde_json::from_str(said).unwrap();
        assert_eq!(chat(served.address, &ask(false)).await.json(), expected);
    }
}
