//! Step 8: what may be promised to the client. A whole answer is judged before; a stream is held back until it says
//! something, for an error can be its second event.

use bytes::Bytes;
use portolan_llm::{
    format::{Class, Envelope, Format},
    usage::Tokens,
};

use super::{fault::Fault, relay::StreamRelay, render::Plan};

/// Of a whole answer; a longer one is handed on as it comes, where it needs no translation.
pub(super) const WHOLE_BOUND: usize = 16 * 1024 * 1024;
/// Of what a stream says before its first content; beyond either, it is let go.
const HELD_EVENTS: u64 = 64;
const HELD_BYTES: usize = 256 * 1024;

/// A whole answer that a client may have.
pub(super) struct Whole {
    pub(super) body: Bytes,
    pub(super) tokens: Option<Tokens>,
    pub(super) model: Option<String>,
}

pub(super) fn judge(
    body: Bytes,
    plan: Plan,
    dialect: Format,
    envelope: &Envelope,
) -> Result<Whole, Fault> {
    let codec = plan.format.codec();
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::Empty);
    }
    let seen = codec
        .observe_response(&body)
        .map_err(|error| Fault::Unreadable(error.to_string()))?;
    if let Some(failure) = seen.error {
        return Err(Fault::Inside(failure));
    }
    if seen.class != Class::Content && seen.finish.unwrap_or(true) {
        return Err(Fault::Empty);
    }
    let tokens = seen.usage;
    let model = seen.model.map(|model| model.unescape().into_owned());
    let body = if plan.translate {
        let response = codec
            .decode_response(&body)
            .map_err(|error| Fault::Unreadable(error.to_string()))?;
        let mut out = Vec::with_capacity(body.len() + 256);
        // What an answer says beyond the client's format has no field to be told in; nothing of it is content.
        let _loss = dialect
            .codec()
            .encode_response(&response, envelope, &mut out);
        Bytes::from(out)
    } else {
        body
    };
    Ok(Whole {
        body,
        tokens,
        model,
    })
}

/// What a stream that has promised nothing yet comes to.
pub(super) enum Gate {
    Hold,
    Open,
    Fault(Fault),
}

/// `held`: bytes that would go to the client.
pub(super) fn gate(relay: &StreamRelay, held: usize) -> Gate {
    let seen = relay.seen();
    if let Some(failure) = &seen.error {
        return Gate::Fault(Fault::Inside(failure.clone()));
    }
    if seen.content.is_some() {
        return Gate::Open;
    }
    match seen.finish {
        // Cut short by its bound, or by a filter, before it said anything: that is the answer.
        Some(false) => return Gate::Open,
        Some(true) if seen.choices.all_ended() => return Gate::Fault(Fault::Empty),
        Some(true) | None => {}
    }
    if seen.terminal {
        return Gate::Fault(Fault::Empty);
    }
    if seen.events > HELD_EVENTS || held > HELD_BYTES {
        return Gate::Open;
    }
    Gate::Hold
}
