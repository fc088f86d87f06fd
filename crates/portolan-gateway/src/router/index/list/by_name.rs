//! Lists by the hosts, or by the names of handshakes, that their entries ask for. Ports are left to the entries.

use std::collections::HashMap;

use portolan_config::compiled::NamePattern;

use super::{Conditions, List, Maker, Names, Search, TextMap};

#[derive(Debug)]
pub(super) struct ByName {
    exact: Lists,
    /// By what names end with, and by what they begin with: the dot of the wildcard, and all behind or before it.
    suffixes: Lists,
    prefixes: Lists,
    /// Bytes of the longest wildcard; beyond it a name, which a stranger writes, is not looked at.
    longest: usize,
}

type Lists = TextMap<List>;

/// Ranks by name, in the making.
type Ranks<'e> = HashMap<&'e str, Vec<u32>>;

impl ByName {
    /// Of ranks whose conditions have some of these names.
    pub(super) fn new<'e>(
        ranks: &[u32],
        maker: Maker<'e>,
        names: impl Fn(&'e Conditions) -> &'e Names,
    ) -> Self {
        let (mut exact, mut suffixes, mut prefixes) = (Ranks::new(), Ranks::new(), Ranks::new());
        for rank in ranks {
            let Some(names) = maker.conditions(*rank).map(&names) else {
                continue;
            };
            for (name, _) in &names.exact {
                add(&mut exact, name, *rank);
            }
            for (pattern, _) in &names.wildcards {
                match pattern {
                    NamePattern::Exact(name) => add(&mut exact, name, *rank),
                    NamePattern::Suffix(suffix) => add(&mut suffixes, suffix, *rank),
                    NamePattern::Prefix(prefix) => add(&mut prefixes, prefix, *rank),
                }
            }
        }
        let wildcards = suffixes.keys().chain(prefixes.keys());
        Self {
            longest: wildcards.map(|text| text.len()).max().unwrap_or_default(),
            exact: lists(exact, maker),
            suffixes: lists(suffixes, maker),
            prefixes: lists(prefixes, maker),
        }
    }

    pub(super) fn search(&self, name: &str, search: &mut Search<'_>) {
        let mut look = |lists: &Lists, text: &str| {
            if let Some(list) = lists.get(text) {
                list.search(search);
            }
        };
        look(&self.exact, name);
        let near_end = name.len().saturating_sub(self.longest);
        for dot in memchr::memchr_iter(b'.', name.as_bytes()) {
            if dot >= near_end && !self.suffixes.is_empty() {
                look(&self.suffixes, &name[dot..]);
            }
            if dot < self.longest && !self.prefixes.is_empty() {
                look(&self.prefixes, &name[..=dot]);
            }
        }
    }
}

fn add<'e>(ranks: &mut Ranks<'e>, name: &'e str, rank: u32) {
    let ranks = ranks.entry(name).or_default();
    // One name may be asked for with several ports.
    if ranks.last() != Some(&rank) {
        ranks.push(rank);
    }
}

fn lists(ranks: Ranks<'_>, maker: Maker<'_>) -> Lists {
    let lists = ranks.into_iter();
    lists
        .map(|(name, ranks)| (name, maker.list(ranks)))
        .collect()
}
