//! The wire formats, one folder each, all of one shape: `wire`, `request`, `response`, `stream`, `observe`.
//! A format knows the hub and no other format; who needs one asks `Format::codec`.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{
    chat::{Event, Failure, Loss, Message, Request, Response},
    framing::sse,
    json::{Invalid, Members, RawValue, Text},
    patch::Edit,
    provider::Quirks,
    usage::Tokens,
};

mod cohere_chat;
mod openai_chat;

/// A wire format of chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    CohereChat,
    OpenAiChat,
}

impl Format {
    pub fn codec(self) -> &'static dyn Codec {
        match self {
            Self::CohereChat => &cohere_chat::Codec,
            Self::OpenAiChat => &openai_chat::Codec,
        }
    }
}

/// What a format can do. The `peek`, `adapt` and `observe` family serves a request that is handed on in its own format,
/// the rest the way through the hub.
pub trait Codec: Send + Sync {
    /// What the gateway must know of a client's request, without translating it.
    fn peek(&self, body: &[u8]) -> Result<Peek, Invalid>;
    /// The splice that makes a client's request the target's.
    fn adapt(&self, body: &[u8], peek: &Peek, target: &Adaptation<'_>) -> Result<Adapted, Invalid>;
    /// The names that `Peek::members` was read with.
    fn names(&self) -> &'static [&'static str];

    fn decode_request<'a>(&self, body: &'a [u8]) -> Result<Request<'a>, Invalid> {
        self.decode_request_with(body, &[])
    }
    /// As if these fields stood in it, in the place of those of the same name.
    fn decode_request_with<'a>(
        &self,
        body: &'a [u8],
        fields: &[(&'a str, &'a RawValue)],
    ) -> Result<Request<'a>, Invalid>;
    fn encode_request(&self, request: &Request<'_>, out: &mut Vec<u8>) -> Result<Loss, Invalid>;

    /// One message of a request.
    fn decode_message<'a>(&self, message: &'a [u8]) -> Result<Message<'a>, Invalid>;
    fn encode_message(&self, message: &Message<'_>, out: &mut Vec<u8>) -> Loss;

    fn decode_response<'a>(&self, body: &'a [u8]) -> Result<Response<'a>, Invalid>;
    fn encode_response(
        &self,
        response: &Response<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
    ) -> Loss;

    /// The error that a provider's body tells; where it tells none, the body itself is the message.
    fn decode_error(&self, status: u16, body: &[u8]) -> Failure;
    fn encode_error(&self, failure: &Failure, out: &mut Vec<u8>);
    /// An error as the last event of a stream.
    fn encode_error_event(&self, failure: &Failure, out: &mut Vec<u8>);
    /// What a client waits for at a stream's end, where the provider's own stream had none.
    fn terminator(&self) -> &'static [u8];

    fn decoder(&self) -> Box<dyn StreamDecoder>;
    fn encoder(&self, envelope: Envelope, stream_usage: bool) -> Box<dyn StreamEncoder>;

    fn observe_response<'a>(&self, body: &'a [u8]) -> Result<Observation<'a>, Invalid>;
    fn observe_event<'a>(&self, event: &'a sse::Event<'_>) -> Observation<'a>;
}

/// Frames to hub events.
pub trait StreamDecoder: Send {
    /// An event that cannot be read is an error and changes nothing: the next one may be fed.
    fn event(
        &mut self,
        event: &sse::Event<'_>,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Invalid>;
}

/// Hub events to frames.
pub trait StreamEncoder: Send {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>);
}

/// A client's request as far as the gateway must know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek {
    pub members: Members,
    pub model: Option<String>,
    pub stream: bool,
    /// Whether the client asked for the usage of its stream.
    pub stream_usage: bool,
    /// What plugins gave a known name, in the place of what the client gave it.
    pub fields: Vec<(usize, Vec<u8>)>,
}

impl Peek {
    /// Of a known name, as text; none where it is absent or null.
    pub(crate) fn value<'p>(&'p self, body: &'p [u8], known: usize) -> Option<&'p [u8]> {
        match self.field(known) {
            Some(json) => (json != b"null").then_some(json),
            None => self.members.value(body, known),
        }
    }

    /// Whether a known name has a value, be it null.
    pub(crate) fn stands(&self, known: usize) -> bool {
        self.field(known).is_some() || self.members.get(known).is_some()
    }

    fn field(&self, known: usize) -> Option<&[u8]> {
        let mut fields = self.fields.iter();
        fields.find_map(|(field, json)| (*field == known).then_some(json.as_slice()))
    }
}

/// What a target wants of a request in its own format.
#[derive(Debug)]
pub struct Adaptation<'t> {
    pub model: &'t str,
    /// Request field to JSON number, for what the client leaves out.
    pub defaults: &'t BTreeMap<&'static str, String>,
    pub quirks: &'t Quirks,
}

impl<'t> Adaptation<'t> {
    /// For what the client leaves out; none where the provider refuses it.
    pub(crate) fn default(&self, name: &str) -> Option<&'t str> {
        let default = self.defaults.get(name)?;
        (!self.quirks.refuses.contains(&name)).then_some(default)
    }
}

#[derive(Debug, Default)]
pub struct Adapted {
    pub edits: Vec<Edit>,
    /// Fields of the client's that were left out.
    pub loss: Loss,
}

/// What an answer needs that its provider may not say.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// For an answer without an id.
    pub id: String,
    /// Seconds since the epoch, for an answer without a time.
    pub created: u64,
    /// For an answer that names no model.
    pub model: String,
}

/// What an answer, or one event of a stream, is; without translating it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation<'a> {
    pub class: Class,
    pub usage: Option<Tokens>,
    pub model: Option<Text<'a>>,
    /// Ended a choice, and for a reason that promises content (true) or explains its lack (false).
    pub finish: Option<bool>,
    pub error: Option<Failure>,
    pub choices: Choices,
    /// Clients of this format see the error in the event as it stands.
    pub error_as_told: bool,
}

/// Which of an answer's choices were met, and which of them ended: a bit an index, those beyond 63 share the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choices {
    pub met: u64,
    pub ended: u64,
}

impl Choices {
    pub fn note(&mut self, index: u32, ended: bool) {
        let bit = 1 << index.min(63);
        self.met |= bit;
        self.ended |= if ended { bit } else { 0 };
    }

    pub fn merge(&mut self, other: Self) {
        self.met |= other.met;
        self.ended |= other.ended;
    }

    /// Some were met, and all of those ended.
    pub fn all_ended(self) -> bool {
        self.met != 0 && self.met == self.ended
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Class {
    /// Comments, pings, role frames, metadata: promises nothing.
    #[default]
    Lifecycle,
    Content,
    /// Usage and nothing else.
    Usage,
    /// The last event of a stream.
    Terminal,
    Error,
    /// Cannot be read.
    Malformed,
}

/// A splice of a client's request, as slices.
pub fn spliced(codec: &dyn Codec, body: &Bytes, peek: &Peek, edits: &[Edit]) -> Vec<Bytes> {
    crate::patch::splice(body, &peek.members, codec.names(), edits)
}
