//! What stands for something else in a tree is put in its place before the tables see it: `_info.defaults`,
//! `_plugin_configs`, partials, and the paths of the older formats. What is written itself always wins.

mod older_paths;
mod partial;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::{
    document::{Entry, MAX_COPIED_NODES, Node, Position},
    entities::Place,
    fault::{Faults, Path},
    schema::{
        entity::ROOT,
        field::{Entity, Kind, Record},
    },
};

pub(crate) fn expand(roots: &mut [Node], faults: &mut Faults) {
    let mut budget = Budget::default();
    older_paths::rewrite(roots);
    plugin_configs(roots, &mut budget, faults);
    partial::resolve(roots, &mut budget, faults);
    // decK reads all files as one: their defaults too.
    let defaults: Vec<Node> = roots
        .iter()
        .filter_map(|root| root.at_path("_info.defaults").cloned())
        .collect();
    for root in roots.iter_mut().filter(|_| !defaults.is_empty()) {
        each_entity(root, &ROOT, None, &mut |entity, node, _| {
            let singular = entity.name.strip_suffix('s').unwrap_or(entity.name);
            for values in defaults.iter().filter_map(|all| all.given(singular)) {
                budget.fill(node, values);
            }
        });
    }
    if let Some(at) = budget.exceeded {
        faults.error(
            at,
            Path::ROOT,
            "defaults, shared configurations and partials expand to more than 1,000,000 values",
        );
    }
}

/// decK's `_config: name`, a configuration shared by plugins.
fn plugin_configs(roots: &mut [Node], budget: &mut Budget, faults: &mut Faults) {
    let mut shared: HashMap<String, Node> = HashMap::new();
    for root in roots.iter() {
        let configs = root.given("_plugin_configs").map(Node::entries);
        for entry in configs.unwrap_or_default() {
            shared.insert(entry.key.clone(), entry.value.clone());
        }
    }
    for root in roots {
        each_entity(root, &ROOT, None, &mut |entity, node, place| {
            if !entity.is_plugin() {
                return;
            }
            let Some(named) = node.given("_config").cloned() else {
                return;
            };
            let Some(name) = named.as_str() else { return };
            match shared.get(name) {
                Some(config) => budget.fill_at(node, "config", config, named.at),
                None => {
                    let name = named.shown(name);
                    let message = format!(
                        "invalid reference '_config: {name}' (no such entry in '_plugin_configs')"
                    );
                    faults.error(named.at, format_args!("{place}._config"), message);
                }
            }
        });
    }
}

/// Every entity of a mapping and of what is nested in it, from the outside in.
fn each_entity(
    around: &mut Node,
    record: &Record,
    place: Option<&Place>,
    visit: &mut dyn FnMut(&'static Entity, &mut Node, &Place),
) {
    for entry in around.entries_mut() {
        let Some(field) = record.field(&entry.key) else {
            continue;
        };
        let Some(of) = entities(&field.kind) else {
            continue;
        };
        for (index, node) in entry.value.items_mut().iter_mut().enumerate() {
            let place = match place {
                Some(around) => around.inside(field.name, index),
                None => Place::top(field.name, index),
            };
            visit(of, node, &place);
            each_entity(node, of.record, Some(&place), visit);
        }
    }
}

fn entities(kind: &'static Kind) -> Option<&'static Entity> {
    match kind {
        Kind::Entities { of, .. } => Some(of),
        Kind::Either(kinds) => kinds.iter().find_map(entities),
        _ => None,
    }
}

/// Copies what is left out, within a bound for the whole load.
#[derive(Default)]
struct Budget {
    copied: usize,
    exceeded: Option<Position>,
}

impl Budget {
    /// Members that `into` does not write, at any depth.
    fn fill(&mut self, into: &mut Node, from: &Node) {
        let own: HashMap<String, usize> = into
            .entries()
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.key.clone(), index))
            .collect();
        for entry in from.entries() {
            if self.exceeded.is_some() {
                return;
            }
            let Some(&index) = own.get(&entry.key) else {
                self.copied += entry.value.count();
                if self.copied > MAX_COPIED_NODES {
                    self.exceeded = Some(into.at);
                    return;
                }
                into.push_entry(entry.clone());
                continue;
            };
            if let Some(own) = into.entries_mut().get_mut(index) {
                self.fill(&mut own.value, &entry.value);
            }
        }
    }

    /// The same under a dotted path, whose mappings are made where they are missing, with the place `at`;
    /// a list on the way: in each item.
    fn fill_at(&mut self, into: &mut Node, path: &str, from: &Node, at: Position) {
        let (key, rest) = match path.split_once('.') {
            Some((key, rest)) => (key, Some(rest)),
            None => (path, None),
        };
        if into.given(key).is_none() {
            into.remove(key);
            into.push_entry(Entry {
                key: key.to_owned(),
                at,
                value: Node::empty_mapping(at),
            });
        }
        let Some(inner) = into.get_mut(key) else {
            return;
        };
        let each = |budget: &mut Self, node: &mut Node| match rest {
            Some(rest) => budget.fill_at(node, rest, from, at),
            None => budget.fill(node, from),
        };
        if inner.as_sequence().is_some() {
            for item in inner.items_mut() {
                each(self, item);
            }
        } else {
            each(self, inner);
        }
    }
}
