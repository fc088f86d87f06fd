//! Reads an answer to its last byte: what it says, and whether it is whole.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Dialect {
    OpenAi,
    Cohere,
}

/// What two right answers to one request share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) text: String,
    /// Events with text in them; 1 for a whole answer.
    pub(super) events: usize,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    choices: Vec<OpenAiChoice>,
}

#[derive(Deserialize)]
struct OpenAiChoice {
    #[serde(alias = "delta")]
    message: OpenAiMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct OpenAiMessage {
    content: Option<String>,
}

#[derive(Deserialize)]
struct CohereAnswer {
    message: CohereMessage,
    finish_reason: String,
}

#[derive(Deserialize)]
struct CohereMessage {
    content: Vec<CohereText>,
}

#[derive(Deserialize)]
struct CohereText {
    text: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum CohereEvent {
    ContentDelta {
        delta: CohereDelta,
    },
    MessageEnd,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct CohereDelta {
    message: CohereDeltaMessage,
}

#[derive(Deserialize)]
struct CohereDeltaMessage {
    content: CohereText,
}

/// Errs for whatever is no good and whole answer.
pub(super) fn read(dialect: Dialect, stream: bool, body: &[u8]) -> Result<Reading> {
    let body = std::str::from_utf8(body).context("the answer is not UTF-8")?;
    match (dialect, stream) {
        (Dialect::OpenAi, false) => openai(body),
        (Dialect::OpenAi, true) => openai_stream(body),
        (Dialect::Cohere, false) => cohere(body),
        (Dialect::Cohere, true) => cohere_stream(body),
    }
}

fn openai(body: &str) -> Result<Reading> {
    let answer: OpenAiAnswer = serde_json::from_str(body)?;
    let [choice] = answer.choices.as_slice() else {
        bail!("not one choice");
    };
    ensure!(
        choice.finish_reason.as_deref() == Some("stop"),
        "not finished"
    );
    let text = choice.message.content.clone().context("no content")?;
    Ok(Reading { text, events: 1 })
}

fn openai_stream(body: &str) -> Result<Reading> {
    let mut data = events(body)?;
    ensure!(data.pop() == Some("[DONE]"), "no [DONE] at the end");
    let mut reading = Reading::nothing();
    let mut finished = false;
    for json in data {
        let chunk: OpenAiAnswer = serde_json::from_str(json)?;
        for choice in chunk.choices {
            reading.add(choice.message.content.as_deref());
            finished |= choice.finish_reason.as_deref() == Some("stop");
        }
    }
    ensure!(finished, "no finish reason");
    Ok(reading)
}

fn cohere(body: &str) -> Result<Reading> {
    let answer: CohereAnswer = serde_json::from_str(body)?;
    ensure!(answer.finish_reason == "COMPLETE", "not finished");
    let [content] = answer.message.content.as_slice() else {
        bail!("not one content");
    };
    let text = content.text.clone();
    Ok(Reading { text, events: 1 })
}

fn cohere_stream(body: &str) -> Result<Reading> {
    let mut reading = Reading::nothing();
    let mut ended = false;
    for json in events(body)? {
        ensure!(!ended, "an event after message-end");
        let event: CohereEvent = serde_json::from_str(json)?;
        match event {
            CohereEvent::ContentDelta { delta } => {
                reading.add(Some(&delta.message.content.text));
            }
            CohereEvent::MessageEnd => ended = true,
            CohereEvent::Other => {}
        }
    }
    ensure!(ended, "no message-end at the end");
    Ok(reading)
}

/// The data of each event; errs when the last is not whole.
fn events(body: &str) -> Result<Vec<&str>> {
    let body = body
        .strip_suffix("\n\n")
        .context("the last event is not whole")?;
    body.split("\n\n")
        .map(|event| {
            event
                .lines()
                .find_map(|line| line.strip_prefix("data: "))
                .context("an event without data")
        })
        .collect()
}

impl Reading {
    fn nothing() -> Self {
        Self {
            text: String::new(),
            events: 0,
        }
    }

    fn add(&mut self, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.text.push_str(text);
            self.events += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAI: &str = concat!(
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\" b\"},\"finish_reason\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    );
    const COHERE: &str = concat!(
        "event: message-start\ndata: {\"type\":\"message-start\",\"id\":\"x\"}\n\n",
        "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"a b\"}}}}\n\n",
        "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n",
    );

    #[test]
    fn streams_are_put_together() {
        let reading = read(Dialect::OpenAi, true, OPENAI.as_bytes()).unwrap();
        assert_eq!((reading.text.as_str(), reading.events), ("a b", 2));
        let reading = read(Dialect::Cohere, true, COHERE.as_bytes()).unwrap();
        assert_eq!((reading.text.as_str(), reading.events), ("a b", 1));
    }

    #[test]
    fn no_cut_stream_is_whole() {
        for (dialect, stream) in [(Dialect::OpenAi, OPENAI), (Dialect::Cohere, COHERE)] {
            for end in 0..stream.len() {
                let cut = &stream.as_bytes()[..end];
                assert!(read(dialect, true, cut).is_err(), "{end} bytes");
            }
        }
    }

    #[test]
    fn whole_answers() {
        let body = br#"{"choices":[{"message":{"role":"assistant","content":"a b"},"finish_reason":"stop"}]}"#;
        assert_eq!(read(Dialect::OpenAi, false, body).unwrap().text, "a b");
        let body =
            br#"{"message":{"content":[{"type":"text","text":"a b"}]},"finish_reason":"COMPLETE"}"#;
        assert_eq!(read(Dialect::Cohere, false, body).unwrap().text, "a b");
        assert!(read(Dialect::OpenAi, false, body).is_err());
    }
}
