//! The index against a walk over all routes by the formula, written here a second time.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use proptest::{
    collection::{hash_set, vec},
    prelude::*,
    sample::{select, subsequence},
};
use regex::Regex;

use super::{Request, Router, normalise, route};

/// A route as its text has it, and what was read from it by other code than the router's.
#[derive(Debug, Clone, Default)]
struct Spec {
    methods: Vec<&'static str>,
    hosts: Vec<&'static str>,
    headers: Vec<(&'static str, Vec<&'static str>)>,
    snis: Vec<&'static str>,
    paths: Vec<String>,
    priority: i64,
}

impl Spec {
    fn text(&self, place: usize) -> String {
        let mut text = format!("{place} priority={}", self.priority);
        for (key, values) in [
            ("methods", &self.methods),
            ("hosts", &self.hosts),
            ("snis", &self.snis),
        ] {
            if !values.is_empty() {
                text += &format!(" {key}={}", values.join(","));
            }
        }
        if !self.paths.is_empty() {
            text += &format!(" paths={}", self.paths.join(","));
        }
        for (name, values) in &self.headers {
            text += &format!(" {name}:{}", values.join("|"));
        }
        text
    }

    /// Kong's matchers: all regexes of a route, each length of its prefixes; or none at all.
    fn groups(&self) -> Vec<(u64, Vec<&str>)> {
        let mut groups: Vec<(u64, Vec<&str>)> = Vec::new();
        for path in &self.paths {
            let priority = self.rank(Some(path));
            match groups.iter_mut().find(|(known, _)| *known == priority) {
                Some((_, paths)) => paths.push(path),
                None => groups.push((priority, vec![path])),
            }
        }
        if groups.is_empty() {
            groups.push((self.rank(None), Vec::new()));
        }
        groups
    }

    fn rank(&self, path: Option<&str>) -> u64 {
        // As numbers without a sign, each shift cut to 32 bits, then bit 31 copied upwards.
        let widen = |number: i64, bits: u32| {
            let cut = ((number as u64) << bits) & 0xFFFF_FFFF;
            if cut >= 0x8000_0000 {
                cut + 0xFFFF_FFFF_0000_0000
            } else {
                cut
            }
        };
        let mut weight = 0;
        weight += i64::from(!self.methods.is_empty());
        weight += i64::from(!self.hosts.is_empty());
        weight += i64::from(!self.headers.is_empty());
        weight += i64::from(!self.snis.is_empty());
        weight += i64::from(path.is_some());
        let mut rank = widen(weight, 29) | widen(self.headers.len() as i64, 20);
        if !self.hosts.is_empty() && !self.hosts.iter().any(|host| host.contains('*')) {
            rank |= 0x1000_0000_0000_0000;
        }
        if let Some(path) = path {
            if path.starts_with('~') {
                rank |= 0x8_0000_0000_0000 | widen(self.priority, 19);
            } else {
                rank |= path.len() as u64;
            }
        }
        rank
    }

    fn holds(&self, request: &Request) -> bool {
        let host = request.host.as_deref().unwrap_or("");
        (self.methods.is_empty() || self.methods.contains(&request.method.as_str()))
            && (self.hosts.is_empty() || self.hosts.iter().any(|wanted| host_holds(wanted, host)))
            && (self.snis.is_empty()
                || request
                    .sni
                    .as_ref()
                    .is_none_or(|sni| self.snis.iter().any(|wanted| name_holds(wanted, sni))))
            && self.headers.iter().all(|(name, values)| {
                request.headers.iter().any(|(header, line)| {
                    let line = String::from_utf8(line.as_bytes().to_vec()).unwrap();
                    header.as_str().replace('_', "-") == *name
                        && values.iter().any(|wanted| match wanted.strip_prefix("~*") {
                            Some(regex) => self::regex(regex).is_match(&line.to_lowercase()),
                            None => line.to_lowercase() == wanted.to_lowercase(),
                        })
                })
            })
    }
}

