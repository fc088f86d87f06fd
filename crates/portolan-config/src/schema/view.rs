//! A validated mapping read through its table: what is written, or Kong's default.

use super::field::{Kind, Literal, Record, Spelling};
use crate::document::Node;

#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
    /// None: the mapping was left out.
    node: Option<&'t Node>,
    record: &'static Record,
}

impl<'t> View<'t> {
    pub(crate) fn new(node: &'t Node, record: &'static Record) -> Self {
        Self {
            node: Some(node),
            record,
        }
    }

    /// All defaults.
    pub(crate) fn empty(record: &'static Record) -> Self {
        Self { node: None, record }
    }

    /// What is written, in whichever spelling.
    pub(crate) fn given(self, name: &str) -> Option<&'t Node> {
        let node = self.node?;
        node.given(name).or_else(|| {
            self.record.fields().find_map(|field| match field.spelling {
                Spelling::Older(now) if now.contains(&name) => node.given(field.name),
                Spelling::Alias(of) if of == name => node.given(field.name),
                Spelling::Nest(prefix) => node.given(field.name)?.given(name.strip_prefix(prefix)?),
                _ => None,
            })
        })
    }

    pub(crate) fn int(self, name: &str) -> Option<i64> {
        match (self.given(name), self.default(name)) {
            (Some(node), _) => node.as_int(),
            (None, Some(Literal::Int(value))) => Some(value),
            (None, _) => None,
        }
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        match (self.given(name), self.default(name)) {
            (Some(node), _) => node.as_bool(),
            (None, Some(Literal::Bool(value))) => Some(value),
            (None, _) => None,
        }
    }

    pub(crate) fn text(self, name: &str) -> Option<&'t str> {
        match (self.given(name), self.default(name)) {
            (Some(node), _) => node.as_str(),
            (None, Some(Literal::Text(value))) => Some(value),
            (None, _) => None,
        }
    }

    pub(crate) fn texts(self, name: &str) -> Vec<&'t str> {
        match (self.given(name), self.default(name)) {
            (Some(node), _) => node.items().iter().filter_map(Node::as_str).collect(),
            (None, Some(Literal::Texts(values))) => values.to_vec(),
            (None, _) => Vec::new(),
        }
    }

    /// The view of a field that holds a mapping.
    pub(crate) fn record(self, name: &str) -> Option<View<'t>> {
        let record = match self.record.field(name)?.kind {
            Kind::Record(record) => record,
            Kind::Chosen(choose) => choose(self.node?)?,
            _ => return None,
        };
        Some(View {
            node: self.given(name),
            record,
        })
    }

    /// The views of a field that holds a list of mappings.
    pub(crate) fn records(self, name: &str) -> Vec<View<'t>> {
        let Some(Kind::List {
            item: Kind::Record(record),
            ..
        }) = self.record.field(name).map(|field| &field.kind)
        else {
            return Vec::new();
        };
        let items = self.given(name).map(Node::items).unwrap_or_default();
        items.iter().map(|item| View::new(item, record)).collect()
    }

    fn default(self, name: &str) -> Option<Literal> {
        self.record.field(name)?.default
    }
}
