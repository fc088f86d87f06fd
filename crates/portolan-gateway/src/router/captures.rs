//! What the groups of a route's regex path matched.

use std::{borrow::Cow, ops::Range};

use portolan_config::pattern::Pattern;

use super::decode;

#[derive(Debug)]
pub(crate) struct Captures {
    path: Box<str>,
    pattern: Pattern,
    /// By the groups' numbers.
    groups: Box<[Option<Range<usize>>]>,
}

impl Captures {
    /// None: no group but the whole match took part.
    pub(super) fn read(pattern: &Pattern, path: &str) -> Option<Self> {
        pattern.names().nth(1)?;
        let groups = pattern.captures(path)?;
        groups[1..].iter().any(Option::is_some).then(|| Self {
            path: Box::from(path),
            pattern: pattern.clone(),
            groups,
        })
    }

    /// By the group's name or number, percent-decoded once; none for a group that took no part.
    pub(crate) fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        let number = match key.parse() {
            Ok(number) => number,
            Err(_) => self.pattern.names().position(|name| name == Some(key))?,
        };
        self.group(number)
    }

    /// Every group that took part: its number, its name and its text; 0 is all of the match.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, Option<&str>, Cow<'_, str>)> {
        let names = self.pattern.names().enumerate();
        names.filter_map(|(number, name)| Some((number, name, self.group(number)?)))
    }

    fn group(&self, number: usize) -> Option<Cow<'_, str>> {
        let group = self.groups.get(number)?.clone()?;
        decode(&self.path[group])
    }
}
