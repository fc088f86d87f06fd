//! One path of a route with all else that the route asks for: what a request fits, or does not.

use std::sync::Arc;

use portolan_config::{
    compiled::{PathPattern, Route},
    pattern::Pattern,
};

use super::{asked::Seen, captures::Captures, conditions::Conditions, fields::Fields};

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: Path,
    /// None: the route asks for nothing but its paths.
    pub(super) conditions: Option<Arc<Conditions>>,
}

#[derive(Debug)]
pub(super) enum Path {
    Any,
    Prefix(Box<str>),
    Regex(Pattern),
}

impl Entry {
    /// Of each of the route's paths in their order, or of none.
    pub(super) fn all<'c>(
        route: &'c Route,
        fields: &mut Fields,
    ) -> impl Iterator<Item = (Option<&'c PathPattern>, Self)> + use<'c> {
        let conditions = Conditions::of(route, fields).map(Arc::new);
        let any = route.paths.is_empty().then_some(None);
        let paths = any.into_iter().chain(route.paths.iter().map(Some));
        paths.map(move |pattern| {
            let path = match pattern {
                None => Path::Any,
                Some(PathPattern::Prefix(prefix)) => Path::Prefix(prefix.as_str().into()),
                Some(PathPattern::Regex(pattern)) => Path::Regex(pattern.clone()),
            };
            let conditions = conditions.clone();
            (pattern, Self { path, conditions })
        })
    }

    /// Of a request that the index gives this entry for: that its path begins with the prefix is known.
    pub(super) fn fits(&self, seen: &Seen<'_>) -> Option<Fit> {
        if let Some(conditions) = &self.conditions
            && !conditions.hold(seen)
        {
            return None;
        }
        let length = match &self.path {
            Path::Any => None,
            Path::Prefix(prefix) => Some(prefix.len()),
            Path::Regex(pattern) => {
                let found = pattern.find(seen.path)?;
                // Found later, by an alternative that `^` does not bind: nothing stands at the start.
                Some(if found.start == 0 { found.end } else { 0 })
            }
        };
        Some(Fit { length })
    }

    pub(super) fn captures(&self, path: &str) -> Option<Captures> {
        match &self.path {
            Path::Regex(pattern) => Captures::read(pattern, path),
            Path::Any | Path::Prefix(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// Bytes at the path's beginning that the entry's own matched; none: it has none.
    pub(super) length: Option<usize>,
}
