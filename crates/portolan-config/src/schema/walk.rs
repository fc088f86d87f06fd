//! Goes over a tree and its table together; tells every fault and stops at none.

use super::{
    field::{Enum, Field, Kind, Literal, Record, Served, Slot, Text},
    suggest,
};
use crate::{
    document::{Entry, Node},
    fault::{Faults, Path},
    secret::{self, SecretRef},
    template::Template,
};

pub(super) fn record(node: &Node, record: &Record, path: &Path<'_>, faults: &mut Faults) {
    let Some(entries) = node.as_mapping() else {
        // The value stays untold: a secret may have slipped one level up.
        let message = format!("expected a mapping, found a {}", node.kind_name());
        return faults.error(node.at, path, message);
    };
    for entry in entries {
        let path = path.key(&entry.key);
        match record.field(&entry.key) {
            Some(known) => field(node, known, entry, &path, faults),
            None => faults.error(entry.at, path, suggest::unknown_field(record, &entry.key)),
        }
    }
    for missing in record
        .fields()
        .filter(|field| field.required && node.get(field.name).is_none())
    {
        faults.error(node.at, path.key(missing.name), "required field missing");
    }
    if let Some(check) = record.check {
        check(node, path, faults);
    }
}

fn field(around: &Node, field: &Field, entry: &Entry, path: &Path<'_>, faults: &mut Faults) {
    let written = &entry.value;
    if written.is_null() {
        return null(field, entry, path, faults);
    }
    if field.served == Served::NotYet {
        if !written.as_sequence().is_some_and(<[Node]>::is_empty) {
            faults.error(
                entry.at,
                path,
                format!("`{}` is not served yet", field.name),
            );
        }
        return;
    }
    let before = faults.error_count();
    value(around, &field.kind, written, path, faults);
    if field.served == Served::OnlyDefault
        && faults.error_count() == before
        && let Some(default) = field.default
        && !default.is(written)
    {
        faults.error(written.at, path, only_default(field, written, default));
    }
}

fn only_default(field: &Field, written: &Node, default: Literal) -> String {
    let written = match written.scalar() {
        Some(scalar) => format!("{}: {}", field.name, scalar.text),
        None => format!("this `{}`", field.name),
    };
    format!("`{written}` is not served yet, only Kong's default: {default}")
}

/// Kong lets an explicit null take the place of a default; for the fields we serve that means nothing.
fn null(field: &Field, entry: &Entry, path: &Path<'_>, faults: &mut Faults) {
    if field.required {
        faults.error(entry.at, path, "required field missing: null stands here");
    } else if let Some(default) = field.default {
        let message =
            format!("null is not served here: leave the field out for Kong's default, {default}");
        faults.error(entry.at, path, message);
    }
}

fn value(around: &Node, kind: &Kind, node: &Node, path: &Path<'_>, faults: &mut Faults) {
    match kind {
        Kind::Any => {}
        Kind::Bool => {
            if node.as_bool().is_none() {
                mismatch("a boolean", node, path, faults);
            }
        }
        Kind::Integer { min, max } => match node.as_int() {
            Some(found) if (*min..=*max).contains(&found) => {}
            Some(found) => {
                let message = if *max == i64::MAX {
                    format!("value must be at least {min}, found {found}")
                } else {
                    format!("value should be between {min} and {max}, found {found}")
                };
                faults.error(node.at, path, message);
            }
            None => mismatch("an integer", node, path, faults),
        },
        Kind::Number { min, max } => match node.as_number() {
            Some(found) if (*min..=*max).contains(&found) => {}
            Some(found) => {
                let message = format!("value should be between {min} and {max}, found {found}");
                faults.error(node.at, path, message);
            }
            None => mismatch("a number", node, path, faults),
        },
        Kind::Text(rules) => text(rules, node, path, faults),
        Kind::Enum(choices) => choice(choices, node, path, faults),
        Kind::List { item, min } => list(item, *min, node, path, faults),
        Kind::Record(fields) => record(node, fields, path, faults),
        Kind::Chosen(choose) => {
            if let Some(fields) = choose(around) {
                record(node, fields, path, faults);
            }
        }
        Kind::Reference => reference(node, path, faults),
    }
}

