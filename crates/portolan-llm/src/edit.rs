//! What plugins change of a client's chat: recorded in the hub's terms, made in every attempt anew from the original bytes.
//! Where the target speaks the client's format they are a splice, else they are made on the hub: both come to the same.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use bytes::Bytes;

use crate::{
    chat::{Extra, Loss, Message, Part, PartKind, Request, Role, Shape},
    format::{Adaptation, Adapted, Codec, Format, Peek},
    json::{self, Invalid, Members, RawValue, Text, push_text},
    patch::{self, Piece},
};

/// One change. Messages and their texts are counted as the client sent them, whatever other edits there are.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A message before all that are there, those of earlier edits among them.
    Prepend(Said),
    /// A message after all that are there.
    Append(Said),
    /// Another text in the place of one that the client sent, as [`Message::texts_mut`] counts them. Of several the last holds.
    Text {
        message: usize,
        text: usize,
        with: String,
    },
    /// A top-level field under its name in the client's format, in the place of the client's. Of several the last holds.
    Field { name: String, value: Box<RawValue> },
}

/// A message that is one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub speaker: Speaker,
    pub text: String,
}

/// Roles whose messages need no more than a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    System,
    User,
    Assistant,
}

/// What formats of chats call their list of messages.
const MESSAGES: &str = "messages";
/// What the gateway itself has decided by them before a plugin's edits are made.
const DECIDED: &[&str] = &["model", MESSAGES, "stream", "stream_options"];

/// A client's request on the hub, with the edits made.
pub fn decode<'a>(
    format: Format,
    body: &'a [u8],
    edits: &'a [Edit],
) -> Result<Request<'a>, Invalid> {
    let codec = format.codec();
    let mut request = codec.decode_request_with(body, &fields(edits)?)?;
    for (at, texts) in texts(edits) {
        let message = request.messages.get_mut(at);
        let mut found = message.ok_or_else(|| no_message(at))?.texts_mut();
        for (text, with) in texts {
            let found = found.get_mut(text).ok_or_else(|| no_text(at, text))?;
            **found = Text::plain(with);
        }
    }
    for edit in edits {
        match edit {
            Edit::Prepend(said) => request.messages.insert(0, said.message(format)),
            Edit::Append(said) => request.messages.push(said.message(format)),
            Edit::Text { .. } | Edit::Field { .. } => {}
        }
    }
    Ok(request)
}

/// A client's request with the edits made and as a target of its own format wants it: as slices, and what was left out.
pub fn splice(
    format: Format,
    body: &Bytes,
    peek: &Peek,
    edits: &[Edit],
    target: &Adaptation<'_>,
) -> Result<(Vec<Bytes>, Loss), Invalid> {
    let codec = format.codec();
    let mut names: Vec<&str> = codec.names().to_vec();
    let mut peek = Cow::Borrowed(peek);
    let fields = fields(edits)?;
    if !fields.is_empty() {
        let known = codec.names();
        names.extend(
            fields
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| !known.contains(name)),
        );
        let peek = peek.to_mut();
        peek.members = Members::read(body, &names)?;
        for (name, value) in fields {
            let known = names.iter().position(|known| *known == name);
            let json = value.get().as_bytes().to_vec();
            peek.fields.extend(known.map(|known| (known, json)));
        }
    }
    let Adapted {
        edits: mut changes,
        loss,
    } = codec.adapt(body, &peek, target)?;
    for (known, json) in &peek.fields {
        // What the target refuses, or has another name for, is settled.
        if changes.iter().all(|change| change.known() != *known) {
            changes.push(patch::Edit::Set {
                known: *known,
                json: json.clone(),
            });
        }
    }
    changes.extend(messages(codec, format, body, &peek.members, edits)?);
    let slices = patch::splice(body, &peek.members, &names, &changes);
    Ok((slices, loss))
}

/// The pieces of the list of messages that change.
fn messages(
    codec: &dyn Codec,
    format: Format,
    body: &Bytes,
    members: &Members,
    edits: &[Edit],
) -> Result<Option<patch::Edit>, Invalid> {
    if edits.iter().all(|edit| matches!(edit, Edit::Field { .. })) {
        return Ok(None);
    }
    let missing = || Invalid(format!("{MESSAGES}: expected an array"));
    let known = codec.names().iter().position(|name| *name == MESSAGES);
    let known = known.ok_or_else(missing)?;
    let list = members.get(known).ok_or_else(missing)?.value.clone();
    let items: Vec<&RawValue> = json::parse(&body[list.clone()]).map_err(|_| missing())?;

    let mut pieces = Vec::new();
    let mut replaced = replaced(codec, body, &items, edits)?;
    let place = |item: &&RawValue| range(body, item.get());
    let (mut before, mut after) = said(codec, format, edits);
    match (items.first().and_then(place), items.last().and_then(place)) {
        (Some(first), Some(last)) => {
            // For the comma between ours and the client's.
            if !before.is_empty() {
                before.push(Vec::new());
            }
            if !after.is_empty() {
                after.insert(0, Vec::new());
            }
            pieces.extend(inserted(first.start, &before));
            pieces.append(&mut replaced);
            pieces.extend(inserted(last.end, &after));
        }
        _ => {
            before.append(&mut after);
            pieces.extend(inserted(list.start + 1, &before));
        }
    }
    Ok(Some(patch::Edit::Within { known, pieces }))
}

