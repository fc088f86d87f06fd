//! What the suites share: reading an answer through the hub, reading a client's stream without it, comparing JSON
//! that `serde_json::Value` cannot hold.

use std::fmt;

use bytes::Bytes;
use portolan_llm::{
    chat::{Delta, Event, PartKind},
    format::{Envelope, Format},
    framing::sse::{self, Framer},
    usage::Tokens,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

pub(crate) const LIMIT: usize = 1 << 20;

pub(crate) fn envelope() -> Envelope {
    Envelope {
        id: String::from("chatcmpl-gateway"),
        created: 1_700_000_000,
        model: String::from("command-a-03-2025"),
    }
}

/// A stream's events, in the pieces it arrives in.
pub(crate) fn events<'p>(
    pieces: impl IntoIterator<Item = &'p [u8]>,
    mut each: impl FnMut(&sse::Event<'_>),
) {
    let mut framer = Framer::new(LIMIT);
    for piece in pieces {
        framer.push(Bytes::copy_from_slice(piece));
        while let Some(range) = framer.next_event().unwrap() {
            each(&sse::parse(framer.bytes(range)));
        }
    }
}

/// Events as Cohere sends them: the type stands beside the data too.
pub(crate) fn cohere_sse<'l>(lines: impl IntoIterator<Item = &'l str>) -> String {
    lines
        .into_iter()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            let kind = event["type"].as_str().unwrap();
            format!("event: {kind}\ndata: {line}\n\n")
        })
        .collect()
}

/// Chunks as OpenAI sends them, with the terminator.
pub(crate) fn openai_sse<'l>(lines: impl IntoIterator<Item = &'l str>) -> String {
    let mut stream: String = lines
        .into_iter()
        .map(|line| format!("data: {line}\n\n"))
        .collect();
    stream.push_str("data: [DONE]\n\n");
    stream
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// What an answer says; texts as their escaped literals until `plain`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) refusal: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) citations: usize,
    pub(crate) finish: Vec<String>,
    pub(crate) usage: Option<Tokens>,
    pub(crate) errors: Vec<String>,
    pub(crate) starts: usize,
    pub(crate) ends: usize,
}

impl Reading {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start { .. } => self.starts += 1,
            Event::Delta { delta, .. } => match delta {
                Delta::Role | Delta::Extra { .. } => {}
                Delta::Text(text) => self.text.push_str(text.escaped()),
                Delta::Reasoning(text) => self.reasoning.push_str(text.escaped()),
                Delta::Refusal(text) => self.refusal.push_str(text.escaped()),
                Delta::Citation(_) => self.citations += 1,
                Delta::ToolCall { index, id, name } => {
                    assert_eq!(
                        *index as usize,
                        self.calls.len(),
                        "calls are counted from 0"
                    );
                    self.calls.push(Call {
                        id: id.unescape().into_owned(),
                        name: name.unescape().into_owned(),
                        arguments: String::new(),
                    });
                }
                Delta::Arguments { index, fragment } => self.calls[*index as usize]
                    .arguments
                    .push_str(fragment.escaped()),
            },
            Event::Finish { reason, .. } => self.finish.push(format!("{reason:?}")),
            Event::Usage(usage) => self.usage = Some(usage.tokens),
            Event::Error(failure) => self.errors.push(failure.message.clone()),
            Event::End => self.ends += 1,
        }
    }

    fn plain(mut self) -> Self {
        for text in [&mut self.text, &mut self.reasoning, &mut self.refusal]
            .into_iter()
            .chain(self.calls.iter_mut().map(|call| &mut call.arguments))
        {
            *text = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        }
        self
    }

    /// Calls with their arguments as JSON, without the ids that differ from run to run.
    pub(crate) fn called(&self) -> Vec<(String, Value)> {
        self.calls
            .iter()
            .map(|call| {
                let arguments = serde_json::from_str(&call.arguments).unwrap();
                (call.name.clone(), arguments)
            })
            .collect()
    }
}

