//! Which entries a request must be tried on: those whose prefix its path begins with, those of regexes whose rarest
//! text it contains, and of a long list of them those that share its host, a header or the name of its handshake.

mod list;
mod trie;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use smallvec::SmallVec;

use self::{list::List, trie::Trie};
use super::{
    entry::{Entry, Path},
    search::Search,
};

#[derive(Debug)]
pub(super) struct Index {
    prefixes: Trie,
    inner: Trie,
    /// Bytes that a text of `inner` begins with.
    inner_firsts: Box<[bool; 256]>,
    /// Of the keys of `prefixes`, then of those of `inner`. Each rank stands under one key.
    lists: Vec<List>,
    prefix_lists: usize,
}

/// A text that the path of each request which fits an entry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key<'e> {
    Prefix(&'e str),
    Inner(&'e str),
}

impl Index {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut uses: HashMap<Key<'_>, usize> = HashMap::new();
        for key in entries.iter().flat_map(keys) {
            *uses.entry(key).or_default() += 1;
        }
        let mut ranks: BTreeMap<Key<'_>, Vec<u32>> = BTreeMap::new();
        for (rank, entry) in entries.iter().enumerate() {
            let rarest = keys(entry).min_by_key(|key| (uses[key], Reverse(key.text().len())));
            let key = rarest.unwrap_or(Key::Prefix(""));
            ranks.entry(key).or_default().push(rank as u32);
        }
        let texts: Vec<_> = ranks.keys().map(|key| key.text()).collect();
        let is_prefix = |key: &Key<'_>| matches!(key, Key::Prefix(_));
        let prefix_lists = ranks.keys().take_while(|key| is_prefix(key)).count();
        let (prefixes, inner) = texts.split_at(prefix_lists);
        let inner = Trie::new(inner);
        Self {
            prefixes: Trie::new(prefixes),
            inner_firsts: Box::new(std::array::from_fn(|byte| inner.has_first(byte as u8))),
            inner,
            lists: ranks
                .into_values()
                .map(|ranks| List::new(ranks, entries))
                .collect(),
            prefix_lists,
        }
    }

    pub(super) fn search(&self, search: &mut Search<'_>) {
        let path = search.seen.path.as_bytes();
        let mut found: SmallVec<[(u32, usize); 16]> = SmallVec::new();
        let mut add = |list: usize| found.push((self.lists[list].first(), list));
        self.prefixes.beginnings(path, &mut add);
        if self.lists.len() > self.prefix_lists {
            for (at, byte) in path.iter().enumerate() {
                if self.inner_firsts[usize::from(*byte)] {
                    self.inner
                        .beginnings(&path[at..], |key| add(self.prefix_lists + key));
                }
            }
        }
        // The likely winner first; and once what stands in the path twice.
        found.sort_unstable();
        found.dedup();
        for (_, list) in &found {
            self.lists[*list].search(search);
        }
    }
}

impl<'e> Key<'e> {
    fn text(&self) -> &'e str {
        match self {
            Self::Prefix(text) | Self::Inner(text) => text,
        }
    }
}

/// What an entry may stand under; without any path, nothing.
fn keys(entry: &Entry) -> impl Iterator<Item = Key<'_>> {
    let (prefix, inner): (_, &[Box<str>]) = match &entry.path {
        Path::Any => (None, &[]),
        Path::Prefix(prefix) => (Some(&**prefix), &[]),
        Path::Regex(pattern) => (Some(pattern.prefix()), pattern.inner()),
    };
    let prefix = prefix.map(Key::Prefix);
    prefix
        .into_iter()
        .chain(inner.iter().map(|text| Key::Inner(text)))
}
