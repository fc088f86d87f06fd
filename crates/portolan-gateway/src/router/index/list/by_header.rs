//! Lists by a header that their entries ask for: of each entry the one whose values the fewest others ask for.

use std::collections::HashMap;

use super::{Header, List, Maker, Search, TextMap};

/// By the header's number, then by value.
#[derive(Debug)]
pub(super) struct ByHeader(HashMap<u32, TextMap<List>>);

impl ByHeader {
    /// Of ranks whose conditions have a header without a regex.
    pub(super) fn new(ranks: &[u32], maker: Maker<'_>) -> Self {
        let headers = |rank: u32| {
            let conditions = maker.conditions(rank).into_iter();
            conditions
                .flat_map(|conditions| conditions.headers.iter().filter(|header| header.is_exact()))
        };
        let mut uses: HashMap<(u32, &str), usize> = HashMap::new();
        for header in ranks.iter().flat_map(|rank| headers(*rank)) {
            for value in header.exact() {
                *uses.entry((header.number, value)).or_default() += 1;
            }
        }
        let all_uses = |header: &&Header| -> usize {
            let values = header.exact();
            values.map(|value| uses[&(header.number, value)]).sum()
        };
        let mut lists: HashMap<u32, HashMap<&str, Vec<u32>>> = HashMap::new();
        for rank in ranks {
            let Some(rarest) = headers(*rank).min_by_key(all_uses) else {
                continue;
            };
            for value in rarest.exact() {
                let ranks = lists
                    .entry(rarest.number)
                    .or_default()
                    .entry(value)
                    .or_default();
                if ranks.last() != Some(rank) {
                    ranks.push(*rank);
                }
            }
        }
        let by_value = |values: HashMap<&str, Vec<u32>>| {
            let lists = values.into_iter();
            lists
                .map(|(value, ranks)| (value, maker.list(ranks)))
                .collect()
        };
        Self(
            lists
                .into_iter()
                .map(|(number, values)| (number, by_value(values)))
                .collect(),
        )
    }

    pub(super) fn search(&self, search: &mut Search<'_>) {
        let seen = search.seen;
        for (number, line) in seen.lines {
            if let Some(list) = self.0.get(number).and_then(|values| values.get(line)) {
                list.search(search);
            }
        }
    }
}
