//! Parser events -> tree. Bounded: what aliases and merge keys copy, and how deep the tree is.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Content, Entry, Node, Position, Scalar};
use crate::deck::Expanded;

/// Far beyond any file written by hand; a billion-laughs document stops here within some 100 MB.
pub(crate) const MAX_COPIED_NODES: usize = 1_000_000;
/// Some 400,000 lines of YAML; the tree of so many takes some 130 MB.
const MAX_NODES: usize = 1_000_000;
/// Kong's deepest field lies 14 levels down; recursion over the tree is safe up to here.
const MAX_DEPTH: usize = 128;

/// Why a text is no document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: Position,
    pub(crate) message: String,
}

/// `file`: what its positions carry.
pub(crate) fn parse(source: &Expanded<'_>, file: u16) -> Result<Node, SyntaxError> {
    let mut builder = Builder::default();
    let position = |marker: &Marker| {
        let written = source.written(marker.line(), marker.col() + 1);
        let place = Position {
            file,
            line: u32::try_from(written.line).unwrap_or(u32::MAX),
            column: u32::try_from(written.column).unwrap_or(u32::MAX),
        };
        (place, written.substituted)
    };
    for item in Parser::new_from_str(&source.text) {
        let (event, span) = item.map_err(|error| SyntaxError {
            at: position(error.marker()).0,
            message: format!(
                "this is neither YAML nor JSON: {}{}",
                error.info(),
                if source.any() {
                    "; where the file itself is sound, a value from the environment is not: put its template in quotes"
                } else {
                    ""
                }
            ),
        })?;
        let (at, substituted) = position(&span.start);
        let ends = |marker: &Marker| (marker.line(), marker.col() + 1);
        builder.substituted =
            substituted || (source.any() && source.touches(ends(&span.start), ends(&span.end)));
        builder.event(event, at)?;
    }
    builder.root.ok_or_else(|| SyntaxError {
        at: Position {
            file,
            line: 1,
            column: 1,
        },
        message: "the file is empty: expected an object with `_format_version`".to_owned(),
    })
}

/// A sequence or mapping whose end has not come yet.
struct Open {
    content: Content,
    at: Position,
    anchor: usize,
    /// A mapping's key that waits for its value.
    key: Option<Key>,
}

struct Key {
    text: String,
    at: Position,
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    copied: usize,
    nodes: usize,
    /// The event at hand is of a text from the environment.
    substituted: bool,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: Position) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let kind = self.root.as_ref().and_then(|root| {
                    root.get("apiVersion")?;
                    root.get("kind")?.as_str()
                });
                Err(match kind {
                    Some(kind) => fault(
                        at,
                        &format!(
                            "Kubernetes objects, the first of kind {kind}: write what they configure as one Kong file, `_format_version: \"3.0\"` with `routes` and their `plugins`"
                        ),
                    ),
                    None => fault(at, "a second document: a Kong file holds one"),
                })
            }
            Event::Scalar(text, style, anchor, tag) => {
                let mut scalar = scalar(text, style, tag.as_deref(), at)?;
                scalar.substituted = self.substituted;
                self.node(
                    Node {
                        content: Content::Scalar(scalar),
                        at,
                    },
                    anchor,
                )
            }
            Event::SequenceStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "seq", at)?;
                self.open(Content::Sequence(Vec::new()), at, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "map", at)?;
                self.open(Content::Mapping(Vec::new()), at, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => Ok(()),
        }
    }

    fn open(&mut self, content: Content, at: Position, anchor: usize) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open {
            content,
            at,
            anchor,
            key: None,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let content = match open.content {
            Content::Mapping(entries) => {
                refuse_duplicates(&entries)?;
                Content::Mapping(self.merge(entries)?)
            }
            whole => whole,
        };
        let node = Node {
            content,
            at: open.at,
        };
        self.node(node, open.anchor)
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), SyntaxError> {
        let Some(named) = self.anchors.get(&anchor) else {
            return Err(fault(at, "an alias inside its own anchor"));
        };
        let (nodes, depth) = measure(named);
        if self.open.len() + depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        charge(&mut self.copied, nodes, at)?;
        let copy = named.clone();
        self.node(copy, 0)
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(fault(node.at, "the file holds more than 1,000,000 values"));
        }
        if anchor != 0 {
            let (nodes, _) = measure(&node);
            charge(&mut self.copied, nodes, node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.content, open.key.take()) {
            (Content::Sequence(items), _) => items.push(node),
            (Content::Mapping(entries), Some(key)) => entries.push(Entry {
                key: key.text,
                at: key.at,
                value: node,
            }),
            (_, _) => {
                let Content::Scalar(scalar) = node.content else {
                    return Err(fault(
                        node.at,
                        "a list or a mapping as a key: keys are strings, and a `{{ }}` placeholder needs quotes",
                    ));
                };
                if scalar.substituted {
                    return Err(fault(
                        node.at,
                        "a key from the environment: write keys out, only values may be templates",
                    ));
                }
                open.key = Some(Key {
                    text: scalar.text,
                    at: node.at,
                });
            }
        }
        Ok(())
    }

    /// `<<: *a` and `<<: [*a, *b]`: keys written here win, then the earlier mapping.
    fn merge(&mut self, entries: Vec<Entry>) -> Result<Vec<Entry>, SyntaxError> {
        let (merged, mut entries): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.key == "<<");
        if merged.is_empty() {
            return Ok(entries);
        }
        let mut known: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
        for entry in merged {
            let at = entry.value.at;
            let sources = match entry.value.content {
                Content::Sequence(sources) => sources,
                content => vec![Node { content, at }],
            };
            for source in sources {
                let Content::Mapping(inherited) = source.content else {
                    return Err(fault(
                        source.at,
                        "`<<` merges mappings: an alias of one, or a list of such",
                    ));
                };
                charge(&mut self.copied, inherited.len(), at)?;
                let new = inherited
                    .into_iter()
                    .filter(|entry| known.insert(entry.key.clone()));
                entries.extend(new);
            }
        }
        Ok(entries)
    }
}