fn host_holds(wanted: &str, host: &str) -> bool {
    let (name, port) = split(host);
    match split(wanted) {
        (wanted, None) => name_holds(wanted, name),
        (wanted, wanted_port) => {
            name_holds(wanted, name) && wanted_port == Some(port.unwrap_or(8000))
        }
    }
}

fn split(host: &str) -> (&str, Option<u64>) {
    match regex("^([^:]*):([0-9]+)$").captures(host) {
        Some(parts) => (parts.get(1).unwrap().as_str(), parts[2].parse().ok()),
        None => (host, None),
    }
}

fn name_holds(wanted: &str, name: &str) -> bool {
    let shape = regex::escape(wanted).replace(r"\*", ".*");
    regex(&format!("^{shape}$")).is_match(name)
}

/// Compiled once: that takes most of the time.
fn regex(text: &str) -> Regex {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap();
    let regex = compiled.entry(text.to_owned());
    regex.or_insert_with(|| Regex::new(text).unwrap()).clone()
}

/// Place of the route, bytes that its path matched, all groups.
type Found = (usize, Option<usize>, Option<Vec<(usize, String)>>);

fn walk(specs: &[Spec], request: &Request) -> Option<Found> {
    let path = normalise(&request.path)?;
    let mut groups: Vec<_> = specs
        .iter()
        .enumerate()
        .flat_map(|(place, spec)| {
            spec.groups()
                .into_iter()
                .map(move |group| (place, spec, group))
        })
        .collect();
    groups.sort_by_key(|(.., (rank, _))| Reverse(*rank));
    groups.iter().find_map(|(place, spec, (_, paths))| {
        if !spec.holds(request) {
            return None;
        }
        if paths.is_empty() {
            return Some((*place, None, None));
        }
        paths
            .iter()
            .find_map(|wanted| match wanted.strip_prefix('~') {
                None => path
                    .starts_with(wanted)
                    .then_some((*place, Some(wanted.len()), None)),
                Some(regex) => {
                    let found = self::regex(&format!("^{regex}")).captures(&path)?;
                    let whole = found.get(0).unwrap();
                    let length = if whole.start() == 0 { whole.end() } else { 0 };
                    let groups: Vec<_> = found
                        .iter()
                        .enumerate()
                        .filter_map(|(number, group)| Some((number, group?.as_str().to_owned())))
                        .collect();
                    Some((*place, Some(length), (groups.len() > 1).then_some(groups)))
                }
            })
    })
}

const HOSTS: &[&str] = &[
    "a.b", "a.b:80", "a.b:8000", "b", "a.b.c", "x.a.b", "*.b", "*.b:80", "*.a.b", "*.b.c", "a.*",
    "a.b.*", "a.*:80", "x.*",
];
const REGEXES: &[&str] = &[
    "/", "/a", "/b", "/ab", "/a/b", "/([^/]+)", "/([^/]*)", "/(.+)", "/([ab])", "/(a)?", "(?:/a)+",
    "/[ab]+", "(a|/b)", "(?i:/A)", "b",
];

fn regex_path() -> impl Strategy<Value = String> {
    let parts = vec(select(REGEXES), 1..3).prop_map(|parts| parts.concat());
    let ends = select(vec!["", "$", "$", "|/b", "|/a/b$", "/?$"]);
    (parts, ends).prop_map(|(parts, end)| format!("~{parts}{end}"))
}

