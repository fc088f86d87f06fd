//! The tables as a whole, for the JSON Schema and the reference page: each record once with a name of its own, what the
//! `config` of a plugin, vault or partial may be, and what is to be said of a field.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use super::{
    entity::ROOT,
    field::{Field, Kind, Origin, Record, Spelling},
    inside, not_served, records, visit,
};
use crate::document::{Content, Entry, Node, Position, Scalar, Value};

pub(super) struct Catalogue {
    pub(super) sections: Vec<Section>,
    /// By what `not_served::rows` calls them.
    not_served: HashMap<String, &'static str>,
}

pub(super) struct Section {
    pub(super) part: Part,
    /// Unique.
    pub(super) name: String,
    pub(super) record: &'static Record,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    File,
    AiProxies,
    OtherPlugins,
}

/// What one value of an enum makes of the `config` beside it.
pub(super) struct Choice {
    pub(super) owner: &'static Record,
    /// The field with the value.
    pub(super) by: &'static str,
    pub(super) value: &'static str,
    /// The field that it is about.
    pub(super) field: &'static str,
    /// More than one: the spellings of an AI proxy.
    pub(super) configs: Vec<&'static Record>,
}

impl Catalogue {
    pub(super) fn new() -> Self {
        let all = records();
        let choices: Vec<Choice> = all.iter().copied().flat_map(choices).collect();
        let configs = |wanted: fn(&Choice) -> bool| {
            let chosen = choices.iter().filter(move |choice| wanted(choice));
            chosen.flat_map(|choice| choice.configs.iter().copied())
        };
        let file: Vec<_> = std::iter::once(&ROOT)
            .chain(configs(|choice| choice.owner.name == "vaults"))
            .collect();
        let proxies: Vec<_> = configs(|choice| choice.configs.len() > 1).collect();
        let parts = [
            (Part::File, &file),
            (Part::AiProxies, &proxies),
            (Part::OtherPlugins, &all),
        ];
        let mut seen = HashSet::new();
        let mut names = HashSet::new();
        let mut sections = Vec::new();
        for (part, starts) in parts {
            let mut found = Vec::new();
            for &start in starts {
                visit(start, &mut seen, &mut found);
            }
            for record in found {
                let mut name = match spelling(&choices, record) {
                    Some(name) => name,
                    None => record.name.to_owned(),
                };
                if names.contains(&name)
                    && let Some(holder) = holder(&all, record)
                {
                    name = format!("{}.{name}", holder.name);
                }
                names.insert(name.clone());
                sections.push(Section { part, name, record });
            }
        }
        Self {
            sections,
            not_served: not_served::rows().collect(),
        }
    }

    pub(super) fn name(&self, record: &Record) -> &str {
        let mut sections = self.sections.iter();
        sections
            .find(|section| std::ptr::eq(section.record, record))
            .map_or(record.name, |section| section.name.as_str())
    }

    /// Markdown, on one line; empty where there is nothing to say.
    pub(super) fn describe(&self, record: &Record, field: &Field) -> String {
        let mut said = Vec::new();
        if !field.doc.is_empty() {
            said.push(field.doc.to_owned());
        }
        match field.spelling {
            // A nest's row says it in its own words.
            Spelling::Own | Spelling::Nest(_) => {}
            Spelling::Older(now) => said.push(format!("An older name: write {} now.", ticked(now))),
            Spelling::Deprecated(instead) => {
                said.push(format!("Deprecated: write `{instead}` instead."));
            }
            Spelling::Alias(of) => said.push(format!("The same as `{of}`.")),
        }
        match field.origin {
            Origin::Kong => {}
            Origin::Deck => said.push("Only decK and Portolan read it.".to_owned()),
            Origin::Portolan => said.push("Only Portolan reads it.".to_owned()),
        }
        if field.template {
            said.push("May hold `$(...)` templates.".to_owned());
        }
        if field.reference || references(&field.kind) {
            said.push("May be a `{vault://...}` reference.".to_owned());
        }
        said.extend(self.not_served(record, field));
        said.join(" ")
    }

