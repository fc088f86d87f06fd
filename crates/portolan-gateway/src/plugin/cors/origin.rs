//! Which origins may read an answer.

use http::HeaderValue;
use portolan_config::compiled::plugin::CorsOrigin;
use regex::Regex;

/// `origins`, as far as no request has a say in it.
#[derive(Debug)]
pub(super) enum Origins {
    Any,
    /// One alone, which every client is told.
    One(HeaderValue),
    Listed(Vec<Entry>),
}

#[derive(Debug)]
pub(super) enum Entry {
    Any,
    /// Without the port that its scheme has anyway.
    Exact(String),
    Regex {
        regex: Regex,
        of_host: bool,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Any,
    Origin(HeaderValue),
    None,
}

impl Origins {
    pub(super) fn new(origins: &[CorsOrigin]) -> Result<Self, String> {
        match origins {
            [] | [CorsOrigin::Any] => Ok(Self::Any),
            [CorsOrigin::Exact(origin)] => super::value(origin).map(Self::One),
            several => Ok(Self::Listed(several.iter().map(Entry::new).collect())),
        }
    }

    /// And whether the answer would be another for another origin.
    pub(super) fn allowed(&self, asked: Option<&HeaderValue>) -> (Allowed, bool) {
        match self {
            Self::Any => (Allowed::Any, false),
            Self::One(origin) => (Allowed::Origin(origin.clone()), true),
            Self::Listed(entries) => {
                let allowed = asked.map_or(Allowed::None, |asked| listed(entries, asked));
                (allowed, true)
            }
        }
    }
}

impl Entry {
    fn new(origin: &CorsOrigin) -> Self {
        match origin {
            CorsOrigin::Any => Self::Any,
            CorsOrigin::Exact(origin) => Self::Exact(normalised(origin).0),
            CorsOrigin::Regex { regex, of_host } => Self::Regex {
                regex: regex.clone(),
                of_host: *of_host,
            },
        }
    }
}

fn listed(entries: &[Entry], asked: &HeaderValue) -> Allowed {
    if entries.iter().any(|entry| matches!(entry, Entry::Any)) {
        return Allowed::Any;
    }
    let Ok(text) = asked.to_str() else {
        return Allowed::None;
    };
    let (origin, host) = normalised(text);
    let found = entries.iter().any(|entry| match entry {
        Entry::Any => true,
        Entry::Exact(entry) => *entry == origin,
        Entry::Regex { regex, of_host } => {
            regex.is_match(if *of_host { host } else { origin.as_str() })
        }
    });
    match HeaderValue::try_from(origin) {
        Ok(origin) if found => Allowed::Origin(origin),
        _ => Allowed::None,
    }
}

/// Scheme, host and port, but for the scheme's own; and the host. What has no scheme is as it is.
fn normalised(origin: &str) -> (String, &str) {
    let Some((scheme, rest)) = origin.split_once("://") else {
        return (origin.to_owned(), origin);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, after)| after);
    // Of an IPv6 address the last colon may be inside the brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let default = match scheme {
        "http" => Some("80"),
        "https" => Some("443"),
        _ => None,
    };
    match port.filter(|port| !port.is_empty() && Some(*port) != default) {
        Some(port) => (format!("{scheme}://{host}:{port}"), host),
        None => (format!("{scheme}://{host}"), host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kong-core.md` 5.5: default ports are dropped.
    #[test]
    fn an_origin_is_scheme_host_and_a_port_that_says_something() {
        for (origin, whole, host) in [
            ("https://a.test", "https://a.test", "a.test"),
            ("https://a.test:443", "https://a.test", "a.test"),
            ("https://a.test:80", "https://a.test:80", "a.test"),
            ("http://a.test:80", "http://a.test", "a.test"),
            (
                "http://a.test:8080/path?q#f",
                "http://a.test:8080",
                "a.test",
            ),
            ("http://user@a.test", "http://a.test", "a.test"),
            ("http://[::1]:8080", "http://[::1]:8080", "[::1]"),
            ("http://[::1]", "http://[::1]", "[::1]"),
            ("app://a.test:443", "app://a.test:443", "a.test"),
            ("null", "null", "null"),
            ("a.test", "a.test", "a.test"),
        ] {
            assert_eq!(normalised(origin), (whole.to_owned(), host), "{origin}");
        }
    }
}