/// The texts of the client's messages that change, in the order in which they stand.
fn replaced(
    codec: &dyn Codec,
    body: &[u8],
    items: &[&RawValue],
    edits: &[Edit],
) -> Result<Vec<Piece>, Invalid> {
    let mut pieces = Vec::new();
    for (at, texts) in texts(edits) {
        let item = items.get(at).ok_or_else(|| no_message(at))?;
        let mut message = codec
            .decode_message(item.get().as_bytes())
            .map_err(|Invalid(error)| Invalid(format!("{MESSAGES}[{at}].{error}")))?;
        let found = message.texts_mut();
        for (text, with) in texts {
            let found = found.get(text).ok_or_else(|| no_text(at, text))?;
            let mut json = Vec::with_capacity(with.len() + 2);
            push_text(&mut json, with);
            pieces.push(Piece {
                at: range(body, found.literal()).ok_or_else(|| no_text(at, text))?,
                json,
            });
        }
    }
    // The hub may have a message's texts in another order.
    pieces.sort_by_key(|piece: &Piece| piece.at.start);
    Ok(pieces)
}

/// The messages that come before the client's and after them, in the format.
fn said(codec: &dyn Codec, format: Format, edits: &[Edit]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for edit in edits {
        let (Edit::Prepend(said) | Edit::Append(said)) = edit else {
            continue;
        };
        let mut json = Vec::new();
        // Every format has a word for a text.
        let _none = codec.encode_message(&said.message(format), &mut json);
        if matches!(edit, Edit::Prepend(_)) {
            before.push(json);
        } else {
            after.push(json);
        }
    }
    before.reverse();
    (before, after)
}

fn inserted(at: usize, messages: &[Vec<u8>]) -> Option<Piece> {
    (!messages.is_empty()).then(|| Piece {
        at: at..at,
        json: messages.join(&b','),
    })
}

/// Where a piece of a document stands in it; none: it is no such piece.
fn range(document: &[u8], piece: &str) -> Option<Range<usize>> {
    let (piece, from) = (piece.as_bytes().as_ptr_range(), document.as_ptr().addr());
    let range = piece.start.addr().checked_sub(from)?..piece.end.addr() - from;
    (range.end <= document.len()).then_some(range)
}

/// What takes which field's place, each once.
fn fields(edits: &[Edit]) -> Result<Vec<(&str, &RawValue)>, Invalid> {
    let mut fields: Vec<(&str, &RawValue)> = Vec::new();
    for edit in edits {
        let Edit::Field { name, value } = edit else {
            continue;
        };
        let (name, value): (&str, &RawValue) = (name, value);
        if DECIDED.contains(&name) {
            return Err(Invalid(format!("{name}: no edit can set it")));
        }
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    Ok(fields)
}

/// By message and text, what takes a text's place.
fn texts(edits: &[Edit]) -> BTreeMap<usize, BTreeMap<usize, &str>> {
    let mut texts: BTreeMap<usize, BTreeMap<usize, &str>> = BTreeMap::new();
    for edit in edits {
        if let Edit::Text {
            message,
            text,
            with,
        } = edit
        {
            texts.entry(*message).or_default().insert(*text, with);
        }
    }
    texts
}

fn no_message(message: usize) -> Invalid {
    Invalid(format!("{MESSAGES}[{message}]: no such message to edit"))
}

fn no_text(message: usize, text: usize) -> Invalid {
    Invalid(format!("{MESSAGES}[{message}]: no text {text} to edit"))
}

impl Said {
    fn message(&self, format: Format) -> Message<'static> {
        let none = || Extra::new(format, json::Extra::default());
        Message {
            role: match self.speaker {
                Speaker::System => Role::System,
                Speaker::User => Role::User,
                Speaker::Assistant => Role::Assistant,
            },
            shape: Shape::Plain,
            parts: vec![Part {
                kind: PartKind::Text(Text::plain(&self.text)),
                extra: none(),
            }],
            extra: none(),
        }
    }
}

#[cfg(test)]
mod tests;
