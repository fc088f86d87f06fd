mod matching;
mod normalising;
mod precedence;
mod property;
mod regexes;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portolan_config::{
    compiled::{HeaderPattern, HostPattern, NamePattern, PathPattern, Protocols, Route},
    pattern::Pattern,
};

use super::{Asked, Matched, Router, normalise};

/// Routes, a request, and the route that Kong finds; none: 404.
type Case<'c> = (&'c [&'c str], &'c str, Option<&'c str>);

fn check(cases: &[Case<'_>]) {
    for (routes, request, expected) in cases {
        let found = find(routes, request).map(|matched| matched.route.to_string());
        assert_eq!(found.as_deref(), *expected, "{request} with {routes:?}");
    }
}

fn find(routes: &[&str], request: &str) -> Option<Matched<String>> {
    let routes = routes.iter().map(|text| route(text));
    let router = Router::new(routes.map(|(name, route)| (Arc::new(route), Arc::new(name))));
    Request::read(request).find(&router)
}

/// `NAME methods=GET,POST hosts=a.example,*.b.example:81 paths=/a,~/b snis=c.example priority=1 x-header:one|two`
fn route(text: &str) -> (String, Route) {
    let (name, fields) = text.split_once(' ').unwrap_or((text, ""));
    let mut route = plain_route();
    for field in fields.split(' ').filter(|field| !field.is_empty()) {
        let (key, value) = field.split_once(['=', ':']).unwrap();
        let values = value.split(',');
        match key {
            "methods" => route.methods = values.map(str::to_owned).collect(),
            "hosts" => route.hosts = values.map(host).collect(),
            "paths" => route.paths = values.map(path).collect(),
            "snis" => route.snis = values.map(name_pattern).collect(),
            "priority" => route.regex_priority = value.parse().unwrap(),
            header => {
                let values = value.split('|').map(header_value).collect();
                route.headers.push((header.to_owned(), values));
            }
        }
    }
    (name.to_owned(), route)
}

fn plain_route() -> Route {
    Route {
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
    }
}

fn host(text: &str) -> HostPattern {
    let port = text.split_once(':').and_then(|(_, port)| port.parse().ok());
    let name = match port {
        Some(_) => text.split(':').next().unwrap(),
        None => text,
    };
    HostPattern {
        name: name_pattern(name),
        port,
    }
}

fn name_pattern(text: &str) -> NamePattern {
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        (Some(suffix), _) => NamePattern::Suffix(suffix.to_owned()),
        (_, Some(prefix)) => NamePattern::Prefix(prefix.to_owned()),
        _ => NamePattern::Exact(text.to_owned()),
    }
}

fn path(text: &str) -> PathPattern {
    match text.strip_prefix('~') {
        Some(regex) => PathPattern::Regex(Pattern::parse(regex).unwrap()),
        None => PathPattern::Prefix(text.to_owned()),
    }
}

/// Lower-cased by the configuration, a regex too.
fn header_value(text: &str) -> HeaderPattern {
    let text = text.to_lowercase();
    match text.strip_prefix("~*") {
        Some(regex) => HeaderPattern::Regex(Pattern::anywhere(regex).unwrap()),
        None => HeaderPattern::Exact(text),
    }
}

/// One that comes by port 8000.
#[derive(Debug)]
struct Request {
    method: Method,
    path: String,
    host: Option<String>,
    headers: HeaderMap,
    /// Of TLS; the name may be empty.
    sni: Option<String>,
}

impl Request {
    /// `GET /path host=a.example:81 sni=b.example x-header:value`; `sni=` for TLS without a name. In a header's value
    /// `\xff` is a byte that is no UTF-8.
    fn read(text: &str) -> Self {
        let mut fields = text.split(' ');
        let mut request = Self {
            method: fields.next().unwrap().parse().unwrap(),
            path: fields.next().unwrap().to_owned(),
            host: None,
            headers: HeaderMap::new(),
            sni: None,
        };
        for field in fields {
            let (key, value) = field.split_once(['=', ':']).unwrap();
            match key {
                "host" => request.host = Some(value.to_owned()),
                "sni" => request.sni = Some(value.to_owned()),
                header => {
                    let value = match value {
                        r"\xff" => HeaderValue::from_bytes(b"\xff").unwrap(),
                        value => HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                    };
                    let name: HeaderName = header.parse().unwrap();
                    request.headers.append(name, value);
                }
            }
        }
        request
    }

    fn find<T>(&self, router: &Router<T>) -> Option<Matched<T>> {
        router.find(&Asked {
            method: &self.method,
            path: &normalise(&self.path)?,
            host: self.host.as_deref(),
            headers: &self.headers,
            port: 8000,
            tls: self.sni.is_some(),
            sni: self.sni.as_deref().filter(|name| !name.is_empty()),
        })
    }
}
