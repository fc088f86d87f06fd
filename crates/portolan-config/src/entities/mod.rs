//! The entities of all files in one flat store, wherever they stand: what refers to what, and Kong's ids.
//! Reads sound and faulty trees alike.

mod id;
pub(crate) mod links;
pub(crate) mod lint;
mod place;
pub(crate) mod scope;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub(crate) use place::Place;

use crate::{
    document::Node,
    schema::{
        entity::{ENTITIES, ROOT},
        field::{Entity, Kind},
    },
};

/// An entity where it stands.
pub(crate) struct Item<'t> {
    pub(crate) entity: &'static Entity,
    pub(crate) node: &'t Node,
    pub(crate) place: Place,
    /// Its foreign fields that are given.
    pub(crate) links: Vec<Link<'t>>,
    /// Written, or made as Kong makes it.
    pub(crate) id: String,
}

pub(crate) struct Link<'t> {
    pub(crate) field: &'static str,
    /// The list that it leads into.
    pub(crate) entity: &'static str,
    /// None: it leads nowhere.
    pub(crate) to: Option<usize>,
    /// None: it is said by nesting.
    pub(crate) written: Option<&'t Node>,
}

impl<'t> Item<'t> {
    /// The value of a field that holds a text.
    pub(crate) fn text(&self, field: &str) -> Option<&'t str> {
        self.node.given(field)?.as_str()
    }

    /// What refers to it besides its id.
    pub(crate) fn key(&self) -> Option<&'t str> {
        // An SNI of a certificate may be its name alone.
        match self.node.as_str() {
            Some(name) => Some(name),
            None => self.text(self.entity.key?),
        }
    }

    /// Whether one of its foreign keys names nothing.
    pub(crate) fn leads_nowhere(&self) -> bool {
        self.links.iter().any(|link| link.to.is_none())
    }

    pub(crate) fn parent(&self, field: &str) -> Option<usize> {
        self.links.iter().find(|link| link.field == field)?.to
    }
}

pub(crate) struct Entities<'t> {
    pub(crate) items: Vec<Item<'t>>,
    lists: HashMap<&'static str, Vec<usize>>,
    by_key: HashMap<(&'static str, &'t str), usize>,
    by_id: HashMap<(&'static str, &'t str), usize>,
}

impl<'t> Entities<'t> {
    /// Top-level ones before nested ones, each in the files' order.
    pub(crate) fn new(roots: &'t [Node]) -> Self {
        let mut entities = Self {
            items: Vec::new(),
            lists: HashMap::new(),
            by_key: HashMap::new(),
            by_id: HashMap::new(),
        };
        for root in roots {
            for entry in root.entries() {
                let Some(Kind::Entities { of, .. }) =
                    ROOT.field(&entry.key).map(|field| &field.kind)
                else {
                    continue;
                };
                for (index, node) in entry.value.items().iter().enumerate() {
                    entities.push(of, node, Place::top(of.name, index), Vec::new());
                }
            }
        }
        for index in 0..entities.items.len() {
            entities.nested(index);
        }
        entities.link();
        entities.identify();
        entities
    }

    fn push(
        &mut self,
        entity: &'static Entity,
        node: &'t Node,
        place: Place,
        links: Vec<Link<'t>>,
    ) -> usize {
        let index = self.items.len();
        let item = Item {
            entity,
            node,
            place,
            links,
            id: node
                .given("id")
                .and_then(Node::as_str)
                .map(str::to_owned)
                .unwrap_or_default(),
        };
        // The first of two wins; that there are two is a fault that `links` tells.
        if let Some(key) = item.key() {
            self.by_key.entry((entity.name, key)).or_insert(index);
        }
        if let Some(id) = item.text("id") {
            self.by_id.entry((entity.name, id)).or_insert(index);
        }
        self.lists.entry(entity.name).or_default().push(index);
        self.items.push(item);
        index
    }

    fn nested(&mut self, around: usize) {
        let (entity, node) = (self.items[around].entity, self.items[around].node);
        let place = self.items[around].place.clone();
        for entry in node.entries() {
            let Some(field) = entity.record.field(&entry.key) else {
                continue;
            };
            for (position, node) in entry.value.items().iter().enumerate() {
                let inside = || place.inside(field.name, position);
                let own = |field| Link {
                    field,
                    entity: entity.name,
                    to: Some(around),
                    written: None,
                };
                let other = |field, entity| Link {
                    field,
                    entity,
                    to: None,
                    written: Some(node),
                };
                // decK's two ways to put a consumer into a group.
                let membership = match (entity.name, field.name) {
                    ("consumers", "groups") => {
                        Some([own("consumer"), other("consumer_group", "consumer_groups")])
                    }
                    ("consumer_groups", "consumers") => {
                        Some([other("consumer", "consumers"), own("consumer_group")])
                    }
                    _ => None,
                };
                if let Some(links) = membership {
                    if let Some(of) = by_name("consumer_group_consumers") {
                        self.push(of, node, inside(), links.into());
                    }
                } else if let Some((of, parent)) = children(&field.kind) {
                    let child = self.push(of, node, inside(), vec![own(parent)]);
                    self.nested(child);
                }
            }
        }
    }

    fn link(&mut self) {
        for index in 0..self.items.len() {
            let (entity, node) = (self.items[index].entity, self.items[index].node);
            for field in entity.record.fields() {
                if let Kind::Foreign(of) = field.kind
                    && let Some(written) = node.given(field.name)
                    && self.items[index]
                        .links
                        .iter()
                        .all(|link| link.field != field.name)
                {
                    self.items[index].links.push(Link {
                        field: field.name,
                        entity: of,
                        to: None,
                        written: Some(written),
                    });
                }
            }
            for link in 0..self.items[index].links.len() {
                let Link {
                    entity, written, ..
                } = self.items[index].links[link];
                if let Some(written) = written {
                    self.items[index].links[link].to = self.find(entity, written);
                }
            }
        }
    }

    /// Kong looks for the name first, then for the id.
    pub(crate) fn find(&self, entity: &'static str, reference: &Node) -> Option<usize> {
        let text = reference_text(reference)?;
        let by_key = || self.by_key.get(&(entity, text));
        let by_id = || self.by_id.get(&(entity, text));
        match reference.as_mapping() {
            Some(_) if reference.given("id").is_some() => by_id(),
            Some(_) => by_key(),
            None => by_key().or_else(by_id),
        }
        .copied()
    }

    pub(crate) fn list(&self, entity: &str) -> impl Iterator<Item = (usize, &Item<'t>)> {
        let indexes = self.lists.get(entity).into_iter().flatten();
        indexes.filter_map(|&index| Some((index, self.items.get(index)?)))
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Item<'t>> {
        self.items.get(index)
    }
}

/// What a foreign key says; none for one that is not sound.
pub(crate) fn reference_text(reference: &Node) -> Option<&str> {
    if reference.as_mapping().is_none() {
        return reference.as_str();
    }
    NAMED_BY
        .iter()
        .find_map(|key| reference.given(key))?
        .as_str()
}

/// What a foreign key may be spelled out with; the id says most.
pub(crate) const NAMED_BY: [&str; 3] = ["id", "name", "username"];

fn by_name(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.name == name).copied()
}

/// The entities that a field nests, and their field that names what is around them.
fn children(kind: &'static Kind) -> Option<(&'static Entity, &'static str)> {
    match kind {
        Kind::Entities {
            of,
            parent: Some(parent),
        } => Some((of, parent)),
        Kind::Either(kinds) => kinds.iter().find_map(children),
        _ => None,
    }
}
