//! `ai-prompt-template`

use crate::schema::field::{Field, Kind, Literal, Record};

pub(crate) static CONFIG: Record = Record::new(
    "ai-prompt-template",
    &[&[
        Field::flag("allow_untemplated_requests", true),
        Field::flag("log_original_request", false),
        Field::any_integer("max_request_body_size").or(Literal::Int(1048576)),
        Field::list("templates", &TEMPLATES_ITEM).required(),
    ]],
);

static TEMPLATES: Record = Record::new(
    "ai-prompt-template.templates",
    &[&[
        Field::text("name").required(),
        Field::text("template").required(),
    ]],
);

static TEMPLATES_ITEM: Kind = Kind::Record(&TEMPLATES);
