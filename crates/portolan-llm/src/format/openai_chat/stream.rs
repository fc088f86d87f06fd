//! Streams: frames to hub events, hub events to frames.

use super::{FORMAT, error, response, wire};
use crate::{
    chat::{Delta, Event, Extra, Finish},
    format::{Envelope, StreamDecoder, StreamEncoder},
    framing::sse,
    json::{self, Field, Invalid, List, Number, ObjectWriter, RawValue, Text, Write, object},
};

pub(super) const DONE: &[u8] = b"data: [DONE]\n\n";

object! {
    struct Chunk<'a> {
        "id" id: Text<'a>,
        "created" created: Number<'a>,
        "model" model: Text<'a>,
        "choices" choices: List<wire::Choice<'a>>,
        "usage" usage: &'a RawValue,
        "error" error: &'a RawValue,
    }
}

#[derive(Default)]
pub(super) struct Decoder {
    started: bool,
    /// Choice and wire index of every call that was begun, in order of first appearance.
    calls: Vec<(u32, u32)>,
}

impl StreamDecoder for Decoder {
    fn event(
        &mut self,
        event: &sse::Event<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        let Some(data) = &event.data else {
            return Ok(());
        };
        if data.as_ref() == b"[DONE]" {
            sink(Event::End);
            return Ok(());
        }
        let chunk: Chunk<'_> = json::parse(data)?;
        let object = chunk.extra.iter().find(|(name, _)| *name == "object");
        let object = object.and_then(|(_, value)| Text::from_raw(value));
        if let Some(failure) = error::inside(data, &chunk.error, object.as_ref()) {
            sink(Event::Error(failure));
            return Ok(());
        }
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start {
                id: chunk.id.into_option(),
                model: chunk.model.into_option(),
                created: chunk.created.into_option(),
                extra: Extra::new(FORMAT, chunk.extra),
            });
        }
        let choices = chunk.choices.into_option().unwrap_or_default();
        for (at, choice) in choices.0.into_iter().enumerate() {
            self.choice(at, choice, sink);
        }
        if let Field::Is(raw) = chunk.usage
            && let Ok(usage) = response::usage(raw)
        {
            sink(Event::Usage(usage));
        }
        Ok(())
    }
}

impl Decoder {
    fn choice(&mut self, at: usize, wire: wire::Choice<'_>, sink: &mut dyn FnMut(Event<'_>)) {
        let choice = response::index(wire.index.as_ref(), at);
        let mut emit = |delta| sink(Event::Delta { choice, delta });
        let mut extra = wire.extra;
        let mut within = json::Extra::default();
        if let Field::Is(delta) = wire.delta {
            if delta.role.as_ref().is_some() {
                emit(Delta::Role);
            }
            if let Field::Is(text) = delta.reasoning_content {
                emit(Delta::Reasoning(text));
            }
            match delta.content {
                Field::Is(wire::Content::Plain(text)) => emit(Delta::Text(text)),
                Field::Is(wire::Content::Parts(parts)) => {
                    for wire::Part { part, .. } in parts {
                        if let Field::Is(text) = part.text {
                            emit(Delta::Text(text));
                        }
                    }
                }
                Field::Absent | Field::Null => {}
            }
            if let Field::Is(text) = delta.refusal {
                emit(Delta::Refusal(text));
            }
            if let Field::Is(List(calls)) = delta.tool_calls {
                for (at, call) in calls.into_iter().enumerate() {
                    let index = self.call(choice, wire_index(&call, at));
                    decode_call(index, call, &mut emit);
                }
            }
            within = delta.extra;
        }
        // A null here says that there is none yet.
        if let Field::Null = wire.finish_reason {
            extra.push("finish_reason".into(), RawValue::NULL);
        }
        let says_something =
            |extra: &json::Extra<'_>| extra.iter().any(|(_, raw)| !json::is_null(raw));
        if says_something(&extra) || says_something(&within) {
            emit(Delta::Extra {
                choice: Extra::new(FORMAT, extra),
                delta: Extra::new(FORMAT, within),
            });
        }
        if let Field::Is(reason) = wire.finish_reason
            && !reason.is_empty()
        {
            sink(Event::Finish {
                choice,
                reason: response::finish(reason),
            });
        }
    }

    /// R-01: 0, 1, 2 whatever the wire counts from.
    fn call(&mut self, choice: u32, wire: u32) -> u32 {
        let known = self.calls.iter().position(|call| *call == (choice, wire));
        let at = known.unwrap_or_else(|| {
            self.calls.push((choice, wire));
            self.calls.len() - 1
        });
        let before = self.calls[..at].iter().filter(|call| call.0 == choice);
        u32::try_from(before.count()).unwrap_or(u32::MAX)
    }
}

