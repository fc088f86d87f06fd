//! `_format_version` 1.1 and 2.1: a path that holds more than the characters of plain paths is a regex without its `~`.

use super::each_entity;
use crate::{
    document::Node,
    schema::entity::{ROOT, route_path},
};

pub(super) fn rewrite(roots: &mut [Node]) {
    // One file may say the format for all.
    let older = roots.iter().any(|root| {
        let version = root.given("_format_version").and_then(Node::as_str);
        matches!(version, Some("1.1" | "2.1"))
    });
    if !older {
        return;
    }
    for root in roots {
        each_entity(root, &ROOT, None, &mut |entity, route, _| {
            if entity.name != "routes" {
                return;
            }
            let paths = route.get_mut("paths").map(Node::items_mut);
            for path in paths.into_iter().flatten() {
                if let Some(written) = path.as_str() {
                    let rewritten = rewritten(written);
                    path.set_text(rewritten);
                }
            }
        });
    }
}

fn rewritten(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~/%".contains(&byte);
    if path.bytes().all(plain) {
        route_path::normalised(path)
    } else {
        format!("~{}", unescaped(path))
    }
}

/// Escapes of unreserved characters decoded, what means something to a regex behind a backslash.
fn unescaped(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let code = escape
            .get(1..3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) if byte.is_ascii() && !b"!*'();:@&=+$,/?%#[]".contains(&byte) => {
                let char = char::from(byte);
                if matches!(char, '.' | '|' | '{' | '}' | '^' | '\\' | '-') {
                    out.push('\\');
                }
                out.push(char);
                rest = &escape[3..];
            }
            _ => {
                out.push('%');
                rest = &escape[1..];
            }
        }
    }
    out.push_str(rest);
    out
}
