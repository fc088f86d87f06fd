//! Streams, hub events to frames. A block is begun before its first delta and ended exactly once; the last event says
//! both how the answer ended and what it cost.

use super::{FORMAT, response};
use crate::{
    chat::{Delta, Event, Failure, Finish, Raw},
    format::{Envelope, StreamEncoder},
    json::{self, ObjectWriter, Text},
};

pub(super) struct Encoder {
    envelope: Envelope,
    started: bool,
    /// The content block under way.
    block: Option<Block>,
    /// Content blocks that have ended.
    blocks: u32,
    /// Calls under way: their deltas may come in turns, so all end together.
    calls: Vec<u32>,
    citations: u32,
    called: bool,
    /// `"COMPLETE"` and the like, once it is known.
    finish: Vec<u8>,
    usage: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Thinking,
}

impl Block {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Thinking => "thinking",
        }
    }
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, .. } => self.start(id.as_ref(), out),
            Event::Delta { choice: 0, delta } => self.delta(delta, out),
            Event::Finish { choice: 0, reason } => {
                self.finish.clear();
                response::write_finish(reason, self.called, &mut self.finish);
            }
            // Cohere has one choice.
            Event::Delta { .. } | Event::Finish { .. } => {}
            Event::Usage(usage) => {
                self.usage.clear();
                response::write_usage(usage, &mut self.usage);
                json::one_line(&mut self.usage);
            }
            Event::Error(failure) => write_error(failure, out),
            Event::End => self.end(out),
        }
    }
}

impl Encoder {
    pub(super) fn new(envelope: Envelope) -> Self {
        Self {
            envelope,
            started: false,
            block: None,
            blocks: 0,
            calls: Vec::new(),
            citations: 0,
            called: false,
            finish: Vec::new(),
            usage: Vec::new(),
        }
    }

    fn start(&mut self, id: Option<&Text<'_>>, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        frame(out, "message-start", |object| {
            match id {
                Some(id) => object.field("id", id),
                None => object.field("id", &self.envelope.id.as_str()),
            }
            object.key("delta").extend_from_slice(
                br#"{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}"#,
            );
        });
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        self.start(None, out);
        match delta {
            Delta::Text(text) | Delta::Refusal(text) => self.say(Block::Text, text, out),
            Delta::Reasoning(text) => self.say(Block::Thinking, text, out),
            Delta::ToolCall { index, id, name } => {
                self.end_block(out);
                self.called = true;
                self.calls.push(*index);
                message_frame(out, "tool-call-start", *index, |message| {
                    let mut call = ObjectWriter::open(message.key("tool_calls"));
                    call.field("id", id);
                    call.field("type", &"function");
                    let mut function = ObjectWriter::open(call.key("function"));
                    function.field("name", name);
                    function.field("arguments", &"");
                    function.close();
                    call.close();
                });
            }
            Delta::Arguments { index, fragment } => {
                message_frame(out, "tool-call-delta", *index, |message| {
                    let mut call = ObjectWriter::open(message.key("tool_calls"));
                    let mut function = ObjectWriter::open(call.key("function"));
                    function.field("arguments", fragment);
                    function.close();
                    call.close();
                });
            }
            Delta::Citation(raw) => self.cite(*raw, out),
            Delta::Role | Delta::Extra { .. } => {}
        }
    }

    fn say(&mut self, block: Block, text: &Text<'_>, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if self.block != Some(block) {
            self.end_block(out);
            self.block = Some(block);
            message_frame(out, "content-start", self.blocks, |message| {
                let mut content = ObjectWriter::open(message.key("content"));
                content.field("type", &block.name());
                content.field(block.name(), &"");
                content.close();
            });
        }
        message_frame(out, "content-delta", self.blocks, |message| {
            let mut content = ObjectWriter::open(message.key("content"));
            content.field(block.name(), text);
            content.close();
        });
    }

    fn cite(&mut self, raw: Raw<'_>, out: &mut Vec<u8>) {
        if raw.from != FORMAT {
            return;
        }
        let mut citation = raw.value.get().as_bytes().to_vec();
        json::one_line(&mut citation);
        message_frame(out, "citation-start", self.citations, |message| {
            message.key("citations").extend_from_slice(&citation);
        });
        index_frame(out, "citation-end", self.citations);
        self.citations += 1;
    }

    fn end_block(&mut self, out: &mut Vec<u8>) {
        if self.block.take().is_some() {
            index_frame(out, "content-end", self.blocks);
            self.blocks += 1;
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.start(None, out);
        self.end_block(out);
        for index in std::mem::take(&mut self.calls) {
            index_frame(out, "tool-call-end", index);
        }
        if self.finish.is_empty() {
            response::write_finish(&Finish::Stop, self.called, &mut self.finish);
        }
        frame(out, "message-end", |object| {
            let mut delta = ObjectWriter::open(object.key("delta"));
            delta.key("finish_reason").extend_from_slice(&self.finish);
            if !self.usage.is_empty() {
                delta.key("usage").extend_from_slice(&self.usage);
            }
            delta.close();
        });
    }
}

/// An error as the last event of a stream.
pub(super) fn write_error(failure: &Failure, out: &mut Vec<u8>) {
    frame(out, "message-end", |object| {
        let mut delta = ObjectWriter::open(object.key("delta"));
        delta.field("finish_reason", &"ERROR");
        delta.field("error", &failure.message.as_str());
        delta.close();
    });
}

fn frame(out: &mut Vec<u8>, kind: &str, members: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let mut object = ObjectWriter::open(out);
    object.field("type", &kind);
    members(&mut object);
    object.close();
    out.extend_from_slice(b"\n\n");
}

fn index_frame(out: &mut Vec<u8>, kind: &str, index: u32) {
    frame(out, kind, |object| object.field("index", &index));
}

fn message_frame(
    out: &mut Vec<u8>,
    kind: &str,
    index: u32,
    members: impl FnOnce(&mut ObjectWriter<'_>),
) {
    frame(out, kind, |object| {
        object.field("index", &index);
        let mut delta = ObjectWriter::open(object.key("delta"));
        let mut message = ObjectWriter::open(delta.key("message"));
        members(&mut message);
        message.close();
        delta.close();
    });
}
