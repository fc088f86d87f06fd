//! A route's `paths`: `/...` is a prefix, `~/...` a regex.

use super::text;
use crate::pattern::Pattern;

pub(super) fn check(path: &str) -> Result<(), String> {
    if let Some(pattern) = path
        .strip_prefix('~')
        .filter(|pattern| pattern.starts_with('/'))
    {
        check_escapes(pattern)?;
        return match Pattern::parse(pattern) {
            Ok(_) => Ok(()),
            Err(reason) => Err(format!("invalid regex: '{pattern}' ({reason})")),
        };
    }
    if !path.starts_with('/') {
        return Err(format!(
            "should start with: / (fixed path) or ~/ (regex path), found '{path}'"
        ));
    }
    text::path_characters(path)?;
    let normal = normalised(path);
    if normal == path {
        Ok(())
    } else {
        Err(format!(
            "non-normalized path, consider use '{normal}' instead"
        ))
    }
}

/// Every `%` must begin an escape.
pub(super) fn check_escapes(path: &str) -> Result<(), String> {
    let broken = path.match_indices('%').find(|(at, _)| {
        let after = path.as_bytes().get(at + 1..).unwrap_or_default();
        escape(b'%', after).is_none()
    });
    match broken {
        Some((at, _)) => {
            let shown: String = path.get(at..).unwrap_or_default().chars().take(3).collect();
            Err(format!("invalid url-encoded value: '{shown}'"))
        }
        None => Ok(()),
    }
}

/// What the router compares a prefix with: escapes of unreserved characters decoded, dot segments and
/// empty segments gone.
pub(crate) fn normalised(path: &str) -> String {
    let decoded = decoded(path);
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            kept => segments.push(kept),
        }
    }
    let mut normal = format!("/{}", segments.join("/"));
    let is_folder = ["/", "/.", "/.."].iter().any(|end| decoded.ends_with(end));
    if is_folder && !segments.is_empty() {
        normal.push('/');
    }
    normal
}

/// Reserved characters stay escaped, in upper case.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match escape(first, after) {
            Some(byte) if b"!*'();:@&=+$,/?%#[]".contains(&byte) => {
                bytes.push(first);
                bytes.extend(after.iter().take(2).map(u8::to_ascii_uppercase));
                rest = after.get(2..).unwrap_or_default();
            }
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(first: u8, after: &[u8]) -> Option<u8> {
    let &[high, low, ..] = after else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    if first != b'%' {
        return None;
    }
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::check;

    /// Messages are Kong's.
    #[test]
    fn paths_are_prefixes_in_normal_form_or_regexes() {
        for sound in [
            "/",
            "/openai",
            "/a/",
            "/a%2Fb",
            "~/x$",
            "~/(?<model>[^#?/]+)/chat",
        ] {
            assert_eq!(check(sound), Ok(()), "{sound}");
        }
        for (path, told) in [
            (
                "openai",
                "should start with: / (fixed path) or ~/ (regex path)",
            ),
            ("~x", "should start with: / (fixed path) or ~/ (regex path)"),
            ("/a//b", "non-normalized path, consider use '/a/b' instead"),
            ("/a/../b", "non-normalized path, consider use '/b' instead"),
            ("/a/./", "non-normalized path, consider use '/a/' instead"),
            ("/%61", "non-normalized path, consider use '/a' instead"),
            (
                "/a%2fb",
                "non-normalized path, consider use '/a%2Fb' instead",
            ),
            ("/a%zzb", "invalid url-encoded value: '%zz'"),
            ("~/100%", "invalid url-encoded value: '%'"),
            ("~/(", "invalid regex: '/('"),
            ("~/(?=x)", "invalid regex: '/(?=x)'"),
        ] {
            let message = check(path).unwrap_err();
            assert!(message.starts_with(told), "{path}: {message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
