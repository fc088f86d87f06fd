//! `request-termination`

use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::{
        entity::text::header_name,
        field::{Field, Literal, Record},
    },
};

pub(crate) static CONFIG: Record = Record::new(
    "request-termination",
    &[&[
        Field::text("body").doc("The answer's whole body."),
        Field::text("content_type").doc("Of `body`."),
        Field::flag("echo", false)
            .doc("Whether the answer describes the request, with `message` in it."),
        Field::text("message").doc("Of a JSON body: `{\"message\": ...}`."),
        Field::integer("status_code", 100, 599).or(Literal::Int(503)),
        Field::checked("trigger", header_name)
            .doc("Only requests with a header or query parameter of this name are answered."),
    ]],
)
.checked(check);

fn check(config: &Node, path: &Path<'_>, faults: &mut Faults) {
    let own_body = ["body", "content_type"]
        .iter()
        .any(|name| config.given(name).is_some());
    let rules = [
        (
            "message",
            own_body && config.given("message").is_some(),
            "message cannot be used with content_type or body",
        ),
        (
            "content_type",
            config.given("content_type").is_some() && config.given("body").is_none(),
            "content_type requires a body",
        ),
        (
            "echo",
            own_body && config.given("echo").and_then(Node::as_bool) == Some(true),
            "echo cannot be used with content_type and body",
        ),
    ];
    // As in Kong the first that is broken is told.
    let broken = rules.into_iter().find(|(_, broken, _)| *broken);
    if let Some((name, _, message)) = broken
        && let Some(node) = config.given(name)
    {
        faults.error(node.at, path.key(name), message);
    }
}
