//! `file-log`

use crate::schema::field::{Field, Record, STRING};

pub(crate) static CONFIG: Record = Record::new(
    "file-log",
    &[&[
        Field::map("custom_fields_by_lua", &STRING),
        Field::text("path").required(),
        Field::flag("reopen", false),
    ]],
);
