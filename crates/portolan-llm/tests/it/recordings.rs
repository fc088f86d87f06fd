//! Answers as providers gave them, where the recordings are at hand.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use portolan_llm::{
    format::{Class, Format},
    usage::Tokens,
};
use serde_json::{Value, json};

use crate::support::{
    Client, Reading, cohere_sse, events, openai_sse, read_stream, read_whole, translate_response,
    translate_stream,
};

const RECORDINGS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/fixtures/recordings"
);

/// The folder of recordings; where there is none, the skip is told.
fn recordings(test: &str) -> Option<PathBuf> {
    let folder = Path::new(RECORDINGS);
    if folder.is_dir() {
        return Some(folder.to_owned());
    }
    let reason = "the recorded provider answers are not here";
    eprintln!("skipped {test}: {reason}");
    if let Some(skips) = std::env::var_os("PORTOLAN_SKIPS") {
        let mut skips = OpenOptions::new()
            .create(true)
            .append(true)
            .open(skips)
            .unwrap();
        skips
            .write_all(format!("{test}\t{reason}\n").as_bytes())
            .unwrap();
    }
    None
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn chunks(format: Format, folder: &Path, name: &str) -> String {
    let lines = read(folder, &format!("{name}.chunks.txt"));
    let lines = lines.lines().filter(|line| !line.is_empty());
    match format {
        Format::CohereChat => cohere_sse(lines),
        Format::OpenAiChat => openai_sse(lines),
    }
}

const COHERE_WHOLE: &[&str] = &[
    "cohere/cohere-citations",
    "cohere/cohere-max-tokens",
    "cohere/cohere-null-args",
    "cohere/cohere-reasoning",
    "cohere/cohere-text",
    "cohere/cohere-tool-call",
];
const COHERE_STREAMS: &[&str] = &[
    "cohere/cohere-empty-tool-call",
    "cohere/cohere-reasoning",
    "cohere/cohere-text",
    "cohere/cohere-tool-call",
];
const OPENAI_WHOLE: &[&str] = &[
    "alibaba/alibaba-reasoning",
    "alibaba/alibaba-text",
    "alibaba/alibaba-tool-call",
    "deepseek/deepseek-json",
    "deepseek/deepseek-reasoning",
    "deepseek/deepseek-text",
    "deepseek/deepseek-tool-call",
    "groq/groq-reasoning",
    "groq/groq-text",
    "groq/groq-tool-call",
    "mistral/mistral-reasoning",
    "mistral/mistral-text",
    "mistral/mistral-tool-call",
    "openai-compatible/xai-text",
    "openai-compatible/xai-tool-call",
    "xai/xai-text",
    "xai/xai-tool-call",
];
const OPENAI_STREAMS: &[&str] = &[
    "alibaba/alibaba-text",
    "alibaba/alibaba-tool-call",
    "deepseek/deepseek-tool-call",
    "groq/groq-tool-call",
    "mistral/mistral-incremental-tool-call",
    "mistral/mistral-reasoning",
    "mistral/mistral-text",
    "mistral/mistral-tool-call",
    "openai-compatible/xai-tool-call",
    "xai/xai-text",
    "xai/xai-tool-call",
];

#[test]
fn every_whole_answer_is_read() {
    let Some(folder) = recordings("every_whole_answer_is_read") else {
        return;
    };
    for (format, names) in [
        (Format::CohereChat, COHERE_WHOLE),
        (Format::OpenAiChat, OPENAI_WHOLE),
    ] {
        for name in names {
            let body = read(&folder, &format!("{name}.json"));
            let reading = read_whole(format, body.as_bytes());
            assert_eq!(reading.finish.len(), 1, "{name}");
            assert!(reading.usage.is_some(), "{name}");
            let observed = format.codec().observe_response(body.as_bytes()).unwrap();
            assert_eq!(observed.class, Class::Content, "{name}");
            assert_eq!(observed.usage, reading.usage, "{name}");
            let promises = reading.finish[0] != "Length";
            assert_eq!(observed.finish, Some(promises), "{name}");
            for call in &reading.calls {
                serde_json::from_str::<Value>(&call.arguments).unwrap();
            }
        }
    }
}

#[test]
fn r04_every_stream_is_read_and_ends_once() {
    let Some(folder) = recordings("r04_every_stream_is_read_and_ends_once") else {
        return;
    };
    for (format, names) in [
        (Format::CohereChat, COHERE_STREAMS),
        (Format::OpenAiChat, OPENAI_STREAMS),
    ] {
        for name in names {
            let stream = chunks(format, &folder, name);
            let reading = read_stream(format, [stream.as_bytes()]);
            assert_eq!((reading.starts, reading.ends), (1, 1), "{name}");
            assert_eq!(reading.finish.len(), 1, "{name}");
            assert_eq!(
                reading.finish[0] == "ToolCalls",
                !reading.calls.is_empty(),
                "{name}"
            );
            assert!(
                reading.errors.is_empty() && reading.refusal.is_empty(),
                "{name}"
            );
            let mut classes = Vec::new();
            let mut usage = None;
            events([stream.as_bytes()], |event| {
                let observed = format.codec().observe_event(event);
                classes.push(observed.class);
                usage = observed.usage.or(usage);
            });
            assert!(classes.contains(&Class::Content), "{name}");
            assert!(
                !classes.contains(&Class::Malformed) && !classes.contains(&Class::Error),
                "{name}"
            );
            assert_eq!(
                classes.iter().position(|class| *class == Class::Terminal),
                Some(classes.len() - 1),
                "{name}"
            );
            assert_eq!(usage, reading.usage, "{name}");
            let pieces = read_stream(format, stream.as_bytes().chunks(3));
            assert_eq!(pieces, reading, "{name}");
        }
    }
}

/// The model spoke anew each time, so the words differ: what was called, how it ended and what there was do not.
#[test]
fn whole_and_stream_of_one_scenario_agree() {
    let Some(folder) = recordings("whole_and_stream_of_one_scenario_agree") else {
        return;
    };
    let shape = |reading: &Reading| {
        (
            reading.called(),
            reading.finish.clone(),
            reading.text.is_empty(),
            reading.reasoning.is_empty(),
        )
    };
    for (format, whole, streams) in [
        (Format::CohereChat, COHERE_WHOLE, COHERE_STREAMS),
        (Format::OpenAiChat, OPENAI_WHOLE, OPENAI_STREAMS),
    ] {
        for name in whole.iter().filter(|name| streams.contains(name)) {
            let body = read(&folder, &format!("{name}.json"));
            let whole = read_whole(format, body.as_bytes());
            let stream = chunks(format, &folder, name);
            let streamed = read_stream(format, [stream.as_bytes()]);
            assert_eq!(shape(&streamed), shape(&whole), "{name}");
        }
    }
}

#[test]
fn r04_an_openai_client_reads_every_cohere_stream() {
    let Some(folder) = recordings("r04_an_openai_client_reads_every_cohere_stream") else {
        return;
    };
    let translate = |name: &str| {
        let stream = chunks(Format::CohereChat, &folder, name);
        let formats = (Format::CohereChat, Format::OpenAiChat);
        Client::read(&translate_stream(formats, true, [stream.as_bytes()]))
    };

    let text = translate("cohere/cohere-text");
    assert_eq!(text.joined("content"), "The capital of France is Paris.");
    assert_eq!(text.finishes(), ["stop"]);
    assert_eq!(text.usages()[0]["prompt_tokens"], 507);
    assert_eq!(text.usages()[0]["completion_tokens"], 10);
    assert_eq!(text.usages()[0]["total_tokens"], 517);
    assert_eq!(
        text.usages()[0]["prompt_tokens_details"]["cached_tokens"],
        448
    );

    let reasoning = translate("cohere/cohere-reasoning");
    assert_eq!(reasoning.joined("content"), "The answer to 2 + 2 is 4.");
    assert_eq!(
        reasoning.joined("reasoning_content"),
        "The user is asking for the sum of 2 and 2. Since this is a straightforward arithmetic problem, \
         I don't need to use any tools. I can calculate the answer directly."
    );
    assert_eq!(reasoning.finishes(), ["stop"]);

    let calls = translate("cohere/cohere-tool-call");
    assert_eq!(
        calls.joined("content"),
        "I will use the weather tool to find the weather in San Francisco and the cityAttractions tool \
         to find attractions in San Francisco."
    );
    let called: Vec<_> = calls
        .calls()
        .into_iter()
        .map(|call| (call.id, call.name, call.arguments))
        .collect();
    assert_eq!(
        called,
        [
            (
                "weather_e8p4pn45zt0t",
                "weather",
                r#"{"location": "San Francisco"}"#
            ),
            (
                "cityAttractions_pyxssbwnq9fq",
                "cityAttractions",
                r#"{"city": "San Francisco"}"#
            ),
        ]
        .map(|(id, name, arguments)| (
            id.to_owned(),
            name.to_owned(),
            arguments.to_owned()
        ))
    );
    assert_eq!(calls.finishes(), ["tool_calls"]);

    let empty = translate("cohere/cohere-empty-tool-call").calls();
    assert_eq!((empty.len(), empty[0].arguments.as_str()), (1, "{}"));
}

#[test]
fn an_openai_client_reads_every_cohere_answer() {
    let Some(folder) = recordings("an_openai_client_reads_every_cohere_answer") else {
        return;
    };
    let translate = |name: &str| {
        let body = read(&folder, &format!("cohere/{name}.json"));
        translate_response(Format::CohereChat, Format::OpenAiChat, body.as_bytes())
    };
    let message = |name: &str| {
        let answer = translate(name);
        let choice = &answer["choices"][0];
        (choice["message"].clone(), choice["finish_reason"].clone())
    };

    let (text, finish) = message("cohere-text");
    assert_eq!(
        text,
        json!({"role": "assistant", "content": "The capital of France is Paris.", "refusal": null})
    );
    assert_eq!(finish, "stop");
    assert_eq!(message("cohere-max-tokens").1, "length");

    let (cited, _) = message("cohere-citations");
    assert_eq!(cited["citations"].as_array().unwrap().len(), 3);
    assert_eq!(cited["citations"][0]["text"], "Automation of tasks");

    let (reasoned, _) = message("cohere-reasoning");
    assert_eq!(reasoned["content"], "2 + 2 = 4");
    assert_eq!(
        reasoned["reasoning_content"],
        "Okay, so I need to figure out what 2 + 2 is. Let me start by recalling what addition means."
    );

    let (calls, finish) = message("cohere-tool-call");
    assert_eq!(finish, "tool_calls");
    assert_eq!(
        calls["tool_calls"][0]["function"]["arguments"],
        r#"{"location":"San Francisco"}"#
    );
    assert_eq!(calls["tool_calls"][1]["id"], "cityAttractions_dcxfx4myvx68");

    let (none, _) = message("cohere-null-args");
    assert_eq!(none["tool_calls"][0]["function"]["arguments"], "{}");
    assert_eq!(
        none["content"],
        "I will use the currentTime tool to find the current time."
    );

    let usage = read_whole(
        Format::CohereChat,
        read(&folder, "cohere/cohere-null-args.json").as_bytes(),
    )
    .usage;
    assert_eq!(
        usage,
        Some(Tokens {
            input: 1445,
            output: 43,
            cached_input: Some(992),
            reasoning: None
        })
    );
}

/// Its calls begin at index 1: a client still gets them from 0 in order.
#[test]
fn r01_a_stream_whose_calls_begin_at_one() {
    let Some(folder) = recordings("r01_a_stream_whose_calls_begin_at_one") else {
        return;
    };
    let stream = read(
        &folder,
        "openai-compatible/anthropic-fallback-tool-call.sse",
    );
    let reading = read_stream(Format::OpenAiChat, [stream.as_bytes()]);
    assert_eq!(reading.text, "Reading it.");
    assert_eq!(
        reading.called(),
        [(String::from("read_file"), json!({"path": "a.txt"}))]
    );
    assert_eq!(reading.finish, ["ToolCalls"]);
}
