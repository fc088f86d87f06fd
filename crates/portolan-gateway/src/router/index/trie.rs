//! Texts, of which those that another text begins with are found in one walk down it.

use std::collections::VecDeque;

const NONE: u32 = u32::MAX;

/// Nodes of one parent stand side by side, so that the first bytes of their labels are searched as one slice.
#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    firsts: Vec<u8>,
    text: Vec<u8>,
}

#[derive(Debug, Default)]
struct Node {
    /// In `text`, without its first byte.
    label: u32,
    label_len: u32,
    children: u32,
    children_len: u32,
    key: u32,
}

/// Keys that go through a node, and how much of each leads there.
struct Todo {
    node: usize,
    from: usize,
    to: usize,
    depth: usize,
}

impl Trie {
    /// Of keys that ascend, none of them twice.
    pub(super) fn new(keys: &[&str]) -> Self {
        let mut trie = Self::default();
        if keys.is_empty() {
            return trie;
        }
        trie.add(b"", b"");
        let mut todo = VecDeque::from([Todo {
            node: 0,
            from: 0,
            to: keys.len(),
            depth: 0,
        }]);
        while let Some(Todo {
            node,
            mut from,
            to,
            depth,
        }) = todo.pop_front()
        {
            if keys[from].len() == depth {
                trie.nodes[node].key = from as u32;
                from += 1;
            }
            trie.nodes[node].children = trie.nodes.len() as u32;
            while from < to {
                let first = keys[from].as_bytes();
                let byte = first[depth];
                let same = keys[from..to].partition_point(|key| key.as_bytes()[depth] <= byte);
                let last = keys[from + same - 1].as_bytes();
                let common = first.iter().zip(last).take_while(|(a, b)| a == b).count();
                todo.push_back(Todo {
                    node: trie.nodes.len(),
                    from,
                    to: from + same,
                    depth: common,
                });
                trie.nodes[node].children_len += 1;
                trie.add(&first[depth..=depth], &first[depth + 1..common]);
                from += same;
            }
        }
        trie
    }

    fn add(&mut self, first: &[u8], label: &[u8]) {
        self.nodes.push(Node {
            label: self.text.len() as u32,
            label_len: label.len() as u32,
            key: NONE,
            ..Node::default()
        });
        self.firsts.push(first.first().copied().unwrap_or_default());
        self.text.extend_from_slice(label);
    }

    /// The places of the keys that the text begins with, the shortest first.
    pub(super) fn beginnings(&self, text: &[u8], mut found: impl FnMut(usize)) {
        let mut rest = text;
        let mut node = self.nodes.first();
        while let Some(Node {
            label,
            label_len,
            children,
            children_len,
            key,
        }) = node
        {
            let label = &self.text[*label as usize..][..*label_len as usize];
            // Often empty, and comparing is a call.
            if !label.is_empty() && !rest.starts_with(label) {
                return;
            }
            rest = &rest[label.len()..];
            if *key != NONE {
                found(*key as usize);
            }
            let Some((byte, tail)) = rest.split_first() else {
                return;
            };
            rest = tail;
            let children = *children as usize..*children as usize + *children_len as usize;
            let child = self.firsts[children.clone()]
                .iter()
                .position(|first| first == byte);
            node = child.map(|child| &self.nodes[children.start + child]);
        }
    }

    /// Whether a key, the empty one aside, begins with the byte.
    pub(super) fn has_first(&self, byte: u8) -> bool {
        let Some(root) = self.nodes.first() else {
            return false;
        };
        let children = &self.firsts[root.children as usize..][..root.children_len as usize];
        children.contains(&byte)
    }
}
