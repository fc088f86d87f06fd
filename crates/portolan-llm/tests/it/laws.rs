//! Decode then encode in one format is the identity, up to the order of keys and white space.

use portolan_llm::format::Format;
use proptest::prelude::*;

use crate::{
    generate::{
        Member, always, json, list, maybe, number, object, or_null, string, unknown, word, write,
    },
    support::{canonical, envelope},
};

fn request_again(format: Format, body: &str) -> String {
    let codec = format.codec();
    let request = codec.decode_request(body.as_bytes()).unwrap();
    let mut out = Vec::new();
    let loss = codec.encode_request(&request, &mut out).unwrap();
    assert!(loss.is_empty(), "{loss:?}");
    String::from_utf8(out).unwrap()
}

fn response_again(format: Format, body: &str) -> String {
    let codec = format.codec();
    let response = codec.decode_response(body.as_bytes()).unwrap();
    let mut out = Vec::new();
    let loss = codec.encode_response(&response, &envelope(), &mut out);
    assert!(loss.is_empty(), "{loss:?}");
    String::from_utf8(out).unwrap()
}

fn same(again: &str, body: &str) {
    assert_eq!(canonical(again), canonical(body));
}

#[test]
fn documented_requests_come_back() {
    same(
        &request_again(
            Format::OpenAiChat,
            include_str!("../fixtures/openai_chat/request.json"),
        ),
        include_str!("../fixtures/openai_chat/request.json"),
    );
    same(
        &request_again(
            Format::CohereChat,
            include_str!("../fixtures/cohere_chat/request.json"),
        ),
        include_str!("../fixtures/cohere_chat/request.json"),
    );
}

#[test]
fn documented_answers_come_back() {
    for body in [
        include_str!("../fixtures/openai_chat/answer.json"),
        include_str!("../fixtures/openai_chat/tools.json"),
    ] {
        same(&response_again(Format::OpenAiChat, body), body);
    }
    for body in [
        include_str!("../fixtures/cohere_chat/answer.json"),
        include_str!("../fixtures/cohere_chat/tools.json"),
    ] {
        same(&response_again(Format::CohereChat, body), body);
    }
}

type Members = BoxedStrategy<Vec<Member>>;

fn literal(text: &'static str) -> BoxedStrategy<String> {
    Just(text.to_owned()).boxed()
}

fn sampling(top_p: &'static str, top_k: &'static str) -> Vec<Members> {
    [
        "temperature",
        top_p,
        top_k,
        "seed",
        "frequency_penalty",
        "presence_penalty",
    ]
    .into_iter()
    .map(|name| maybe(name, or_null(number())))
    .collect()
}