fn refuse_duplicates(entries: &[Entry]) -> Result<(), SyntaxError> {
    let mut first = HashMap::with_capacity(entries.len());
    for entry in entries {
        if let Some(line) = first.insert(entry.key.as_str(), entry.at.line) {
            let message = format!("the key '{}' stands twice, first in line {line}", entry.key);
            return Err(SyntaxError {
                at: entry.at,
                message,
            });
        }
    }
    Ok(())
}

fn scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    at: Position,
) -> Result<Scalar, SyntaxError> {
    let text = text.into_owned();
    match tag {
        None if style == ScalarStyle::Plain => Ok(Scalar::plain(text)),
        None => Ok(Scalar::quoted(text)),
        Some(tag) => match tag.core_suffix() {
            Some("str") => Ok(Scalar::quoted(text)),
            Some("null" | "bool" | "int" | "float") => Ok(Scalar::plain(text)),
            _ => Err(unknown_tag(at)),
        },
    }
}

fn collection_tag(tag: Option<&Tag>, expected: &str, at: Position) -> Result<(), SyntaxError> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(expected) => Err(unknown_tag(at)),
        _ => Ok(()),
    }
}

/// The tag itself stays untold: it may have come from the environment.
fn unknown_tag(at: Position) -> SyntaxError {
    fault(at, "this tag means nothing in a Kong file: leave it out")
}

/// Nodes, and the levels of collections among them.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.content {
        Content::Scalar(_) => return (1, 0),
        Content::Sequence(items) => items.iter().collect(),
        Content::Mapping(entries) => entries.iter().map(|entry| &entry.value).collect(),
    };
    let mut nodes = 1;
    let mut depth = 0;
    for (inner, below) in children.into_iter().map(measure) {
        nodes += inner;
        depth = depth.max(below);
    }
    (nodes, depth + 1)
}

fn charge(copied: &mut usize, nodes: usize, at: Position) -> Result<(), SyntaxError> {
    *copied += nodes;
    if *copied > MAX_COPIED_NODES {
        return Err(fault(
            at,
            "anchors, aliases and merge keys expand to more than 1,000,000 values",
        ));
    }
    Ok(())
}

fn too_deep(at: Position) -> SyntaxError {
    fault(at, "nested deeper than 128 levels")
}

fn fault(at: Position, message: &str) -> SyntaxError {
    SyntaxError {
        at,
        message: message.to_owned(),
    }
}
