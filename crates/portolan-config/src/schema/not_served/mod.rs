//! What no code serves yet, told of a file: `check` lists it, `start` refuses the file. The rows stand in `table.rs`.

mod rules;
mod table;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::LazyLock};

use self::table::TABLE;
use super::field::{Field, Kind, Record};
use crate::document::Node;

/// Rows of one reason.
struct Group {
    reason: &'static str,
    rows: &'static [Row],
}

pub(crate) struct Row {
    /// `Record::name`
    record: &'static str,
    field: &'static str,
    what: What,
}

enum What {
    /// Anything but null, an empty list, and Kong's default.
    Written,
    /// One of an enum's values, alone or in a list.
    Value(&'static str),
    /// `$(...)` in any field of the record.
    Template,
    /// Anything that a rule of its own picks out.
    Where(fn(&Node) -> bool),
}

/// What the table says of something in a file.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    row: &'static Row,
    reason: &'static str,
    name: &'static str,
}

impl Found {
    pub(crate) fn told(self) -> String {
        let name = self.name;
        let what = match &self.row.what {
            What::Value(value) => format!("`{name}: {value}`"),
            What::Template => format!("a template in `{name}`"),
            What::Written | What::Where(_) => format!("`{name}`"),
        };
        format!("{what} is not served yet: {}", self.reason)
    }
}

/// For the reference page: what, and why.
pub(crate) fn rows() -> impl Iterator<Item = (String, &'static str)> {
    TABLE.iter().flat_map(|group| {
        group.rows.iter().map(|row| {
            let field = format!("{}.{}", row.record, row.field);
            let what = match row.what {
                What::Written => field,
                What::Value(value) => format!("{field}: {value}"),
                What::Template => format!("{}: templates", row.record),
                What::Where(_) => format!("{field}, some values"),
            };
            (what, group.reason)
        })
    })
}

type Index = HashMap<(&'static str, &'static str), Vec<(&'static Row, &'static str)>>;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::new();
    for group in TABLE {
        for row in group.rows {
            let rows = index.entry((row.record, row.field)).or_default();
            rows.push((row, group.reason));
        }
    }
    index
});

/// `written` is not null.
pub(crate) fn find(record: &Record, field: &Field, written: &Node) -> Option<Found> {
    let template = field.template && written.as_str().is_some_and(|text| text.contains("$("));
    // A target's fields may stand right under the plugin's `config`.
    let of_target = (record.name == "ai-proxy").then_some("target");
    let rows = [Some(record.name), of_target]
        .into_iter()
        .flatten()
        .filter_map(|record| INDEX.get(&(record, field.name)))
        .flatten();
    let anywhere = INDEX.get(&(record.name, "*")).into_iter().flatten();
    rows.chain(anywhere)
        .find(|(row, _)| match row.what {
            What::Template => template,
            What::Written => {
                !says_nothing(&field.kind, written)
                    && !field.default.is_some_and(|default| default.is(written))
            }
            What::Value(value) => {
                written.as_str() == Some(value)
                    || written
                        .items()
                        .iter()
                        .any(|item| item.as_str() == Some(value))
            }
            What::Where(refused) => refused(written),
        })
        .map(|(row, reason)| Found {
            row,
            reason,
            name: field.name,
        })
}

/// An empty list; a mapping of nulls and defaults, as decK dumps them.
pub(crate) fn says_nothing(kind: &Kind, written: &Node) -> bool {
    if written.is_null() || written.as_sequence().is_some_and(<[Node]>::is_empty) {
        return true;
    }
    let (Kind::Record(record), Some(entries)) = (kind, written.as_mapping()) else {
        return false;
    };
    entries.iter().all(|entry| {
        record.field(&entry.key).is_some_and(|field| {
            field
                .default
                .is_some_and(|default| default.is(&entry.value))
                || says_nothing(&field.kind, &entry.value)
        })
    })
}

/// Whether the configuration of a plugin, or of a vault, belongs to one that is not served as a whole.
pub(crate) fn hushes(record: &Record, node: &Node, field: &Field) -> bool {
    field.name == "config"
        && record
            .field("name")
            .zip(node.given("name"))
            .is_some_and(|(name, written)| find(record, name, written).is_some())
}
