//! Nanoseconds that finding a request's route takes, by the number of routes. `cargo bench -p portolan-gateway
//! --features bench --bench router`

use std::{
    hint::black_box,
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName, HeaderValue};
use portolan_config::{
    compiled::{HeaderPattern, HostPattern, NamePattern, PathPattern, Protocols, Route},
    pattern::Pattern,
};
use portolan_gateway::bench::{Request, Routes};

const ROUNDS: usize = 101;
/// Requests a table and round.
const REQUESTS: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    measure(
        &mut out,
        "Hosts, prefixes, headers and regexes",
        mixed,
        &[10, 1_000, 10_000],
    )?;
    measure(
        &mut out,
        "Regexes that begin with a capture",
        capture,
        &[10, 100, 1_000],
    )?;
    Ok(())
}

/// A route by its place, and a request that only it is for.
type Make = fn(usize, &Arc<HeaderMap>) -> Result<(Route, Request), String>;

struct Table {
    routes: Routes,
    size: usize,
    loading: Duration,
    /// Requests for the routes that all tables have.
    same: Vec<Request>,
    /// Requests for routes all over the table.
    spread: Vec<Request>,
    same_times: Vec<f64>,
    spread_times: Vec<f64>,
}

fn measure(
    out: &mut impl Write,
    title: &str,
    make: Make,
    sizes: &[usize],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut tables = Vec::new();
    for size in sizes {
        tables.push(Table::new(make, *size, sizes[0])?);
    }
    // The tables take turns, so that a slow moment of the machine is not one table's alone.
    for _ in 0..ROUNDS {
        for table in &mut tables {
            let time = nanoseconds(&table.routes, &table.same);
            table.same_times.push(time);
            let time = nanoseconds(&table.routes, &table.spread);
            table.spread_times.push(time);
        }
    }
    writeln!(out, "{title}\n")?;
    writeln!(
        out,
        "| routes | built in | ns, same requests | ratio | ns, requests for all | ratio |"
    )?;
    writeln!(out, "| --: | --: | --: | --: | --: | --: |")?;
    let base = &tables[0];
    for table in &tables {
        writeln!(
            out,
            "| {} | {:.1?} | {:.0} | {:.2} | {:.0} | {:.2} |",
            table.size,
            table.loading,
            median(table.same_times.iter().copied()),
            ratio(&table.same_times, &base.same_times),
            median(table.spread_times.iter().copied()),
            ratio(&table.spread_times, &base.spread_times),
        )?;
    }
    writeln!(out)?;
    Ok(())
}

impl Table {
    fn new(make: Make, size: usize, smallest: usize) -> Result<Self, String> {
        let headers = Arc::new(headers());
        let begun = Instant::now();
        let (mut routes, mut requests) = (Vec::new(), Vec::new());
        for place in 0..size {
            let (route, request) = make(place, &headers)?;
            routes.push(Arc::new(route));
            requests.push(request);
        }
        let routes = Routes::new(&routes);
        let loading = begun.elapsed();
        for (place, request) in requests.iter().enumerate() {
            if routes.find(request) != Some(place) {
                return Err(format!("{request:?} must match route {place}"));
            }
        }
        // A stride that meets every route, and none soon again.
        let spread =
            (0..size).map(|turn| make(turn * 7 % size, &headers).map(|(_, request)| request));
        Ok(Self {
            routes,
            size,
            loading,
            spread: spread.collect::<Result<_, _>>()?,
            same: requests.drain(..smallest).collect(),
            same_times: Vec::new(),
            spread_times: Vec::new(),
        })
    }
}

fn nanoseconds(routes: &Routes, requests: &[Request]) -> f64 {
    let begun = Instant::now();
    for request in requests.iter().cycle().take(REQUESTS) {
        black_box(routes.find(black_box(request)));
    }
    begun.elapsed().as_nanos() as f64 / REQUESTS as f64
}

