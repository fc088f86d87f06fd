//! Cohere's chat, version 2.
//! <https://docs.cohere.com/reference/chat>, <https://docs.cohere.com/docs/streaming>

use crate::{
    chat::{Failure, Loss, Message, Request, Response},
    format::{Adaptation, Adapted, Envelope, Observation, Peek, StreamDecoder, StreamEncoder},
    framing::sse,
    json::{self, Invalid, RawValue},
};

mod adapt;
mod encoder;
mod error;
mod message;
mod observe;
mod request;
mod response;
mod stream;
mod tool;
mod wire;
mod write;

#[cfg(test)]
mod tests;

const FORMAT: super::Format = super::Format::CohereChat;

pub(super) struct Codec;

impl super::Codec for Codec {
    fn peek(&self, body: &[u8]) -> Result<Peek, Invalid> {
        adapt::peek(body)
    }

    fn adapt(&self, body: &[u8], peek: &Peek, target: &Adaptation<'_>) -> Result<Adapted, Invalid> {
        Ok(adapt::adapt(body, peek, target))
    }

    fn names(&self) -> &'static [&'static str] {
        adapt::NAMES
    }

    fn decode_request_with<'a>(
        &self,
        body: &'a [u8],
        fields: &[(&'a str, &'a RawValue)],
    ) -> Result<Request<'a>, Invalid> {
        request::decode(json::parse_with(body, fields)?)
    }

    fn encode_request(&self, request: &Request<'_>, out: &mut Vec<u8>) -> Result<Loss, Invalid> {
        request::encode(request, out)
    }

    fn decode_message<'a>(&self, message: &'a [u8]) -> Result<Message<'a>, Invalid> {
        message::decode(json::parse(message)?)
    }

    fn encode_message(&self, message: &Message<'_>, out: &mut Vec<u8>) -> Loss {
        let mut loss = Loss::default();
        request::write_message(message, out, &mut loss);
        loss
    }

    fn decode_response<'a>(&self, body: &'a [u8]) -> Result<Response<'a>, Invalid> {
        response::decode(body)
    }

    fn encode_response(
        &self,
        response: &Response<'_>,
        envelope: &Envelope,
        out: &mut Vec<u8>,
    ) -> Loss {
        response::encode(response, envelope, out)
    }

    fn decode_error(&self, status: u16, body: &[u8]) -> Failure {
        error::decode(status, body)
    }

    fn encode_error(&self, failure: &Failure, out: &mut Vec<u8>) {
        error::encode(failure, out);
    }

    fn encode_error_event(&self, failure: &Failure, out: &mut Vec<u8>) {
        encoder::write_error(failure, out);
    }

    /// `message-end` is both the last event and the one that says how the answer ended: without it there is none to add.
    fn terminator(&self) -> &'static [u8] {
        b""
    }

    fn decoder(&self) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::default())
    }

    /// Cohere tells the usage of a stream unasked.
    fn encoder(&self, envelope: Envelope, _stream_usage: bool) -> Box<dyn StreamEncoder> {
        Box::new(encoder::Encoder::new(envelope))
    }

    fn observe_response<'a>(&self, body: &'a [u8]) -> Result<Observation<'a>, Invalid> {
        observe::response(body)
    }

    fn observe_event<'a>(&self, event: &'a sse::Event<'_>) -> Observation<'a> {
        observe::event(event)
    }
}