fn text_part() -> BoxedStrategy<String> {
    object(vec![
        always("type", literal(r#""text""#)),
        always("text", string()),
        unknown(),
    ])
}

fn image_part() -> BoxedStrategy<String> {
    object(vec![
        always("type", literal(r#""image_url""#)),
        always(
            "image_url",
            object(vec![
                always("url", string()),
                maybe("detail", word(&[r#""low""#, r#""auto""#])),
            ]),
        ),
        unknown(),
    ])
}

/// Of a type that the hub has no name for, or of a known one and not as documented.
fn odd_part() -> BoxedStrategy<String> {
    object(vec![
        maybe(
            "type",
            word(&[r#""input_audio""#, r#""document""#, r#""text""#, "null"]),
        ),
        maybe("text", literal("null")),
        unknown(),
    ])
}

fn parts(own: BoxedStrategy<String>) -> BoxedStrategy<String> {
    list(
        prop_oneof![3 => text_part(), 1 => image_part(), 1 => own, 1 => odd_part()].boxed(),
        1,
    )
}

fn content(parts: BoxedStrategy<String>) -> Members {
    maybe("content", or_null(prop_oneof![string(), parts].boxed()))
}

fn tool(strict: Option<Members>) -> BoxedStrategy<String> {
    let mut function = vec![
        always("name", string()),
        maybe("description", or_null(string())),
        maybe("parameters", json()),
        unknown(),
    ];
    function.extend(strict);
    object(vec![
        always("type", literal(r#""function""#)),
        always("function", object(function)),
        unknown(),
    ])
}

fn one_of(members: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    proptest::strategy::Union::new(members).boxed()
}

pub(crate) mod cohere {
    use super::*;

    fn thinking_part() -> BoxedStrategy<String> {
        object(vec![
            always("type", literal(r#""thinking""#)),
            always("thinking", string()),
            unknown(),
        ])
    }

    /// Arguments that are none come back as they were.
    fn call() -> BoxedStrategy<String> {
        let none = word(&["null", r#""null""#, r#""""#]);
        object(vec![
            always("id", string()),
            always("type", literal(r#""function""#)),
            always(
                "function",
                object(vec![
                    always("name", string()),
                    maybe("arguments", prop_oneof![string(), none].boxed()),
                    unknown(),
                ]),
            ),
            unknown(),
        ])
    }

    fn spoken() -> Vec<Members> {
        vec![
            always("role", literal(r#""assistant""#)),
            maybe("tool_plan", or_null(string())),
            maybe("tool_calls", or_null(list(call(), 0))),
            maybe("citations", or_null(list(json(), 0))),
            unknown(),
        ]
    }

    fn message() -> BoxedStrategy<String> {
        let mut assistant = spoken();
        assistant.push(content(parts(thinking_part())));
        one_of(vec![
            object(vec![
                always("role", word(&[r#""system""#, r#""user""#])),
                content(parts(thinking_part())),
                unknown(),
            ]),
            object(assistant),
            object(vec![
                always("role", literal(r#""tool""#)),
                always("tool_call_id", string()),
                content(list(text_part(), 0)),
                unknown(),
            ]),
        ])
    }

    pub(crate) fn request() -> BoxedStrategy<String> {
        let tools = list(prop_oneof![3 => tool(None), 1 => json()].boxed(), 0);
        let format = one_of(vec![
            literal(r#"{"type":"text"}"#),
            literal(r#"{"type":"json_object"}"#),
            json()
                .prop_map(|schema| format!(r#"{{"type":"json_object","json_schema":{schema}}}"#))
                .boxed(),
            json(),
        ]);
        let mut members = sampling("p", "k");
        members.extend([
            maybe("model", or_null(string())),
            always("messages", list(message(), 0)),
            maybe("stream", word(&["true", "false", "null"])),
            maybe("max_tokens", or_null(number())),
            maybe("stop_sequences", or_null(list(string(), 0))),
            maybe("tools", or_null(tools)),
            maybe("strict_tools", word(&["true", "false", "null"])),
            maybe(
                "tool_choice",
                prop_oneof![word(&[r#""REQUIRED""#, r#""NONE""#]), json()].boxed(),
            ),
            maybe("response_format", format),
            unknown(),
        ]);
        object(members)
    }

    pub(super) fn response() -> BoxedStrategy<String> {
        let units = || {
            object(vec![
                maybe("input_tokens", or_null(number())),
                maybe("output_tokens", or_null(number())),
                unknown(),
            ])
        };
        let mut message = spoken();
        message.push(maybe("content", or_null(parts(thinking_part()))));
        let reasons = word(&[
            r#""COMPLETE""#,
            r#""STOP_SEQUENCE""#,
            r#""MAX_TOKENS""#,
            r#""TOOL_CALL""#,
            r#""ERROR""#,
            r#""TIMEOUT""#,
            r#""ERROR_TOXIC""#,
            "null",
        ]);
        object(vec![
            maybe("id", or_null(string())),
            always("message", object(message)),
            maybe(
                "finish_reason",
                prop_oneof![4 => reasons, 1 => string()].boxed(),
            ),
            maybe(
                "usage",
                or_null(object(vec![
                    maybe("tokens", or_null(units())),
                    maybe("billed_units", or_null(units())),
                    maybe("cached_tokens", or_null(number())),
                    unknown(),
                ])),
            ),
            maybe("logprobs", json()),
            unknown(),
        ])
    }
}

pub(crate) mod openai {
    use super::*;

    fn refusal_part() -> BoxedStrategy<String> {
        object(vec![
            always("type", literal(r#""refusal""#)),
            always("refusal", string()),
            unknown(),
        ])
    }

    fn call() -> BoxedStrategy<String> {
        object(vec![
            always("id", string()),
            always("type", literal(r#""function""#)),
            always(
                "function",
                object(vec![
                    always("name", string()),
                    always("arguments", string()),
                ]),
            ),
            unknown(),
        ])
    }

    fn spoken() -> Vec<Members> {
        vec![
            always("role", literal(r#""assistant""#)),
            maybe("reasoning_content", or_null(string())),
            maybe("refusal", or_null(string())),
            maybe("content", or_null(string())),
            unknown(),
        ]
    }

    fn message() -> BoxedStrategy<String> {
        let mut calling = spoken();
        calling.push(always("tool_calls", list(call(), 1)));
        one_of(vec![
            object(vec![
                always(
                    "role",
                    word(&[r#""system""#, r#""developer""#, r#""user""#]),
                ),
                content(parts(refusal_part())),
                unknown(),
            ]),
            object(vec![
                always("role", literal(r#""assistant""#)),
                content(parts(refusal_part())),
                unknown(),
            ]),
            object(spoken()),
            object(calling),
            object(vec![
                always("role", literal(r#""tool""#)),
                always("tool_call_id", string()),
                content(list(text_part(), 0)),
                unknown(),
            ]),
        ])
    }

    pub(crate) fn request() -> BoxedStrategy<String> {
        let strict = maybe("strict", word(&["true", "false", "null"]));
        let other = object(vec![always("type", literal(r#""custom""#)), unknown()]);
        let tools = list(prop_oneof![3 => tool(Some(strict)), 1 => other].boxed(), 1);
        let named = string()
            .prop_map(|name| format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#));
        let schema = json().prop_map(|schema| {
            format!(
                r#"{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema},"x":1}}}}"#
            )
        });
        let bound = |name| always(name, number());
        let mut members = sampling("top_p", "top_k");
        members.extend([
            maybe("model", or_null(string())),
            always("messages", list(message(), 0)),
            maybe("stream", word(&["true", "null"])),
            maybe(
                "stream_options",
                or_null(object(vec![
                    always("include_usage", literal("true")),
                    unknown(),
                ])),
            ),
            prop_oneof![
                bound("max_tokens"),
                bound("max_completion_tokens"),
                Just(Vec::<Member>::new()).boxed()
            ]
            .boxed(),
            maybe(
                "stop",
                or_null(prop_oneof![string(), list(string(), 0)].boxed()),
            ),
            maybe("n", or_null(number())),
            maybe("tools", or_null(tools)),
            maybe(
                "tool_choice",
                one_of(vec![
                    word(&[r#""auto""#, r#""none""#, r#""required""#, "null"]),
                    named.boxed(),
                    object(vec![
                        always("type", literal(r#""allowed_tools""#)),
                        unknown(),
                    ]),
                ]),
            ),
            maybe(
                "response_format",
                one_of(vec![
                    word(&[r#"{"type":"text"}"#, r#"{"type":"json_object"}"#, "null"]),
                    schema.boxed(),
                    object(vec![always("type", literal(r#""grammar""#)), unknown()]),
                ]),
            ),
            unknown(),
        ]);
        object(members)
    }

    pub(super) fn response() -> BoxedStrategy<String> {
        let choice = |calls: bool| {
            let mut message = spoken();
            if calls {
                message.push(always("tool_calls", list(call(), 1)));
            }
            let reasons: &[&'static str] = if calls {
                &[r#""tool_calls""#, r#""length""#, "null"]
            } else {
                &[
                    r#""stop""#,
                    r#""length""#,
                    r#""content_filter""#,
                    r#""function_call""#,
                    "null",
                ]
            };
            object(vec![
                always("index", literal("0")),
                always("message", object(message)),
                maybe("finish_reason", word(reasons)),
                maybe("logprobs", json()),
                unknown(),
            ])
        };
        let details = |name: &'static str| object(vec![maybe(name, or_null(number())), unknown()]);
        object(vec![
            always("id", string()),
            maybe("object", literal(r#""chat.completion""#)),
            always("created", number()),
            always("model", string()),
            always(
                "choices",
                prop_oneof![choice(false), choice(true)]
                    .prop_map(|choice| format!("[{choice}]"))
                    .boxed(),
            ),
            maybe(
                "usage",
                or_null(object(vec![
                    maybe("prompt_tokens", or_null(number())),
                    maybe("completion_tokens", or_null(number())),
                    maybe("prompt_tokens_details", or_null(details("cached_tokens"))),
                    maybe(
                        "completion_tokens_details",
                        or_null(details("reasoning_tokens")),
                    ),
                    unknown(),
                ])),
            ),
            unknown(),
        ])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_cohere_request_comes_back(body in cohere::request()) {
        prop_assert_eq!(canonical(&request_again(Format::CohereChat, &body)), canonical(&body));
    }

    #[test]
    fn any_cohere_answer_comes_back(body in cohere::response()) {
        prop_assert_eq!(canonical(&response_again(Format::CohereChat, &body)), canonical(&body));
    }

    #[test]
    fn any_openai_request_comes_back(body in openai::request()) {
        prop_assert_eq!(canonical(&request_again(Format::OpenAiChat, &body)), canonical(&body));
    }

    #[test]
    fn any_openai_answer_comes_back(body in openai::response()) {
        prop_assert_eq!(canonical(&response_again(Format::OpenAiChat, &body)), canonical(&body));
    }

    #[test]
    fn a_known_field_given_twice_is_refused(
        format in prop::sample::select(vec![Format::OpenAiChat, Format::CohereChat]),
        name in prop::sample::select(vec!["model", "messages", "stream", "max_tokens", "tools"]),
    ) {
        let twice = (name.to_owned(), String::from("null"));
        let members = vec![twice.clone(), (String::from("x"), String::from("1")), twice];
        let error = format.codec().decode_request(write(&members).as_bytes()).unwrap_err();
        prop_assert!(error.to_string().contains("is given twice"), "{error}");
    }
}