fn list(item: &Kind, min: usize, node: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(items) = node.as_sequence() else {
        return mismatch("a list", node, path, faults);
    };
    if items.len() < min {
        faults.error(node.at, path, format!("length must be at least {min}"));
    }
    for (index, each) in items.iter().enumerate() {
        value(node, item, each, &path.index(index), faults);
    }
}

fn text(rules: &Text, node: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(text) = node.as_str() else {
        return match rules.references {
            Slot::No => mismatch("a string", node, path, faults),
            // It may be a secret: its value stays untold.
            Slot::NotYet | Slot::Served => {
                let message = format!("expected a string, found a {}", node.kind_name());
                faults.error(node.at, path, message);
            }
        };
    };
    if let Err(message) = text_fault(rules, text, path) {
        faults.error(node.at, path, message);
    } else if rules.references == Slot::Served
        && text.contains("{vault://")
        && secret::reference(text).is_none()
    {
        faults.warn(
            node.at,
            path,
            "a reference inside a longer text stays text, as in Kong: let it stand for the whole value",
        );
    }
}

fn text_fault(rules: &Text, text: &str, path: &Path<'_>) -> Result<(), String> {
    if text.is_empty() {
        return Err("length must be at least 1".to_owned());
    }
    if secret::reference(text).is_some() {
        return match rules.references {
            Slot::No => Err(format!(
                "`{}` reads no {{vault://...}} reference",
                path.name()
            )),
            Slot::NotYet => Err(format!(
                "references are not served yet in `{}`",
                path.name()
            )),
            Slot::Served => SecretRef::parse(text).map(drop),
        };
    }
    if text.contains("$(") {
        match rules.templates {
            Slot::No => {}
            Slot::NotYet => return Err(templates_not_yet(path)),
            Slot::Served => {
                Template::parse(text).map_err(|error| error.to_string())?;
            }
        }
    }
    match rules.check {
        Some(check) => check(text),
        None => Ok(()),
    }
}

fn choice(choices: &Enum, node: &Node, path: &Path<'_>, faults: &mut Faults) {
    let Some(text) = node.as_str() else {
        return mismatch("a string", node, path, faults);
    };
    if text.contains("$(") {
        faults.error(node.at, path, templates_not_yet(path));
    } else if !choices.known.contains(&text) {
        faults.error(node.at, path, suggest::unknown_value(text, choices.known));
    } else if let Some(served) = choices.served
        && !served(text)
    {
        let served: Vec<&str> = choices
            .known
            .iter()
            .copied()
            .filter(|name| served(name))
            .collect();
        let message = format!("'{text}' is not served yet, only: {}", served.join(", "));
        faults.error(node.at, path, message);
    }
}

/// Whether the entity exists is for `links` to say.
fn reference(node: &Node, path: &Path<'_>, faults: &mut Faults) {
    let sound = match node.as_mapping() {
        None => node.as_str().is_some(),
        Some([entry]) => {
            matches!(entry.key.as_str(), "id" | "name") && entry.value.as_str().is_some()
        }
        Some(_) => false,
    };
    if !sound {
        faults.error(
            node.at,
            path,
            "expected a name or an id, {id: ...} or {name: ...}",
        );
    }
}

fn mismatch(expected: &str, node: &Node, path: &Path<'_>, faults: &mut Faults) {
    let message = if node.as_str().is_some_and(|text| text.contains("$(")) {
        templates_not_yet(path)
    } else {
        let quotes = match node.scalar() {
            Some(_) if expected == "a string" && !node.is_null() => ": put it in quotes",
            _ => "",
        };
        format!("expected {expected}, found {}{quotes}", node.describe())
    };
    faults.error(node.at, path, message);
}

fn templates_not_yet(path: &Path<'_>) -> String {
    format!("templates are not served yet in `{}`", path.name())
}
