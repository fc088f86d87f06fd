//! YAML or JSON text -> a tree in which every key, item and scalar knows its place.
//! Anchors, aliases, merge keys and duplicate keys end here.

mod build;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use build::{MAX_COPIED_NODES, parse};
pub(crate) use scalar::{Scalar, Value};

/// Line and column count from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Position {
    /// Which of the files that were given.
    pub(crate) file: u16,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) at: Position,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Of the key.
    pub(crate) at: Position,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.scalar()
            .is_some_and(|scalar| scalar.value == Value::Null)
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.scalar()?.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A number without a fraction, as Kong has it: `5.0` is one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self.scalar()?.value {
            Value::Integer(value) => Some(value),
            // Beyond 2^53 a float no longer tells which integer was meant.
            Value::Float(value)
                if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 =>
            {
                Some(value as i64)
            }
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self.scalar()?.value {
            Value::Integer(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// A plain `5` is no string, a quoted one is.
    pub(crate) fn as_str(&self) -> Option<&str> {
        let scalar = self.scalar()?;
        (scalar.value == Value::Text).then_some(scalar.text.as_str())
    }

    pub(crate) fn as_sequence(&self) -> Option<&[Node]> {
        match &self.content {
            Content::Sequence(items) => Some(items),
            Content::Scalar(_) | Content::Mapping(_) => None,
        }
    }

    pub(crate) fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            Content::Scalar(_) | Content::Sequence(_) => None,
        }
    }

    /// The items of a sequence; none of anything else.
    pub(crate) fn items(&self) -> &[Node] {
        self.as_sequence().unwrap_or_default()
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        self.as_mapping().unwrap_or_default()
    }

    /// A mapping's value under a key, null or not.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// A mapping's value under a key, unless it is null.
    pub(crate) fn given(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// The value that a dotted path leads to, unless it is null.
    pub(crate) fn at_path(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.given(key))
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let entries = self.entries_mut();
        let entry = entries.iter_mut().find(|entry| entry.key == key)?;
        Some(&mut entry.value)
    }

    pub(crate) fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.content {
            Content::Mapping(entries) => entries,
            Content::Scalar(_) | Content::Sequence(_) => &mut [],
        }
    }

    pub(crate) fn items_mut(&mut self) -> &mut [Node] {
        match &mut self.content {
            Content::Sequence(items) => items,
            Content::Scalar(_) | Content::Mapping(_) => &mut [],
        }
    }

    /// Of a mapping; anything else stays as it is.
    pub(crate) fn push_entry(&mut self, entry: Entry) {
        if let Content::Mapping(entries) = &mut self.content {
            entries.push(entry);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Content::Mapping(entries) = &mut self.content {
            entries.retain(|entry| entry.key != key);
        }
    }

    /// Of a scalar; anything else stays as it is.
    pub(crate) fn set_text(&mut self, text: String) {
        if let Content::Scalar(scalar) = &mut self.content {
            scalar.text = text;
        }
    }

    pub(crate) fn empty_mapping(at: Position) -> Self {
        Self {
            content: Content::Mapping(Vec::new()),
            at,
        }
    }

    /// Whether some scalar here or below is so.
    pub(crate) fn any(&self, is: &dyn Fn(&Scalar) -> bool) -> bool {
        match &self.content {
            Content::Scalar(scalar) => is(scalar),
            Content::Sequence(items) => items.iter().any(|item| item.any(is)),
            Content::Mapping(entries) => entries.iter().any(|entry| entry.value.any(is)),
        }
    }

    /// A name that stands here, for a message: unless it came from the environment.
    pub(crate) fn shown<'n>(&self, name: &'n str) -> &'n str {
        if self.any(&|scalar| scalar.substituted) {
            "(a value from the environment)"
        } else {
            name
        }
    }

    /// Texts that came from the environment, replaced here and below.
    pub(crate) fn hide_substituted(&mut self) {
        match &mut self.content {
            Content::Scalar(scalar) if scalar.substituted && scalar.value == Value::Text => {
                scalar.text = "[from the environment]".to_owned();
            }
            Content::Scalar(_) => {}
            Content::Sequence(items) => items.iter_mut().for_each(Self::hide_substituted),
            Content::Mapping(entries) => {
                for entry in entries {
                    entry.value.hide_substituted();
                }
            }
        }
    }

    /// Itself and all below it.
    pub(crate) fn count(&self) -> usize {
        1 + self.items().iter().map(Self::count).sum::<usize>()
            + self
                .entries()
                .iter()
                .map(|entry| entry.value.count())
                .sum::<usize>()
    }

    /// What stands here, for messages that may show it.
    pub(crate) fn describe(&self) -> String {
        match self.scalar() {
            Some(scalar) => match scalar.value {
                Value::Text => format!("'{}'", scalar.text),
                _ => format!("the {} {}", self.kind_name(), scalar.text),
            },
            None => format!("a {}", self.kind_name()),
        }
    }

    /// What kind of thing stands here: shows no value.
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.content {
            Content::Mapping(_) => "mapping",
            Content::Sequence(_) => "list",
            Content::Scalar(scalar) => match scalar.value {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Integer(_) | Value::Float(_) => "number",
                Value::Text => "string",
            },
        }
    }
}
