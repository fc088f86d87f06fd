//! Step 2 of the flow: the route of a request, by Kong's rules and precedence.

mod path;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, Method};
use portolan_config::compiled::{PathPattern, Route};
use regex::{CaptureLocations, Regex};

pub(crate) use path::{decode, normalise};

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

/// What of a request decides its route.
#[derive(Debug)]
pub(crate) struct Asked<'r> {
    pub(crate) method: &'r Method,
    /// Normalised.
    pub(crate) path: &'r str,
    /// As the client says it, its port with it.
    pub(crate) host: Option<&'r str>,
    pub(crate) headers: &'r HeaderMap,
    /// The listener's.
    pub(crate) port: u16,
    pub(crate) tls: bool,
    pub(crate) sni: Option<&'r str>,
}

/// A route and what its path captured.
#[derive(Debug)]
pub(crate) struct Matched<T> {
    pub(crate) route: Arc<T>,
    /// Bytes of the path that the route's own matched; none: it has no paths.
    pub(crate) length: Option<usize>,
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
        self.group(index)
    }

    /// Every group that took part: its number, its name and its text; 0 is all of the match.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, Option<&str>, Cow<'_, str>)> {
        let names = self.regex.capture_names().enumerate();
        names.filter_map(move |(index, name)| Some((index, name, self.group(index)?)))
    }

    fn group(&self, index: usize) -> Option<Cow<'_, str>> {
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

    pub(crate) fn find(&self, asked: &Asked<'_>) -> Option<Matched<T>> {
        let path = asked.path;
        self.entries.iter().find_map(|entry| {
            if !entry.methods.is_empty() && !entry.methods.contains(asked.method) {
                return None;
            }
            let mut length = None;
            let captures = match &entry.path {
                None => None,
                Some(PathPattern::Prefix(prefix)) => {
                    path.starts_with(prefix).then_some(())?;
                    length = Some(prefix.len());
                    None
                }
                Some(PathPattern::Regex(pattern)) => {
                    path.starts_with(pattern.prefix()).then_some(())?;
                    let regex = pattern.regex()?;
                    let mut locations = regex.capture_locations();
                    length = Some(regex.captures_read(&mut locations, path)?.len());
                    (locations.len() > 1).then(|| Captures {
                        path: Box::from(path),
                        regex: regex.clone(),
                        locations,
                    })
                }
            };
            Some(Matched {
                route: Arc::clone(&entry.route),
                length,
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
