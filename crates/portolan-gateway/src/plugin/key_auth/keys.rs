//! Where a key is looked for, in which order, and how it is taken out of a head.

use std::borrow::Cow;

use bytes::Bytes;
use http::{
    HeaderMap, Uri,
    request::Parts,
    uri::{self, PathAndQuery},
};
use portolan_config::compiled::plugin::KeyAuth;

use super::Name;
use crate::{
    plugin::fields::{Encoding, Found, in_pairs},
    urlencoded,
};

/// What a client sent, as far as a key may stand in it.
pub(super) struct Sent<'r> {
    pub(super) headers: &'r HeaderMap,
    pub(super) query: &'r str,
    /// Read whole.
    pub(super) body: Option<(Encoding, Bytes)>,
}

/// The first that a client shows, and under which name.
#[derive(Debug)]
pub(super) enum Presented<'n, 's> {
    Nothing,
    Several(&'n Name),
    Key(&'n Name, Cow<'s, [u8]>),
}

/// Kong's order: name by name, and of each the headers, the query, the body.
pub(super) fn presented<'n, 's>(
    config: &KeyAuth,
    names: &'n [Name],
    sent: &'s Sent<'_>,
) -> Presented<'n, 's> {
    for name in names {
        let mut found = Found::Nothing;
        if config.in_header {
            found = in_headers(sent.headers, name);
        }
        if config.in_query && found == Found::Nothing {
            found = in_pairs(sent.query.as_bytes(), &name.text);
        }
        if config.in_body
            && found == Found::Nothing
            && let Some((encoding, body)) = &sent.body
        {
            found = encoding.find(body, &name.text);
        }
        match found {
            Found::Nothing => {}
            Found::Text(key) => return Presented::Key(name, key),
            Found::Several => return Presented::Several(name),
        }
    }
    Presented::Nothing
}

fn in_headers<'h>(headers: &'h HeaderMap, name: &Name) -> Found<'h> {
    let mut values = name
        .headers
        .iter()
        .find(|name| headers.contains_key(*name))
        .map(|name| headers.get_all(name).iter())
        .into_iter()
        .flatten();
    match (values.next(), values.next()) {
        (None, _) => Found::Nothing,
        (Some(value), None) => Found::Text(Cow::Borrowed(value.as_bytes())),
        (Some(_), Some(_)) => Found::Several,
    }
}

/// Every other byte of the query stays as it came.
pub(super) fn hide_in_head(head: &mut Parts, name: &Name) {
    for header in &name.headers {
        head.headers.remove(header);
    }
    let without = head
        .uri
        .query()
        .and_then(|query| urlencoded::without(query.as_bytes(), name.text.as_bytes()));
    if let Some(query) = without
        && let Some(uri) = with_query(&head.uri, &query)
    {
        head.uri = uri;
    }
}

/// None: what was cut out of one is none any more, which cannot be.
fn with_query(uri: &Uri, query: &[u8]) -> Option<Uri> {
    let mut text = Vec::with_capacity(uri.path().len() + 1 + query.len());
    text.extend_from_slice(uri.path().as_bytes());
    if !query.is_empty() {
        text.push(b'?');
        text.extend_from_slice(query);
    }
    let mut parts: uri::Parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}
