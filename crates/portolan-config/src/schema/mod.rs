//! Declarative field tables, one file an entity or plugin, and the walker that goes over tree and table together.
//! Every fault is found in one pass; what passes, `compile` can read without failing.

mod catalogue;
pub(crate) mod entity;
pub(crate) mod field;
pub(crate) mod json_schema;
pub(crate) mod not_served;
pub(crate) mod plugin;
pub(crate) mod reference;
pub(crate) mod shape;
mod suggest;
#[cfg(test)]
mod tests;
pub(crate) mod view;
pub(crate) mod walk;

use std::collections::HashSet;

use self::field::{Kind, Record};

/// Every record of the tables, once.
pub(crate) fn records() -> Vec<&'static Record> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let plugins = plugin::TABLES.iter().map(|(_, record)| *record);
    for record in std::iter::once(&entity::ROOT)
        .chain(plugins)
        .chain(entity::CHOSEN.iter().copied())
    {
        visit(record, &mut seen, &mut found);
    }
    found
}

fn visit(
    record: &'static Record,
    seen: &mut HashSet<*const Record>,
    found: &mut Vec<&'static Record>,
) {
    if !seen.insert(std::ptr::from_ref(record)) {
        return;
    }
    found.push(record);
    for field in record.fields() {
        inside(&field.kind, &mut |inner| visit(inner, seen, found));
    }
}

/// The records that a kind's values may be.
pub(crate) fn inside(kind: &'static Kind, each: &mut dyn FnMut(&'static Record)) {
    match kind {
        Kind::Record(record) => each(record),
        Kind::Entities { of, .. } => each(of.record),
        Kind::List { item, .. } | Kind::Map(item) => inside(item, each),
        Kind::Either(kinds) => {
            for kind in *kinds {
                inside(kind, each);
            }
        }
        Kind::Any
        | Kind::Bool
        | Kind::Integer { .. }
        | Kind::Number { .. }
        | Kind::Text(_)
        | Kind::Enum(_)
        | Kind::Chosen(_)
        | Kind::Foreign(_) => {}
    }
}
