//! What a route asks for besides its paths. Each that is asked for must hold, by any one of its values.

use http::Method;
use portolan_config::compiled::{HeaderPattern, NamePattern, Route};

use super::{asked::Seen, fields::Fields};

#[derive(Debug)]
pub(super) struct Conditions {
    /// None: any.
    methods: Option<Box<[Method]>>,
    pub(super) hosts: Names,
    pub(super) headers: Box<[Header]>,
    pub(super) snis: Names,
}

#[derive(Debug)]
pub(super) struct Header {
    pub(super) number: u32,
    pub(super) values: Box<[HeaderPattern]>,
}

impl Conditions {
    /// None: there are none.
    pub(super) fn of(route: &Route, fields: &mut Fields) -> Option<Self> {
        let methods = &route.methods;
        let hosts = route.hosts.iter().map(|host| (&host.name, host.port));
        let headers = route.headers.iter().map(|(name, values)| Header {
            number: fields.number(name),
            values: values.clone().into(),
        });
        let conditions = Self {
            methods: (!methods.is_empty()).then(|| {
                methods
                    .iter()
                    .filter_map(|name| name.parse().ok())
                    .collect()
            }),
            hosts: Names::new(hosts),
            headers: headers.collect(),
            snis: Names::new(route.snis.iter().map(|name| (name, None))),
        };
        let none = conditions.methods.is_none()
            && conditions.hosts.is_empty()
            && conditions.headers.is_empty()
            && conditions.snis.is_empty();
        (!none).then_some(conditions)
    }

    pub(super) fn hold(&self, seen: &Seen<'_>) -> bool {
        let is_asked_for = |method: &Method| method == seen.method;
        self.methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(is_asked_for))
            && (self.hosts.is_empty() || self.hosts.contain(seen.host, seen.port))
            && (self.snis.is_empty() || seen.sni.is_none_or(|sni| self.snis.contain(sni, None)))
            && self.headers.iter().all(|header| header.holds(seen))
    }
}

impl Header {
    fn holds(&self, seen: &Seen<'_>) -> bool {
        let mut lines = seen.lines.iter();
        lines.any(|(number, line)| {
            *number == self.number && self.values.iter().any(|value| is_met(value, line))
        })
    }

    pub(super) fn is_exact(&self) -> bool {
        let mut values = self.values.iter();
        values.all(|value| matches!(value, HeaderPattern::Exact(_)))
    }

    /// Its values, regexes aside.
    pub(super) fn exact(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(|value| match value {
            HeaderPattern::Exact(value) => Some(value.as_str()),
            HeaderPattern::Regex(_) => None,
        })
    }
}

fn is_met(value: &HeaderPattern, line: &str) -> bool {
    match value {
        HeaderPattern::Exact(value) => value == line,
        HeaderPattern::Regex(pattern) => pattern.regex().is_some_and(|regex| regex.is_match(line)),
    }
}

/// Hosts, or names of TLS handshakes.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Ascending.
    pub(super) exact: Box<[(Box<str>, Option<u16>)]>,
    pub(super) wildcards: Box<[(NamePattern, Option<u16>)]>,
}

impl Names {
    fn new<'c>(names: impl Iterator<Item = (&'c NamePattern, Option<u16>)>) -> Self {
        let (mut exact, mut wildcards) = (Vec::new(), Vec::new());
        for (pattern, port) in names {
            match pattern {
                NamePattern::Exact(name) => exact.push((Box::from(name.as_str()), port)),
                NamePattern::Suffix(_) | NamePattern::Prefix(_) => {
                    wildcards.push((pattern.clone(), port));
                }
            }
        }
        exact.sort_unstable();
        Self {
            exact: exact.into(),
            wildcards: wildcards.into(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.wildcards.is_empty()
    }

    fn contain(&self, name: &str, port: Option<u16>) -> bool {
        let first = self.exact.partition_point(|(exact, _)| **exact < *name);
        let mut same = self.exact[first..]
            .iter()
            .take_while(|(exact, _)| **exact == *name);
        let is_met = |wanted: Option<u16>| wanted.is_none() || wanted == port;
        same.any(|(_, wanted)| is_met(*wanted))
            || self.wildcards.iter().any(|(pattern, wanted)| {
                is_met(*wanted)
                    && match pattern {
                        NamePattern::Exact(exact) => name == exact,
                        NamePattern::Suffix(suffix) => name.ends_with(suffix),
                        NamePattern::Prefix(prefix) => name.starts_with(prefix),
                    }
            })
    }
}
