//! A request that stays in this format: what the gateway looks at, and the splice that makes it the target's.

use crate::{
    format::{Adaptation, Adapted, Peek},
    json::{self, Invalid, Members},
    patch::Edit,
};

pub(super) const NAMES: &[&str] = &[
    "model",
    "stream",
    "messages",
    "max_tokens",
    "temperature",
    "p",
    "k",
    "seed",
];
const MODEL: usize = 0;
const STREAM: usize = 1;
const MESSAGES: usize = 2;

pub(super) fn peek(body: &[u8]) -> Result<Peek, Invalid> {
    let members = Members::read(body, NAMES)?;
    let messages = members.value(body, MESSAGES).unwrap_or_default();
    if messages.first() != Some(&b'[') {
        return Err(Invalid("messages: expected an array".to_owned()));
    }
    Ok(Peek {
        model: members
            .text(body, NAMES, MODEL)?
            .filter(|model| !model.is_empty())
            .map(|model| model.unescape().into_owned()),
        stream: members.flag(body, NAMES, STREAM)?,
        // Cohere tells it unasked.
        stream_usage: true,
        members,
        fields: Vec::new(),
    })
}

pub(super) fn adapt(body: &[u8], peek: &Peek, target: &Adaptation<'_>) -> Adapted {
    let mut adapted = Adapted::default();
    if peek.model.as_deref() != Some(target.model) {
        let mut json = Vec::with_capacity(target.model.len() + 2);
        json::push_text(&mut json, target.model);
        adapted.edits.push(Edit::Set { known: MODEL, json });
    }
    for (known, name) in NAMES.iter().enumerate() {
        let value = peek.value(body, known);
        if target.quirks.refuses.contains(name) {
            if peek.stands(known) {
                adapted.edits.push(Edit::Remove { known });
            }
            if value.is_some() {
                adapted.loss.drop(*name);
            }
        } else if let Some(default) = target.defaults.get(default_name(name))
            && value.is_none()
        {
            adapted.edits.push(Edit::Set {
                known,
                json: default.clone().into_bytes(),
            });
        }
    }
    adapted
}

/// What the defaults call a field.
fn default_name(name: &str) -> &str {
    match name {
        "p" => "top_p",
        "k" => "top_k",
        name => name,
    }
}
