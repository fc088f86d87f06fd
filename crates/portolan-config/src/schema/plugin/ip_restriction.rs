//! `ip-restriction`

use crate::schema::field::{Field, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "ip-restriction",
    &[&[
        Field::list("allow", &STRING),
        Field::list("deny", &STRING),
        Field::text("message"),
        Field::any_number("status"),
    ]],
);