fn wire_index(call: &wire::ToolCall<'_>, at: usize) -> u32 {
    let index = call.index.as_ref().and_then(|raw| Number::parse(raw.get()));
    response::index(index.as_ref(), at)
}

fn decode_call<'a>(index: u32, call: wire::ToolCall<'a>, emit: &mut dyn FnMut(Delta<'a>)) {
    let function = call.function.into_option().unwrap_or_default();
    if let (Field::Is(id), Field::Is(name)) = (call.id, function.name) {
        emit(Delta::ToolCall { index, id, name });
    }
    if let Field::Is(fragment) = function.arguments
        && !fragment.is_empty()
    {
        emit(Delta::Arguments { index, fragment });
    }
}

/// Writes one chunk for each thing said, from a beginning that is rendered once.
pub(super) struct Encoder {
    envelope: Envelope,
    /// `data: {"id":…,"object":…,"created":…,"model":…`
    prefix: Vec<u8>,
    stream_usage: bool,
    /// Of each choice that was begun.
    choices: Vec<ChoiceState>,
    /// Held until all choices have ended: R-05 wants it last.
    usage: Option<Vec<u8>>,
}

#[derive(Default)]
struct ChoiceState {
    index: u32,
    role_sent: bool,
    called: bool,
    finished: bool,
}

impl Encoder {
    pub(super) fn new(envelope: Envelope, stream_usage: bool) -> Self {
        Self {
            envelope,
            prefix: Vec::new(),
            stream_usage,
            choices: Vec::new(),
            usage: None,
        }
    }

    fn start(
        &mut self,
        id: Option<&Text<'_>>,
        model: Option<&Text<'_>>,
        created: Option<&Number<'_>>,
        extra: Option<&Extra<'_>>,
    ) {
        self.prefix.extend_from_slice(b"data: ");
        let mut object = ObjectWriter::open(&mut self.prefix);
        match id {
            Some(id) => object.field("id", id),
            None => object.field("id", &self.envelope.id.as_str()),
        }
        match created {
            Some(created) => object.field("created", created),
            None => object.field("created", &self.envelope.created),
        }
        match model {
            Some(model) => object.field("model", model),
            None => object.field("model", &self.envelope.model.as_str()),
        }
        match extra.and_then(|extra| extra.of(FORMAT)) {
            Some(extra) => object.extra(extra),
            None => object.field("object", &"chat.completion.chunk"),
        }
    }

    fn prefix(&mut self, out: &mut Vec<u8>) {
        if self.prefix.is_empty() {
            self.start(None, None, None, None);
        }
        out.extend_from_slice(&self.prefix);
    }

    /// The place of a choice's state, and its beginning if it has not been begun.
    fn choice(&mut self, index: u32) -> &mut ChoiceState {
        let at = match self.choices.iter().position(|state| state.index == index) {
            Some(at) => at,
            None => {
                self.choices.push(ChoiceState {
                    index,
                    ..ChoiceState::default()
                });
                self.choices.len() - 1
            }
        };
        &mut self.choices[at]
    }

