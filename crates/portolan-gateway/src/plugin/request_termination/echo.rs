//! A description of the request for whoever sent it. Of route and service it tells the names, not where they lead.

use std::{fs, process, sync::LazyLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    client_address,
    plugin::{
        fields::{self, Encoding},
        uuid::Uuid,
    },
    request::{ClientBody, Request},
    router,
};

/// Bytes of a body that is described, and no longer one: what Kong's plugins see of a body by default
/// (`nginx_http_client_body_buffer_size`). The description may be many times as long, and no budget counts it.
pub(super) const DESCRIBED: usize = 8 * 1024;

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Of this process, as Kong's is of a node.
static NODE_ID: LazyLock<Uuid> = LazyLock::new(Uuid::new);

static HOSTNAME: LazyLock<String> = LazyLock::new(|| {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
});

#[derive(Serialize)]
struct Echo<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r str>,
    kong: Node<'r>,
    request: Told<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_route: Option<Entity<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matched_service: Option<Entity<'r>>,
}

#[derive(Serialize)]
struct Node<'r> {
    node_id: &'r str,
    worker_pid: u32,
    hostname: &'r str,
}

#[derive(Serialize)]
struct Told<'r> {
    scheme: &'static str,
    host: String,
    port: u16,
    headers: Map<String, Value>,
    query: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Body<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_body: Option<String>,
    method: &'r str,
    path: String,
    uri_captures: Captured,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'r> {
    Json(&'r RawValue),
    Fields(Map<String, Value>),
}

#[derive(Default, Serialize)]
struct Captured {
    named: Map<String, Value>,
    /// By number; 0 is all of the match.
    unnamed: Map<String, Value>,
}

#[derive(Serialize)]
struct Entity<'r> {
    id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
}

pub(super) fn body(request: &Request, message: Option<&str>) -> serde_json::Result<Bytes> {
    let head = &request.head;
    let raw: Option<&[u8]> = match &request.body {
        ClientBody::Held(body) if body.len() <= DESCRIBED => Some(&body[..]),
        ClientBody::Held(_) | ClientBody::Coming(_) | ClientBody::Taken => None,
    };
    let host = client_address::host(&head.uri, &head.headers);
    let path = head.uri.path();
    let route = request.route.as_ref().map(|route| &route.route);
    let service = route.and_then(|route| route.service.as_ref());
    let echo = Echo {
        message,
        kong: Node {
            node_id: NODE_ID.as_str(),
            worker_pid: process::id(),
            hostname: &HOSTNAME,
        },
        request: Told {
            scheme: match request.connection.tls {
                Some(_) => "https",
                None => "http",
            },
            host: host.unwrap_or_default().into_owned(),
            port: request.connection.local.port(),
            headers: headers(&head.headers),
            query: arguments(fields::pairs(
                head.uri.query().unwrap_or_default().as_bytes(),
            )),
            body: raw.and_then(|raw| read(&Encoding::of(&head.headers)?, raw)),
            raw_body: raw.map(|raw| String::from_utf8_lossy(raw).into_owned()),
            method: head.method.as_str(),
            path: router::normalise(path)
                .unwrap_or_else(|| path.into())
                .into_owned(),
            uri_captures: captured(request),
        },
        matched_route: route.map(|route| Entity {
            id: &route.id,
            name: route.name.as_deref(),
        }),
        matched_service: service.map(|service| Entity {
            id: &service.id,
            name: service.name.as_deref(),
        }),
    };
    serde_json::to_vec(&echo).map(Bytes::from)
}

fn read<'r>(encoding: &Encoding, raw: &'r [u8]) -> Option<Body<'r>> {
    match encoding.pairs(raw) {
        Some(pairs) => Some(Body::Fields(arguments(pairs))),
        None => serde_json::from_slice(raw).ok().map(Body::Json),
    }
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        add(&mut map, name.as_str().to_owned(), Value::String(value));
    }
    map
}

fn arguments(pairs: Vec<(String, Option<String>)>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        add(
            &mut map,
            name,
            value.map_or(Value::Bool(true), Value::String),
        );
    }
    map
}

/// Several of one name are a list.
fn add(map: &mut Map<String, Value>, name: String, value: Value) {
    match map.get_mut(&name) {
        None => {
            map.insert(name, value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(single) => {
            let first = single.take();
            *single = Value::Array(vec![first, value]);
        }
    }
}

fn captured(request: &Request) -> Captured {
    let mut captured = Captured::default();
    for (number, name, text) in request.captures.iter().flat_map(|captures| captures.all()) {
        let text = Value::String(text.into_owned());
        if let Some(name) = name {
            captured.named.insert(name.to_owned(), text.clone());
        }
        captured.unnamed.insert(number.to_string(), text);
    }
    captured
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn several_of_a_name_are_a_list_and_no_value_is_true() {
        let query = fields::pairs(b"a=1&b&a=2&c=%20&a&=x");
        let expected = json!({ "a": ["1", "2", true], "b": true, "c": " " });
        assert_eq!(Value::Object(arguments(query)), expected);
        let mut asked = HeaderMap::new();
        asked.append("x-one", HeaderValue::from_static("1"));
        asked.append("x-two", HeaderValue::from_static("1"));
        asked.append("x-two", HeaderValue::from_static("2"));
        let expected = json!({ "x-one": "1", "x-two": ["1", "2"] });
        assert_eq!(Value::Object(headers(&asked)), expected);
    }

    #[test]
    fn a_body_is_read_by_its_type() {
        let told = |encoding: &Encoding, raw: &str| {
            let body = read(encoding, raw.as_bytes());
            serde_json::to_string(&body).unwrap()
        };
        let kept = r#"{ "a": 1.0e5, "a": 2 }"#;
        assert_eq!(told(&Encoding::Json, kept), kept);
        assert_eq!(told(&Encoding::Json, "{"), "null");
        assert_eq!(told(&Encoding::Form, "a=1&a=2"), r#"{"a":["1","2"]}"#);
    }
}