pub(crate) fn read_stream<'p>(
    format: Format,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Reading {
    let mut decoder = format.codec().decoder();
    let mut reading = Reading::default();
    events(pieces, |event| {
        decoder
            .event(event, &mut |event: Event<'_>| reading.take(&event))
            .unwrap();
    });
    reading.plain()
}

pub(crate) fn read_whole(format: Format, body: &[u8]) -> Reading {
    let response = format.codec().decode_response(body).unwrap();
    let choice = &response.choices[0];
    let mut reading = Reading::default();
    for part in &choice.parts {
        match &part.kind {
            PartKind::Text(text) => reading.text.push_str(text.escaped()),
            PartKind::Reasoning(text) => reading.reasoning.push_str(text.escaped()),
            PartKind::Refusal(text) => reading.refusal.push_str(text.escaped()),
            PartKind::ToolCall(call) => reading.calls.push(Call {
                id: call.id.unescape().into_owned(),
                name: call.name.unescape().into_owned(),
                arguments: call.arguments.escaped().to_owned(),
            }),
            PartKind::Citation(_) => reading.citations += 1,
            PartKind::Image { .. } | PartKind::ToolResult { .. } | PartKind::Other(_) => {}
        }
    }
    reading
        .finish
        .extend(choice.finish.iter().map(|reason| format!("{reason:?}")));
    reading.usage = response.usage.map(|usage| usage.tokens);
    reading.plain()
}

/// A stream as a client of another format gets it.
pub(crate) fn translate_stream<'p>(
    (from, to): (Format, Format),
    stream_usage: bool,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> String {
    let mut decoder = from.codec().decoder();
    let mut encoder = to.codec().encoder(envelope(), stream_usage);
    let mut out = Vec::new();
    events(pieces, |event| {
        decoder
            .event(event, &mut |event: Event<'_>| {
                encoder.event(&event, &mut out);
            })
            .unwrap();
    });
    String::from_utf8(out).unwrap()
}

pub(crate) fn translate_response(from: Format, to: Format, body: &[u8]) -> Value {
    let response = from.codec().decode_response(body).unwrap();
    let mut out = Vec::new();
    to.codec().encode_response(&response, &envelope(), &mut out);
    serde_json::from_slice(&out).unwrap()
}

/// A chat completions stream as a client reads it, with no help of ours.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub(crate) chunks: Vec<Value>,
    pub(crate) done: usize,
}

impl Client {
    pub(crate) fn read(stream: &str) -> Self {
        let mut client = Self::default();
        for event in stream.split("\n\n").filter(|event| !event.is_empty()) {
            assert_eq!(client.done, 0, "nothing follows the terminator");
            match event.strip_prefix("data: ").unwrap() {
                "[DONE]" => client.done += 1,
                data => client.chunks.push(serde_json::from_str(data).unwrap()),
            }
        }
        client
    }

    pub(crate) fn deltas(&self) -> impl Iterator<Item = &Value> {
        self.chunks
            .iter()
            .filter_map(|chunk| chunk["choices"].get(0))
            .map(|choice| &choice["delta"])
    }

    pub(crate) fn joined(&self, field: &str) -> String {
        self.deltas()
            .filter_map(|delta| delta[field].as_str())
            .collect()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        let mut calls: Vec<Call> = Vec::new();
        for piece in self
            .deltas()
            .filter_map(|delta| delta["tool_calls"].as_array())
            .flatten()
        {
            let index = usize::try_from(piece["index"].as_u64().unwrap()).unwrap();
            if let Some(id) = piece["id"].as_str() {
                assert_eq!(index, calls.len(), "a call tells its id once, in order");
                calls.push(Call {
                    id: id.to_owned(),
                    name: piece["function"]["name"].as_str().unwrap().to_owned(),
                    arguments: String::new(),
                });
            }
            if let Some(fragment) = piece["function"]["arguments"].as_str() {
                calls[index].arguments.push_str(fragment);
            }
        }
        calls
    }

    pub(crate) fn finishes(&self) -> Vec<&str> {
        self.chunks
            .iter()
            .filter_map(|chunk| chunk["choices"].get(0))
            .filter_map(|choice| choice["finish_reason"].as_str())
            .collect()
    }

    pub(crate) fn usages(&self) -> Vec<&Value> {
        self.chunks
            .iter()
            .map(|chunk| &chunk["usage"])
            .filter(|usage| !usage.is_null())
            .collect()
    }
}

/// An object's members in order, doubles and all.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

/// A document with its keys sorted and its white space gone; numbers as written, strings unescaped where they can be.
pub(crate) fn canonical(json: &str) -> String {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'{') => {
            let Ok(Members(members)) = serde_json::from_str(json) else {
                return json.to_owned();
            };
            let mut members: Vec<String> = members
                .into_iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical(value.get())))
                .collect();
            members.sort();
            format!("{{{}}}", members.join(","))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).unwrap();
            let items: Vec<String> = items.iter().map(|item| canonical(item.get())).collect();
            format!("[{}]", items.join(","))
        }
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => format!("{text:?}"),
            Err(_) => json.to_owned(),
        },
        _ => json.to_owned(),
    }
}
