//! What a line tells of queries: not the keys in them.

use std::borrow::Cow;

use super::Record;
use crate::urlencoded;

/// Query parameters that carry keys somewhere: their values are not written.
const SECRET_PARAMETERS: &[&str] = &[
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "key",
    "sig",
    "signature",
    "subscription-key",
    "token",
];

/// Path and query, without the values of parameters that carry keys.
pub(super) fn redacted<'r>(uri: &'r str, record: &Record) -> Cow<'r, str> {
    let Some((path, query)) = uri.split_once('?') else {
        return Cow::Borrowed(uri);
    };
    let mut text = Vec::with_capacity(uri.len());
    text.extend_from_slice(path.as_bytes());
    for (index, pair) in urlencoded::pairs(query.as_bytes()).enumerate() {
        text.push(if index == 0 { b'?' } else { b'&' });
        let secret = pair
            .value()
            .is_some_and(|_| is_secret(&pair.name(), record));
        if secret {
            text.extend_from_slice(pair.name_text);
            text.extend_from_slice(b"=REDACTED");
        } else {
            text.extend_from_slice(pair.text);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&text).into_owned())
}

fn is_secret(name: &[u8], record: &Record) -> bool {
    let known = SECRET_PARAMETERS.iter().copied();
    let of_the_file = record.key_parameters.iter().flat_map(|names| names.iter());
    known
        .chain(of_the_file.map(String::as_str))
        .any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}