    /// One chunk with one choice: `delta` writes the members of its delta.
    fn chunk(
        &mut self,
        choice: u32,
        out: &mut Vec<u8>,
        finish: Option<(&Finish<'_>, bool)>,
        delta: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        self.prefix(out);
        out.extend_from_slice(br#","choices":[{"index":"#);
        choice.write(out);
        out.extend_from_slice(br#","delta":"#);
        let mut object = ObjectWriter::open(out);
        let state = self.choice(choice);
        if !state.role_sent && finish.is_none() {
            state.role_sent = true;
            object.field("role", &"assistant");
        }
        delta(&mut object);
        object.close();
        out.extend_from_slice(br#","finish_reason":"#);
        match finish {
            Some((reason, called)) => response::write_finish(reason, called, out),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b"}]}\n\n");
    }

    fn delta(&mut self, choice: u32, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            Delta::Role => {
                if !self.choice(choice).role_sent {
                    self.chunk(choice, out, None, |object| {
                        object.field("content", &"");
                    });
                }
            }
            Delta::Text(text) => self.chunk(choice, out, None, |object| {
                object.field("content", text);
            }),
            Delta::Reasoning(text) => self.chunk(choice, out, None, |object| {
                object.field("reasoning_content", text);
            }),
            Delta::Refusal(text) => self.chunk(choice, out, None, |object| {
                object.field("refusal", text);
            }),
            Delta::ToolCall { index, id, name } => {
                self.choice(choice).called = true;
                self.chunk(choice, out, None, |object| {
                    let calls = object.key("tool_calls");
                    calls.push(b'[');
                    let mut call = ObjectWriter::open(calls);
                    call.field("index", index);
                    call.field("id", id);
                    call.field("type", &"function");
                    let mut function = ObjectWriter::open(call.key("function"));
                    function.field("name", name);
                    function.field("arguments", &"");
                    function.close();
                    call.close();
                    calls.push(b']');
                });
            }
            Delta::Arguments { index, fragment } => self.chunk(choice, out, None, |object| {
                let calls = object.key("tool_calls");
                calls.push(b'[');
                let mut call = ObjectWriter::open(calls);
                call.field("index", index);
                let mut function = ObjectWriter::open(call.key("function"));
                function.field("arguments", fragment);
                function.close();
                call.close();
                calls.push(b']');
            }),
            Delta::Citation(raw) => self.chunk(choice, out, None, |object| {
                let mut citations = vec![b'['];
                raw.value.write(&mut citations);
                citations.push(b']');
                json::one_line(&mut citations);
                object.key("citations").extend_from_slice(&citations);
            }),
            Delta::Extra {
                choice: beside,
                delta,
            } => {
                if let (Some(beside), Some(delta)) = (beside.of(FORMAT), delta.of(FORMAT)) {
                    self.prefix(out);
                    out.extend_from_slice(br#","choices":["#);
                    let mut object = ObjectWriter::open(out);
                    object.field("index", &choice);
                    let mut written = ObjectWriter::open(object.key("delta"));
                    written.extra(delta);
                    written.close();
                    object.extra(beside);
                    object.close();
                    out.extend_from_slice(b"]}\n\n");
                }
            }
        }
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Start {
                id,
                model,
                created,
                extra,
            } => {
                if self.prefix.is_empty() {
                    self.start(id.as_ref(), model.as_ref(), created.as_ref(), Some(extra));
                }
            }
            Event::Delta { choice, delta } => self.delta(*choice, delta, out),
            Event::Finish { choice, reason } => {
                let state = self.choice(*choice);
                // R-04: exactly one.
                if !std::mem::replace(&mut state.finished, true) {
                    let called = state.called;
                    self.chunk(*choice, out, Some((reason, called)), |_| {});
                }
            }
            Event::Usage(usage) => {
                let mut written = Vec::new();
                response::write_usage(usage, &mut written);
                json::one_line(&mut written);
                self.usage = Some(written);
            }
            Event::Error(failure) => {
                out.extend_from_slice(b"data: ");
                error::encode(failure, out);
                out.extend_from_slice(b"\n\n");
            }
            Event::End => {
                if let Some(usage) = self.usage.take()
                    && self.stream_usage
                {
                    self.prefix(out);
                    out.extend_from_slice(br#","choices":[],"usage":"#);
                    out.extend_from_slice(&usage);
                    out.extend_from_slice(b"}\n\n");
                }
                out.extend_from_slice(DONE);
            }
        }
    }
}
