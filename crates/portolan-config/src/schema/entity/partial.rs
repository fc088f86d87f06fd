//! `partials[]`: parts of plugin configurations that several plugins share. One may be incomplete.

use crate::{
    document::Node,
    schema::{
        field::{Entity, Field, Kind, META, Record},
        plugin::{embeddings, redis, target, vectordb},
    },
};

pub(crate) static PARTIALS: Entity = Entity {
    name: "partials",
    record: &PARTIAL,
    key: Some("name"),
    unique: &[],
};

static PARTIAL: Record = Record::new("partials", &[FIELDS, META]);

static FIELDS: &[Field] = &[
    Field::text("name"),
    Field::choice("type", &TYPES)
        .required()
        .doc("What it is a part of; `model` is one of `config.targets`."),
    Field::new("config", Kind::Chosen(config))
        .required()
        .doc("The fields of that part; what it leaves out the plugin may say."),
];

const TYPES: [&str; 5] = ["embeddings", "model", "redis-ce", "redis-ee", "vectordb"];

/// By type, in the order of `TYPES`.
pub(super) static CONFIGS: [&Record; 5] = [
    &embeddings::EMBEDDINGS,
    &target::TARGET,
    &redis::REDIS_CE,
    &redis::REDIS,
    &vectordb::VECTORDB,
];

fn config(partial: &Node) -> Option<&'static Record> {
    let written = partial.get("type")?.as_str()?;
    let mut known = TYPES.into_iter().zip(CONFIGS);
    known.find_map(|(kind, record)| (kind == written).then_some(record))
}

pub(crate) static PLUGINS_PARTIALS: Entity = Entity {
    name: "plugins_partials",
    record: &LINK,
    key: None,
    unique: &[],
};

static LINK: Record = Record::new(
    "plugins_partials",
    &[
        &[
            Field::foreign("plugin", "plugins").required(),
            Field::foreign("partial", "partials").required(),
            Field::text("path")
                .doc("Where it goes, as `config.redis`; by default where its type belongs."),
        ],
        META,
    ],
);
