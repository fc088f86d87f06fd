//! Step 2 of the flow: the route of a request, by Kong's rules and precedence.

mod path;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use http::Method;
use portolan_config::compiled::{PathPattern, Route};
use regex::{CaptureLocations, Regex};

pub(crate) use path::decode;

/// All routes, highest precedence first.
#[derive(Debug)]
pub(crate) struct Router<T> {
    entries: Vec<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    priority: u64,
    methods: Vec<Method>,
    path: Option<PathPattern>,
    route: Arc<T>,
}

/// A route and what its path captured.
#[derive(Debug)]
pub(crate) struct Matched<T> {
    pub(crate) route: Arc<T>,
    pub(crate) captures: Option<Captures>,
}

/// What a regular expression's groups matched.
#[derive(Debug)]
pub(crate) struct Captures {
    path: Box<str>,
    regex: Regex,
    locations: CaptureLocations,
}

impl Captures {
    /// By the group's name or number, percent-decoded once; none for a group that took no part.
    pub(crate) fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        let index = match key.parse() {
            Ok(index) => index,
            Err(_) => self
                .regex
                .capture_names()
                .position(|name| name == Some(key))?,
        };
        let (start, end) = self.locations.get(index)?;
        decode(&self.path[start..end])
    }
}

impl<T> Router<T> {
    pub(crate) fn new(routes: impl IntoIterator<Item = (Arc<Route>, Arc<T>)>) -> Self {
        let mut entries = Vec::new();
        for (config, route) in routes {
            let methods: Vec<Method> = config
                .methods
                .iter()
                .filter_map(|method| method.parse().ok())
                .collect();
            let mut add = |path: Option<&PathPattern>| {
                entries.push(Entry {
                    priority: priority(&config, path),
                    methods: methods.clone(),
                    path: path.cloned(),
                    route: Arc::clone(&route),
                });
            };
            if config.paths.is_empty() {
                add(None);
            }
            for path in &config.paths {
                add(Some(path));
            }
        }
        // Stable: of equal ones the first in the file wins.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.priority));
        Self { entries }
    }

    /// `path` as it stands in the request, without its query.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<Matched<T>> {
        let path = path::normalise(path)?;
        self.entries.iter().find_map(|entry| {
            if !entry.methods.is_empty() && !entry.methods.contains(method) {
                return None;
            }
            let captures = match &entry.path {
                None => None,
                Some(PathPattern::Prefix(prefix)) => {
                    path.starts_with(prefix).then_some(())?;
                    None
                }
                Some(PathPattern::Regex(pattern)) => {
                    path.starts_with(pattern.prefix()).then_some(())?;
                    let regex = pattern.regex()?;
                    let mut locations = regex.capture_locations();
                    regex.captures_read(&mut locations, &path)?;
                    (locations.len() > 1).then(|| Captures {
                        path: Box::from(path.as_ref()),
                        regex: regex.clone(),
                        locations,
                    })
                }
            };
            Some(Matched {
                route: Arc::clone(&entry.route),
                captures,
            })
        })
    }
}

/// The value that Kong's default router sorts by, as it really computes it: the regular-expression flag outranks the
/// number of fields that a route constrains, which outranks a prefix's length.
fn priority(route: &Route, path: Option<&PathPattern>) -> u64 {
    let fields = u64::from(!route.methods.is_empty()) + u64::from(path.is_some());
    let (regex, length) = match path {
        Some(PathPattern::Regex(_)) => (1, 0),
        Some(PathPattern::Prefix(prefix)) => (0, prefix.len() as u64),
        None => (0, 0),
    };
    (fields << 29) | (regex << 51) | (length & 0x7_FFFF)
}
