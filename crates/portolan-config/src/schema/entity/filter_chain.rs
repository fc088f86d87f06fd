//! `filter_chains[]`: WebAssembly filters.

use crate::schema::field::{Entity, Field, Kind, META, Record, entity_name};

pub(crate) static FILTER_CHAINS: Entity = Entity {
    name: "filter_chains",
    record: &FILTER_CHAIN,
    key: Some("name"),
    unique: &[],
};

static FILTER_CHAIN: Record = Record::new("filter_chains", &[FIELDS, META]);

static FIELDS: &[Field] = &[
    Field::checked("name", entity_name),
    Field::flag("enabled", true),
    Field::foreign("route", "routes"),
    Field::foreign("service", "services"),
    Field::some("filters", &Kind::Record(&FILTER)).required(),
];

static FILTER: Record = Record::new(
    "filter_chains.filters",
    &[&[
        Field::text("name").required(),
        Field::flag("enabled", true),
        Field::any("config"),
    ]],
);
