//! The path and query that a service is asked for: Kong's `path_handling` v0.

use bytes::Bytes;
use http::{
    Uri,
    uri::{InvalidUri, PathAndQuery},
};

/// `base`: the service's path, else `/`. `path`: of the request, normalised. `stripped`: bytes of it that the route takes
/// off; none: the route takes nothing off.
pub(super) fn build(
    base: &str,
    path: &str,
    stripped: Option<usize>,
    uri: &Uri,
) -> Result<PathAndQuery, InvalidUri> {
    let parts = join(base, path, stripped);
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let plain = parts.iter().all(|part| part.bytes().all(is_plain));
    // What comes out is what came in: nothing is written anew.
    if base == "/"
        && plain
        && length == path.len()
        && path == uri.path()
        && let Some(asked) = uri.path_and_query()
    {
        return Ok(asked.clone());
    }
    let query = uri.query();
    let mut out = Vec::with_capacity(length + query.map_or(0, |query| query.len() + 1));
    for part in parts {
        if plain {
            out.extend_from_slice(part.as_bytes());
        } else {
            escape(part, &mut out);
        }
    }
    if let Some(query) = query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    PathAndQuery::from_maybe_shared(Bytes::from(out))
}

fn join<'p>(base: &'p str, path: &'p str, stripped: Option<usize>) -> [&'p str; 3] {
    let bare = base.strip_suffix('/');
    let Some(stripped) = stripped else {
        return match bare {
            Some(_) => [base, "", path.get(1..).unwrap_or_default()],
            None if path == "/" => [base, "", ""],
            None => [base, "", path],
        };
    };
    let post = undotted(path.get(stripped..).unwrap_or_default());
    match bare {
        Some(bare) if post.is_empty() && base != "/" && !path.ends_with('/') => [bare, "", ""],
        Some(_) if post.is_empty() => [base, "", ""],
        Some(bare) if post.starts_with('/') => [bare, "", post],
        Some(_) => [base, "", post],
        None if post.is_empty() && path.len() > 1 && path.ends_with('/') => [base, "/", ""],
        None if post.is_empty() => [base, "", ""],
        None if post.starts_with('/') => [base, "", post],
        None => [base, "/", post],
    }
}

/// A prefix that ends inside of a segment may leave one that begins with dots.
fn undotted(post: &str) -> &str {
    match post {
        "." | ".." => "",
        post => post
            .strip_prefix("../")
            .or_else(|| post.strip_prefix("./"))
            .unwrap_or(post),
    }
}

/// Goes out as it is; an escape that is still one stays one.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@[]-_.~%".contains(&byte)
}

fn escape(part: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in part.bytes() {
        if is_plain(byte) {
            out.push(byte);
        } else {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.push(b'%');
            out.extend_from_slice(&digits);
        }
    }
}

#[cfg(test)]
mod tests;
