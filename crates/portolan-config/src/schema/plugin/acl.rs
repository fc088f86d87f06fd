//! `acl`

use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Field, Record, STRING},
};

pub(crate) static CONFIG: Record = Record::new(
    "acl",
    &[&[
        Field::list("allow", &STRING).doc("Groups whose consumers may pass."),
        Field::flag("always_use_authenticated_groups", false).doc(
            "Whether groups that another plugin has found count even beside a consumer's own.",
        ),
        Field::list("deny", &STRING).doc("Groups whose consumers may not pass."),
        Field::flag("hide_groups_header", false)
            .doc("Whether `X-Consumer-Groups` is kept from the upstream."),
        Field::flag("include_consumer_groups", false)
            .doc("Whether the names of consumer groups count as groups."),
    ]],
)
.checked(check);

fn check(config: &Node, path: &Path<'_>, faults: &mut Faults) {
    let filled = |name: &str| {
        config
            .given(name)
            .is_some_and(|list| !list.items().is_empty())
    };
    if filled("allow") == filled("deny") {
        let message =
            "exactly one of these fields must be non-empty: 'config.allow', 'config.deny'";
        faults.error(config.at, path, message);
    }
}