/// Round by round, so that what slows one round down is in both.
fn ratio(times: &[f64], base: &[f64]) -> f64 {
    median(times.iter().zip(base).map(|(time, base)| time / base))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn mixed(place: usize, headers: &Arc<HeaderMap>) -> Result<(Route, Request), String> {
    let (mut route, mut request) = plain(headers);
    match place % 6 {
        0 => {
            route.paths = vec![PathPattern::Prefix(format!("/teams/{place}/chat"))];
            request.path = format!("/teams/{place}/chat/completions");
        }
        1 => {
            let name = format!("tenant-{place}.example.com");
            request.host.clone_from(&name);
            request.path = "/v1/chat/completions".to_owned();
            route.hosts = vec![host(NamePattern::Exact(name))];
            route.paths = vec![PathPattern::Prefix("/v1".to_owned())];
        }
        2 => {
            request.host = format!("eu.group-{place}.example.com");
            request.path = "/v1/chat/completions".to_owned();
            route.hosts = vec![host(NamePattern::Suffix(format!(
                ".group-{place}.example.com"
            )))];
            route.methods = vec!["POST".to_owned()];
        }
        3 => {
            route.paths = vec![PathPattern::Prefix("/by-header".to_owned())];
            route.headers = vec![(
                "x-team".to_owned(),
                vec![HeaderPattern::Exact(format!("team-{place}"))],
            )];
            request.path = "/by-header/chat/completions".to_owned();
            let value = HeaderValue::try_from(format!("team-{place}"));
            let value = value.map_err(|error| error.to_string())?;
            Arc::make_mut(&mut request.headers).insert(HeaderName::from_static("x-team"), value);
        }
        4 => {
            route.paths = vec![regex(&format!(
                "/apps/{place}/(?<model>[^#?/]+)/chat/completions$"
            ))?];
            request.path = format!("/apps/{place}/gpt-4o/chat/completions");
        }
        _ => return capture(place, headers),
    }
    Ok((route, request))
}

/// As Kong's guides have them: the model is the path's first segment.
fn capture(place: usize, headers: &Arc<HeaderMap>) -> Result<(Route, Request), String> {
    let (mut route, mut request) = plain(headers);
    route.paths = vec![regex(&format!(
        "/(?<model>[^#?/]+)/team-{place}/chat/completions$"
    ))?];
    request.path = format!("/gpt-4o/team-{place}/chat/completions");
    Ok((route, request))
}

fn plain(headers: &Arc<HeaderMap>) -> (Route, Request) {
    let route = Route {
        id: String::new(),
        name: None,
        protocols: Protocols {
            http: true,
            https: true,
        },
        methods: Vec::new(),
        hosts: Vec::new(),
        headers: Vec::new(),
        paths: Vec::new(),
        snis: Vec::new(),
        regex_priority: 0,
        https_redirect_status: 426,
        strip_path: true,
        preserve_host: false,
        request_buffering: true,
        service: None,
        plugins: Vec::new(),
    };
    let request = Request {
        method: http::Method::POST,
        host: "gateway.example.com".to_owned(),
        path: String::new(),
        headers: Arc::clone(headers),
    };
    (route, request)
}

/// What an SDK sends.
fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "gateway.example.com"),
        ("user-agent", "OpenAI/Python 1.52.0"),
        ("accept", "application/json"),
        ("accept-encoding", "gzip, deflate"),
        ("content-type", "application/json"),
        ("content-length", "312"),
        ("authorization", "Bearer sk-not-a-key"),
        ("x-stainless-lang", "python"),
        ("x-stainless-os", "Linux"),
        ("x-stainless-runtime", "CPython"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers
}

fn regex(text: &str) -> Result<PathPattern, String> {
    Pattern::parse(text).map(PathPattern::Regex)
}

fn host(name: NamePattern) -> HostPattern {
    HostPattern { name, port: None }
}