    /// The reason why a plugin or vault of this name is not served.
    pub(super) fn refused(&self, choice: &Choice) -> Option<&'static str> {
        let row = format!("{}.{}: {}", choice.owner.name, choice.by, choice.value);
        self.not_served.get(&row).copied()
    }

    fn not_served(&self, record: &Record, field: &Field) -> Vec<String> {
        let own = format!("{}.{}", record.name, field.name);
        if let Some(reason) = self.not_served.get(&own) {
            let but = match field.default {
                Some(_) => ", but for the default",
                None => "",
            };
            return vec![format!("Not served yet{but}: {reason}.")];
        }
        let mut said = Vec::new();
        let templates = format!("{}: templates", record.name);
        if let (true, Some(reason)) = (field.template, self.not_served.get(&templates)) {
            said.push(format!("Templates are not served yet: {reason}."));
        }
        if let Some(reason) = self.not_served.get(&format!("{own}, some values")) {
            said.push(format!("Some combinations are not served yet: {reason}."));
        }
        let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
        for value in values(&field.kind) {
            let Some(&reason) = self.not_served.get(&format!("{own}: {value}")) else {
                continue;
            };
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, values)) => values.push(value),
                None => by_reason.push((reason, vec![value])),
            }
        }
        for (reason, values) in by_reason {
            let which = match values.len() {
                // The names of plugins: the page has them all at its end.
                21.. => format!("{} of the values", values.len()),
                _ => ticked(&values),
            };
            said.push(format!("Not served yet: {which}; {reason}."));
        }
        said
    }
}

/// What each value of a record's enum makes of its `config`; none of a record without one.
pub(super) fn choices(record: &'static Record) -> Vec<Choice> {
    let chosen = record.fields().find_map(|field| match field.kind {
        Kind::Chosen(choose) => Some((field.name, choose)),
        _ => None,
    });
    let by = record.fields().find_map(|field| match field.kind {
        Kind::Enum(known) if field.required => Some((field.name, known)),
        _ => None,
    });
    let (Some((field, choose)), Some((by, known))) = (chosen, by) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for &value in known {
        let mut configs: Vec<&'static Record> = Vec::new();
        // What tells the spellings of the AI proxies apart.
        for written in [None, Some("targets"), Some("model")] {
            let members = written.map(|name| (name, Node::empty_mapping(NOWHERE)));
            let around = mapping([(by, text(value)), (field, mapping(members))]);
            if let Some(config) = choose(&around)
                && !configs.iter().any(|known| std::ptr::eq(*known, config))
            {
                configs.push(config);
            }
        }
        if !configs.is_empty() {
            found.push(Choice {
                owner: record,
                by,
                value,
                field,
                configs,
            });
        }
    }
    found
}

/// Whether it, or a record within it, has a field that must be written.
pub(super) fn demands(record: &'static Record) -> bool {
    let mut found = Vec::new();
    visit(record, &mut HashSet::new(), &mut found);
    let mut fields = found.iter().flat_map(|record| record.fields());
    fields.any(|field| field.required)
}

/// As Markdown: `a`, `b`.
pub(super) fn ticked(names: &[&str]) -> String {
    let ticked: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    ticked.join(", ")
}

/// The name of a record that is one of several for the same value.
fn spelling(choices: &[Choice], record: &'static Record) -> Option<String> {
    let mut several = choices.iter().filter(|choice| choice.configs.len() > 1);
    let choice = several.find(|choice| {
        let mut configs = choice.configs.iter();
        configs.any(|config| std::ptr::eq(*config, record))
    })?;
    let listed = record.field("targets").is_some();
    let spelling = if listed { "targets" } else { "flat" };
    Some(format!("{}.{spelling}", choice.value))
}

/// The first record with a field of this one.
fn holder(all: &[&'static Record], record: &'static Record) -> Option<&'static Record> {
    let holds = |field: &'static Field| {
        let mut held = false;
        inside(&field.kind, &mut |inner| {
            held |= std::ptr::eq(inner, record);
        });
        held
    };
    all.iter().copied().find(|each| each.fields().any(holds))
}

fn references(kind: &Kind) -> bool {
    match kind {
        Kind::Text(text) => text.references,
        Kind::List { item, .. } | Kind::Map(item) => references(item),
        _ => false,
    }
}

/// An enum's, alone or in a list.
fn values(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Enum(known) => known,
        Kind::List { item, .. } => values(item),
        _ => &[],
    }
}

/// Of nodes that stand in no file.
const NOWHERE: Position = Position {
    file: 0,
    line: 1,
    column: 1,
};

fn mapping<'t>(entries: impl IntoIterator<Item = (&'t str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, value)| Entry {
        key: key.to_owned(),
        at: NOWHERE,
        value,
    });
    Node {
        content: Content::Mapping(entries.collect()),
        at: NOWHERE,
    }
}

fn text(text: &str) -> Node {
    Node {
        content: Content::Scalar(Scalar {
            text: text.to_owned(),
            value: Value::Text,
            substituted: false,
        }),
        at: NOWHERE,
    }
}