fn spec() -> impl Strategy<Value = Spec> {
    let prefix = "/[ab/]{0,4}".prop_map(|path| normalise(&path).unwrap().into_owned());
    let value = select(vec!["1", "2", "One", "~*^1", "~*[12]$", "~*n"]);
    let header = (select(vec!["x-a", "x-b", "x-a-b"]), vec(value, 1..3));
    (
        prop_oneof![3 => Just(vec![]), 1 => subsequence(vec!["GET", "POST", "PURGE"], 1..3)],
        prop_oneof![1 => Just(vec![]), 1 => subsequence(HOSTS.to_vec(), 1..3)],
        prop_oneof![2 => Just(vec![]), 1 => vec(header, 1..3)],
        prop_oneof![4 => Just(vec![]), 1 => subsequence(vec!["a.b", "b", "*.b", "a.*"], 1..3)],
        prop_oneof![
            1 => Just(vec![]),
            2 => hash_set(prefix.clone(), 1..3).prop_map(|paths| paths.into_iter().collect()),
            2 => vec(prop_oneof![prefix, regex_path()], 1..4),
            1 => vec(regex_path(), 1..3),
        ],
        prop_oneof![
            4 => Just(0),
            2 => 1_i64..4,
            1 => select(vec![-1_i64, -3, 7, 1023, 1024, 1025, 2048, 4095, 4096, 8192, 8193, -4096]),
        ],
    )
        .prop_map(|(methods, hosts, headers, snis, paths, priority)| Spec {
            methods,
            hosts,
            headers,
            snis,
            paths,
            priority,
        })
}

fn request() -> impl Strategy<Value = String> {
    let host = select(vec![
        "",
        " host=a.b",
        " host=a.b:80",
        " host=b",
        " host=x.b",
        " host=x.b:80",
        " host=x.a.b",
        " host=a.b.c",
        " host=a.c:80",
        " host=A.b",
        " host=a.b:",
        " host=a.b:8000",
    ]);
    let header = select(vec![
        " x-a:1",
        " x-a:2",
        " X_A:one",
        " x-b:1",
        " x_b:12",
        " x-a_b:ONE",
        " x-a-b:2",
        " x-c:1",
    ]);
    let sni = select(vec!["", "", " sni=", " sni=a.b", " sni=x.b", " sni=a.c"]);
    (
        select(vec!["GET", "POST", "PURGE", "get"]),
        "/[ab/]{0,8}(%2F|%41)?",
        host,
        vec(header, 0..4),
        sni,
    )
        .prop_map(|(method, path, host, headers, sni)| {
            format!("{method} {path}{host}{}{sni}", headers.concat())
        })
}

/// Tables whose routes differ in most, and tables whose routes differ in little and so make long lists.
fn specs() -> impl Strategy<Value = Vec<Spec>> {
    (vec(spec(), 1..60), any::<[bool; 3]>()).prop_map(|(mut specs, [paths, hosts, headers])| {
        for spec in &mut specs {
            if paths {
                spec.paths = vec!["/".to_owned()];
                spec.methods.clear();
            }
            if hosts {
                spec.hosts.clear();
            }
            if headers && let [name] = &mut spec.headers[..] {
                let other = ("x-b", vec!["1"]);
                name.0 = "x-a";
                spec.headers.push(other);
            }
        }
        specs
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_index_finds_what_a_walk_finds(
        specs in specs(),
        requests in vec(request(), 1..20),
    ) {
        let routes = specs.iter().enumerate().map(|(place, spec)| {
            let (_, route) = route(&spec.text(place));
            (route.into(), place.into())
        });
        let router: Router<usize> = Router::new(routes);
        for text in requests {
            let request = Request::read(&text);
            let found = request.find(&router).map(|matched| {
                let captures = matched.captures.map(|captures| {
                    let all = captures.all();
                    all.map(|(number, _, text)| (number, text.replace('/', "%2F"))).collect::<Vec<_>>()
                });
                (*matched.route, matched.length, captures)
            });
            // Captures come decoded.
            let expected = walk(&specs, &request).map(|(place, length, captures)| {
                let captures = captures.map(|groups| {
                    groups.into_iter().map(|(number, text)| (number, text.replace('/', "%2F"))).collect()
                });
                (place, length, captures)
            });
            prop_assert_eq!(found, expected, "{}", text);
        }
    }
}
