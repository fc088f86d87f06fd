//! Step 2 of the flow: the route of a request, by Kong's rules and precedence. An index picks out the few entries,
//! paths of routes, that a request may fit; of those that it does fit, the first in order of precedence wins.

mod asked;
mod captures;
mod conditions;
mod entry;
mod fields;
mod index;
mod path;
mod priority;
mod search;
#[cfg(test)]
mod tests;
mod text_map;

use std::{cmp::Reverse, sync::Arc};

use portolan_config::compiled::Route;

pub(crate) use self::{
    asked::Asked,
    captures::Captures,
    path::{decode, normalise},
};
use self::{
    asked::Seen,
    entry::Entry,
    fields::{Fields, Lines},
    index::Index,
    search::Search,
};

/// All routes, ready to be asked.
#[derive(Debug)]
pub(crate) struct Router<T> {
    /// Highest precedence first: a place in it is a rank.
    entries: Vec<Entry>,
    /// By rank.
    routes: Vec<Arc<T>>,
    fields: Fields,
    index: Index,
}

/// A route and what its path captured.
#[derive(Debug)]
pub(crate) struct Matched<T> {
    pub(crate) route: Arc<T>,
    /// Bytes at the path's beginning that the route's own matched; none: it has no paths.
    pub(crate) length: Option<usize>,
    /// Of a regex of which a group took part.
    pub(crate) captures: Option<Captures>,
}

impl<T> Router<T> {
    pub(crate) fn new(routes: impl IntoIterator<Item = (Arc<Route>, Arc<T>)>) -> Self {
        let mut fields = Fields::default();
        let mut ranked = Vec::new();
        for (config, route) in routes {
            for (path, entry) in Entry::all(&config, &mut fields) {
                ranked.push((priority::of(&config, path), entry, Arc::clone(&route)));
            }
        }
        // Stable: of equal ones the first in the file wins.
        ranked.sort_by_key(|(priority, ..)| Reverse(*priority));
        let (entries, routes): (Vec<_>, _) = ranked
            .into_iter()
            .map(|(_, entry, route)| (entry, route))
            .unzip();
        Self {
            index: Index::new(&entries),
            entries,
            routes,
            fields,
        }
    }

    pub(crate) fn find(&self, asked: &Asked<'_>) -> Option<Matched<T>> {
        let mut lines = Lines::new();
        self.fields.read(asked.headers, &mut lines)?;
        let seen = Seen::new(asked, &lines);
        let mut search = Search::new(&seen, &self.entries);
        self.index.search(&mut search);
        let (rank, fit) = search.best()?;
        Some(Matched {
            route: Arc::clone(&self.routes[rank]),
            length: fit.length,
            captures: self.entries[rank].captures(asked.path),
        })
    }
}
