//! `acl`

use crate::schema::field::{Field, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "acl",
    &[&[
        Field::list("allow", &STRING),
        Field::flag("always_use_authenticated_groups", false),
        Field::list("deny", &STRING),
        Field::flag("hide_groups_header", false),
        Field::flag("include_consumer_groups", false),
    ]],
);
