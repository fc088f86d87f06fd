//! What `hash_on` and `hash_fallback` need of the fields around them.

use crate::{
    document::Node,
    fault::{Faults, Path},
};

pub(super) const INPUTS: [&str; 8] = [
    "consumer",
    "cookie",
    "header",
    "ip",
    "none",
    "path",
    "query_arg",
    "uri_capture",
];

pub(super) fn hashing(upstream: &Node, path: &Path<'_>, faults: &mut Faults) {
    let fields = (input(upstream, "hash_on"), input(upstream, "hash_fallback"));
    let (Some(on), Some(fallback)) = fields else {
        return;
    };
    let named = |field: &str, input: &str| match input {
        // There is one cookie for both.
        "cookie" => Some("hash_on_cookie".to_owned()),
        "header" | "query_arg" | "uri_capture" => Some(format!("{field}_{input}")),
        _ => None,
    };
    for (field, input) in [("hash_on", on), ("hash_fallback", fallback)] {
        if let Some(needed) = named(field, input)
            && upstream.given(&needed).is_none()
            && let Some(given) = upstream.given(field)
        {
            let message = format!("required field missing: `{field}: {input}` reads it");
            faults.error(given.at, path.key(&needed), message);
        }
    }
    check_fallback(upstream, (on, fallback), path, faults);
}

fn check_fallback(
    upstream: &Node,
    (on, fallback): (&str, &str),
    path: &Path<'_>,
    faults: &mut Faults,
) {
    let given = upstream.given("hash_fallback");
    let Some(given) = given.filter(|_| fallback != "none") else {
        return;
    };
    let message = match on {
        "none" => "expected none: without `hash_on` there is nothing to fall back from".to_owned(),
        "cookie" => "expected none: a missing cookie is made up, so nothing falls back".to_owned(),
        "consumer" | "ip" | "path" if on == fallback => {
            format!("`hash_on` is {on} already: fall back on something else")
        }
        "header" | "query_arg" | "uri_capture" if on == fallback => {
            let (first, second) = (format!("hash_on_{on}"), format!("hash_fallback_{on}"));
            let name = |field: &str| upstream.given(field).and_then(Node::as_str);
            if name(&first).is_none() || name(&first) != name(&second) {
                return;
            }
            format!("`{first}` and `{second}` are the same: fall back on something else")
        }
        _ => return,
    };
    faults.error(given.at, path.key("hash_fallback"), message);
}

/// None: there is a fault already.
fn input(upstream: &Node, field: &str) -> Option<&'static str> {
    let Some(given) = upstream.given(field) else {
        return Some("none");
    };
    let text = given.as_str()?;
    INPUTS.into_iter().find(|&known| known == text)
}
