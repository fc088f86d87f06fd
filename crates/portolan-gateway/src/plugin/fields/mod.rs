//! The named fields of a body that was read whole: forms, JSON objects, multipart forms. One is found by its name and
//! taken out, and every other byte of the body stays as it came.

mod json;
mod multipart;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::urlencoded;
use json::Named;
use multipart::Part;

/// How a body holds its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encoding {
    Form,
    Json,
    Multipart { boundary: String },
}

/// What stands under a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'b> {
    Nothing,
    Text(Cow<'b, [u8]>),
    /// Several of it, or what is no text but has parts.
    Several,
}

impl Encoding {
    /// By `Content-Type`; none: no fields are known in it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let media = value.split(';').next().unwrap_or_default().trim();
        match media.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Some(Self::Form),
            "application/json" => Some(Self::Json),
            "multipart/form-data" => {
                let boundary = multipart::parameter(value, "boundary")?;
                Some(Self::Multipart { boundary })
            }
            _ => None,
        }
    }

    pub(super) fn find<'b>(&self, body: &'b [u8], name: &str) -> Found<'b> {
        match self {
            Self::Form => in_pairs(body, name),
            Self::Json => in_json(body, name),
            Self::Multipart { boundary } => {
                let named = multipart::parts(body, boundary).filter(|part| part.is_named(name));
                named.last().map_or(Found::Nothing, |part| {
                    Found::Text(Cow::Borrowed(&body[part.value]))
                })
            }
        }
    }

    /// The body without the field; none where it has none.
    pub(super) fn without(&self, body: &Bytes, name: &str) -> Option<Bytes> {
        match self {
            Self::Form => urlencoded::without(body, name.as_bytes()).map(Bytes::from),
            Self::Json => cut(body, &Named::read(body, name)?.cuts),
            Self::Multipart { boundary } => {
                let named = multipart::parts(body, boundary).filter(|part| part.is_named(name));
                cut(body, &named.map(|part| part.whole).collect::<Vec<_>>())
            }
        }
    }

    /// All fields of a form, by name; none for JSON, which is one value.
    pub(super) fn pairs(&self, body: &[u8]) -> Option<Vec<(String, Option<String>)>> {
        match self {
            Self::Form => Some(pairs(body)),
            Self::Json => None,
            Self::Multipart { boundary } => {
                let pair = |part: Part| Some((part.name?, Some(lossy(&body[part.value]))));
                Some(multipart::parts(body, boundary).filter_map(pair).collect())
            }
        }
    }
}

/// Of a query, or of a form that is written as one.
pub(super) fn in_pairs<'t>(text: &'t [u8], name: &str) -> Found<'t> {
    let mut named = urlencoded::pairs(text).filter(|pair| *pair.name() == *name.as_bytes());
    match (named.next(), named.next()) {
        (None, _) => Found::Nothing,
        (Some(_), Some(_)) => Found::Several,
        (Some(pair), None) => pair.value().map_or(Found::Nothing, Found::Text),
    }
}

/// The same, all of them.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, Option<String>)> {
    urlencoded::pairs(text)
        .map(|pair| (lossy(&pair.name()), pair.value().map(|value| lossy(&value))))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// None: nothing is cut.
fn cut(body: &[u8], cuts: &[Range<usize>]) -> Option<Bytes> {
    if cuts.is_empty() {
        return None;
    }
    let mut kept = Vec::with_capacity(body.len());
    let mut from = 0;
    for cut in cuts {
        kept.extend_from_slice(&body[from..cut.start]);
        from = cut.end;
    }
    kept.extend_from_slice(&body[from..]);
    Some(Bytes::from(kept))
}

/// One receiver may read the first of two members of a name, another the last: both together are no text.
fn in_json(document: &[u8], name: &str) -> Found<'static> {
    let Some(Named {
        value: Some(value),
        several,
        ..
    }) = Named::read(document, name)
    else {
        return Found::Nothing;
    };
    let value = &document[value];
    if several || matches!(value.first(), Some(b'[' | b'{')) {
        return Found::Several;
    }
    match serde_json::from_slice::<String>(value) {
        Ok(text) => Found::Text(Cow::Owned(text.into_bytes())),
        Err(_) => Found::Nothing,
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
