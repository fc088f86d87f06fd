//! Streams, frames to hub events.

use super::{FORMAT, error, response, wire};
use crate::{
    chat::{Delta, Event, Extra, Finish, Raw},
    format::StreamDecoder,
    framing::sse,
    json::{self, Field, Invalid, Number, RawValue, Text},
};

#[derive(Default)]
pub(super) struct Decoder {
    started: bool,
    /// In order of first appearance: R-01.
    calls: Vec<Call>,
}

struct Call {
    /// The index it has in the stream; a later call may have it again.
    wire: Option<u64>,
    argued: bool,
}

impl StreamDecoder for Decoder {
    fn event(
        &mut self,
        event: &sse::Event<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        let data = event.data.as_deref().unwrap_or_default();
        if data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let frame: wire::Frame<'_> = json::parse(data)?;
        if let Some(failure) = error::in_frame(&frame) {
            sink(Event::Error(failure));
            return Ok(());
        }
        let index = frame.index.as_ref().and_then(Number::as_u64);
        let delta = frame.delta.into_option().unwrap_or_default();
        match frame.kind.as_ref().map_or("", Text::escaped) {
            "message-start" => self.start(frame.id.into_option(), sink),
            "message-end" => self.message_end(delta, sink)?,
            kind => {
                let message = delta.message.into_option().unwrap_or_default();
                self.delta(kind, index, message, sink)?;
            }
        }
        Ok(())
    }
}

impl Decoder {
    fn start(&mut self, id: Option<Text<'_>>, sink: &mut dyn FnMut(Event<'_>)) {
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start {
                id,
                model: None,
                created: None,
                extra: Extra::new(FORMAT, json::Extra::default()),
            });
            emit(Delta::Role, sink);
        }
    }

    fn delta(
        &mut self,
        kind: &str,
        index: Option<u64>,
        message: wire::DeltaMessage<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        match kind {
            "content-start" | "content-delta" => {
                let content = content(&message)?;
                self.start(None, sink);
                if let Field::Is(text) = content.thinking
                    && !text.is_empty()
                {
                    emit(Delta::Reasoning(text), sink);
                }
                if let Field::Is(text) = content.text
                    && !text.is_empty()
                {
                    emit(Delta::Text(text), sink);
                }
            }
            "tool-plan-delta" => {
                self.start(None, sink);
                if let Field::Is(text) = message.tool_plan
                    && !text.is_empty()
                {
                    emit(Delta::Text(text), sink);
                }
            }
            "tool-call-start" => self.call_start(index, tool_call(&message)?, sink)?,
            "tool-call-delta" => {
                let function = tool_call(&message)?
                    .function
                    .into_option()
                    .unwrap_or_default();
                let at = self.call(index)?;
                self.arguments(at, &function, sink)?;
            }
            "tool-call-end" => {
                let at = self.call(index)?;
                self.call_end(at, sink);
            }
            "citation-start" => {
                self.start(None, sink);
                if let Field::Is(value) = message.citations {
                    emit(
                        Delta::Citation(Raw {
                            from: FORMAT,
                            value,
                        }),
                        sink,
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn call_start(
        &mut self,
        wire: Option<u64>,
        call: wire::ToolCall<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        let function = call.function.into_option().unwrap_or_default();
        let (Field::Is(id), Field::Is(name)) = (call.id, &function.name) else {
            return Err(Invalid("tool_calls: expected an id and a name".to_owned()));
        };
        // Read before anything is said: an event that cannot be read says nothing.
        fragment(&function)?;
        self.start(None, sink);
        let at = self.calls.len();
        self.calls.push(Call {
            wire,
            argued: false,
        });
        let name = name.clone();
        emit(
            Delta::ToolCall {
                index: number(at),
                id,
                name,
            },
            sink,
        );
        self.arguments(at, &function, sink)
    }

    /// The call that an event is about: the latest of its index.
    fn call(&self, index: Option<u64>) -> Result<usize, Invalid> {
        self.calls
            .iter()
            .rposition(|call| call.wire == index)
            .ok_or_else(|| Invalid("index: no call was begun with it".to_owned()))
    }

    /// A `null` where arguments should begin is none at all, as in a whole answer.
    fn arguments(
        &mut self,
        at: usize,
        function: &wire::Function<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        if let Some(fragment) = fragment(function)?
            && let Some(call) = self.calls.get_mut(at)
            && !fragment.is_empty()
            && (call.argued || !fragment.is("null"))
        {
            call.argued = true;
            emit(
                Delta::Arguments {
                    index: number(at),
                    fragment,
                },
                sink,
            );
        }
        Ok(())
    }

    fn call_end(&mut self, at: usize, sink: &mut dyn FnMut(Event<'_>)) {
        if let Some(call) = self.calls.get_mut(at)
            && !std::mem::replace(&mut call.argued, true)
        {
            let fragment = Text::constant(r#""{}""#);
            emit(
                Delta::Arguments {
                    index: number(at),
                    fragment,
                },
                sink,
            );
        }
    }

    fn message_end(
        &mut self,
        delta: wire::Delta<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid> {
        let reason = delta.finish_reason.into_option();
        let failure = error::ended(reason, delta.error.into_option());
        let usage = delta
            .usage
            .into_option()
            .and_then(|raw| response::usage(raw).ok());
        let finish = reason.map(response::finish).transpose()?;
        self.start(None, sink);
        if let Some(failure) = failure {
            if let Some(usage) = usage {
                sink(Event::Usage(usage));
            }
            sink(Event::Error(failure));
            return Ok(());
        }
        for at in 0..self.calls.len() {
            self.call_end(at, sink);
        }
        sink(Event::Finish {
            choice: 0,
            reason: finish.unwrap_or(Finish::Stop),
        });
        if let Some(usage) = usage {
            sink(Event::Usage(usage));
        }
        sink(Event::End);
        Ok(())
    }
}

fn emit(delta: Delta<'_>, sink: &mut dyn FnMut(Event<'_>)) {
    sink(Event::Delta { choice: 0, delta });
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn content<'a>(
    message: &wire::DeltaMessage<'a>,
) -> Result<wire::ContentPart<'a>, Invalid> {
    single(message.content)
}

pub(super) fn tool_call<'a>(
    message: &wire::DeltaMessage<'a>,
) -> Result<wire::ToolCall<'a>, Invalid> {
    single(message.tool_calls)
}

fn single<'a, T: serde::Deserialize<'a> + Default>(
    field: Field<&'a RawValue>,
) -> Result<T, Invalid> {
    field
        .into_option()
        .map_or_else(|| Ok(T::default()), |raw| json::parse(raw.get().as_bytes()))
}

pub(super) fn fragment<'a>(function: &wire::Function<'a>) -> Result<Option<Text<'a>>, Invalid> {
    function
        .arguments
        .into_option()
        .map(|raw| {
            Text::from_raw(raw).ok_or_else(|| Invalid("arguments: expected a string".to_owned()))
        })
        .transpose()
}
