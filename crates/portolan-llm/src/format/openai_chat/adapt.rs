//! A request that stays in this format: what the gateway looks at, and the splice that makes it the target's.

use bytes::Bytes;

use crate::{
    format::{Adaptation, Adapted, Peek},
    json::{Invalid, Members},
    patch::{self, Edit},
    provider::StreamUsage,
};

pub(super) const NAMES: &[&str] = &[
    "model",
    "stream",
    "stream_options",
    "messages",
    "prompt",
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "top_k",
    "seed",
    "random_seed",
];
const MODEL: usize = 0;
const STREAM: usize = 1;
const STREAM_OPTIONS: usize = 2;
const MESSAGES: usize = 3;
const PROMPT: usize = 4;
const MAX_COMPLETION_TOKENS: usize = 7;

/// Of `stream_options`.
const STREAM_NAMES: &[&str] = &["include_usage"];

pub(super) fn peek(body: &[u8]) -> Result<Peek, Invalid> {
    let members = Members::read(body, NAMES)?;
    check_prompt(body, &members)?;
    let stream = members.flag(body, NAMES, STREAM)?;
    let stream_usage = match members.value(body, STREAM_OPTIONS) {
        Some(options) => Members::read(options, STREAM_NAMES)
            .and_then(|members| members.flag(options, STREAM_NAMES, 0))
            .map_err(|error| Invalid(format!("stream_options: {error}")))?,
        None => false,
    };
    Ok(Peek {
        model: members
            .text(body, NAMES, MODEL)?
            .filter(|model| !model.is_empty())
            .map(|model| model.unescape().into_owned()),
        members,
        stream,
        stream_usage,
        fields: Vec::new(),
    })
}

/// Kong's rules and texts.
fn check_prompt(body: &[u8], members: &Members) -> Result<(), Invalid> {
    let messages = members.value(body, MESSAGES).is_some_and(|messages| {
        messages.first() == Some(&b'[')
            && messages[1..]
                .iter()
                .find(|byte| !byte.is_ascii_whitespace())
                != Some(&b']')
    });
    let prompt = members
        .value(body, PROMPT)
        .is_some_and(|prompt| prompt.first() == Some(&b'"'));
    Err(Invalid(String::from(match (messages, prompt) {
        (true, false) => return Ok(()),
        (true, true) => "request matches multiple LLM request formats",
        (false, true) => {
            "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type"
        }
        (false, false) => "request body doesn't contain valid prompts",
    })))
}

pub(super) fn adapt(body: &[u8], peek: &Peek, target: &Adaptation<'_>) -> Result<Adapted, Invalid> {
    let mut adapted = Adapted::default();
    if peek.model.as_deref() != Some(target.model) {
        let mut json = Vec::with_capacity(target.model.len() + 2);
        crate::json::push_text(&mut json, target.model);
        adapted.edits.push(Edit::Set { known: MODEL, json });
    }
    for (known, name) in NAMES.iter().enumerate() {
        let refused = target.quirks.refuses.contains(name);
        let value = peek.value(body, known);
        if refused && peek.stands(known) {
            adapted.edits.push(Edit::Remove { known });
            if value.is_some() {
                adapted.loss.drop(*name);
            }
        } else if let Some(default) = target.default(name)
            && value.is_none()
            && !bounded_otherwise(body, peek, name)
        {
            adapted.edits.push(Edit::Set {
                known,
                json: default.as_bytes().to_vec(),
            });
        }
    }
    for (name, own) in target.quirks.renames {
        let known = |name: &str| NAMES.iter().position(|known| *known == name);
        let (Some(from), Some(to)) = (known(name), known(own)) else {
            continue;
        };
        if peek.stands(from) {
            adapted.edits.push(Edit::Remove { known: from });
        }
        if let Some(value) = peek.value(body, from)
            && peek.value(body, to).is_none()
        {
            adapted.edits.push(Edit::Set {
                known: to,
                json: value.to_vec(),
            });
        }
    }
    if peek.stream && !peek.stream_usage && target.quirks.stream_usage == StreamUsage::OnRequest {
        adapted.edits.push(ask_for_usage(body, peek)?);
    }
    Ok(adapted)
}

/// A client's `max_completion_tokens` is the bound that a default `max_tokens` would be: both together are refused.
fn bounded_otherwise(body: &[u8], peek: &Peek, name: &str) -> bool {
    name == "max_tokens" && peek.value(body, MAX_COMPLETION_TOKENS).is_some()
}

fn ask_for_usage(body: &[u8], peek: &Peek) -> Result<Edit, Invalid> {
    let json = match peek.value(body, STREAM_OPTIONS) {
        None => br#"{"include_usage":true}"#.to_vec(),
        Some(options) => {
            let options = Bytes::copy_from_slice(options);
            let members = Members::read(&options, STREAM_NAMES)?;
            let edit = Edit::Set {
                known: 0,
                json: b"true".to_vec(),
            };
            patch::splice(&options, &members, STREAM_NAMES, &[edit]).concat()
        }
    };
    Ok(Edit::Set {
        known: STREAM_OPTIONS,
        json,
    })
}
