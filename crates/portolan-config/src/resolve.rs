//! A sound tree as Kong would keep it: flat lists of entities, every field with its value or default, foreign keys as
//! ids, one spelling. Secrets are left out. `check --resolved` prints it.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::{
    document::{Content, Node, Position, Scalar, Value as Read},
    entities::{Entities, Item},
    schema::{
        entity::ROOT,
        field::{Field, Kind, Literal, Record, Spelling},
        plugin,
        walk::takes,
    },
    secrecy::names_secret,
    secret, url,
};

const HIDDEN: &str = "[secret]";

pub(crate) fn document(roots: &[Node], entities: &Entities<'_>) -> Value {
    let mut lists: Map<String, Value> = Map::new();
    for item in &entities.items {
        let list = lists
            .entry(item.entity.name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(entity(item, entities));
        }
    }
    // Lists of what Kong keeps in its database: no table knows their items.
    for root in roots {
        for field in ROOT.fields() {
            if let Kind::List { item, .. } = &field.kind
                && let Some(written) = root
                    .given(field.name)
                    .filter(|node| !node.items().is_empty())
            {
                let items = written.items().iter();
                let items = items.filter_map(|each| value(written, item, each));
                lists.insert(field.name.to_owned(), items.collect());
            }
        }
    }
    Value::Object(lists)
}

fn entity(item: &Item<'_>, entities: &Entities<'_>) -> Value {
    let mut out = if item.node.as_mapping().is_some() {
        record(item.node, item.entity.record)
    } else {
        Map::new()
    };
    out.insert("id".to_owned(), json!(item.id));
    if item.node.as_str().is_some()
        && let (Some(field), Some(key)) = (item.entity.key, item.key())
    {
        out.insert(field.to_owned(), json!(key));
    }
    for link in &item.links {
        if let Some(to) = link.to.and_then(|to| entities.get(to)) {
            let mut reference = Map::from_iter([("id".to_owned(), json!(to.id))]);
            if let (Some(field), Some(key)) = (to.entity.key, to.key()) {
                reference.insert(field.to_owned(), json!(key));
            }
            out.insert(link.field.to_owned(), Value::Object(reference));
        }
    }
    match item.entity.name {
        "services" => spell_out_url(&mut out),
        _ if item.entity.is_plugin() => of_plugin(item, &mut out),
        _ => {}
    }
    Value::Object(out)
}

fn spell_out_url(service: &mut Map<String, Value>) {
    let Some(Value::String(written)) = service.remove("url") else {
        return;
    };
    // Kong knows more schemes than any code of ours calls.
    let (scheme, rest) = match written.split_once("://") {
        Some((scheme, rest)) if !matches!(scheme, "http" | "https") => {
            (Some(scheme.to_owned()), format!("http://{rest}"))
        }
        _ => (None, written.clone()),
    };
    let Ok(url) = url::parse_service(&rest) else {
        return;
    };
    let own = if url.origin.tls { "https" } else { "http" };
    let protocol = scheme.unwrap_or_else(|| own.to_owned());
    service.insert("protocol".to_owned(), json!(protocol));
    service.insert("host".to_owned(), json!(url.origin.host.as_ref()));
    service.insert("port".to_owned(), json!(url.origin.port));
    if url.path != "/" || written.ends_with('/') {
        service.insert("path".to_owned(), json!(url.path));
    }
}

/// What the envelope's table cannot say, since it depends on the plugin.
fn of_plugin(item: &Item<'_>, out: &mut Map<String, Value>) {
    let name = item.text("name").unwrap_or_default();
    if item.node.given("protocols").is_none() {
        out.insert("protocols".to_owned(), json!(plugin::protocols(name)));
    }
    if item.node.given("config").is_none()
        && let Some(table) = plugin::config(item.node)
    {
        let nothing = Node::empty_mapping(item.node.at);
        out.insert("config".to_owned(), Value::Object(record(&nothing, table)));
    }
    let Some(Value::Object(config)) = out.get_mut("config") else {
        return;
    };
    if plugin::is_ai_proxy(name) {
        one_target(config);
    } else if name == "ai-semantic-prompt-guard"
        && let Some(Value::Object(rules)) = config.get_mut("rules")
        && let Some(bound) = rules.remove("max_request_body_size")
    {
        config.insert("max_request_body_size".to_owned(), bound);
    }
}

/// A target's fields right under `config` become the only item of `targets`.
fn one_target(config: &mut Map<String, Value>) {
    if !config.contains_key("targets") {
        let own = plugin::target::TARGET_FIELDS
            .iter()
            .filter_map(|field| config.remove_entry(field.name));
        let target: Map<String, Value> = own.collect();
        config.insert("targets".to_owned(), json!([target]));
    }
    let version = config.remove("azure_api_version");
    let mut moved = None;
    if let Some(Value::Array(targets)) = config.get_mut("targets") {
        for target in targets {
            let options = target.pointer_mut("/model/options");
            if let Some(Value::Object(options)) = options {
                moved = options.remove("response_streaming").or(moved);
                if let Some(version) = &version {
                    options.insert("azure_api_version".to_owned(), version.clone());
                }
            }
        }
    }
    if let Some(moved) = moved {
        config.insert("response_streaming".to_owned(), moved);
    }
}

fn record(node: &Node, table: &Record) -> Map<String, Value> {
    let mut out = Map::new();
    let nothing = Node::empty_mapping(node.at);
    let fields = || {
        table
            .fields()
            .filter(|field| !matches!(field.kind, Kind::Entities { .. } | Kind::Foreign(_)))
    };
    for field in fields() {
        if !matches!(field.spelling, Spelling::Own | Spelling::Deprecated(_)) {
            continue;
        }
        let value = match (node.get(field.name), field.default) {
            (Some(written), _) if written.is_null() => None,
            (Some(written), _) => own(node, field, written),
            (None, Some(Literal::Nothing)) => own(node, field, &nothing),
            (None, Some(default)) => Some(literal(default)),
            (None, None) => None,
        };
        if let Some(value) = value {
            out.insert(field.name.to_owned(), value);
        }
    }
    for field in fields() {
        let Some(written) = node.given(field.name) else {
            continue;
        };
        match field.spelling {
            Spelling::Own | Spelling::Deprecated(_) => {}
            Spelling::Older(names) => {
                for name in names {
                    let value = match name.strip_suffix("_nodes") {
                        Some(kind) => Some(addresses(written, kind)),
                        None => own(node, field, written),
                    };
                    if let Some(value) = value {
                        put(&mut out, table, name, value);
                    }
                }
            }
            Spelling::Alias(path) => {
                if let Some(value) = own(node, field, written) {
                    put(&mut out, table, path, value);
                }
            }
            Spelling::Nest(prefix) => {
                if let Some(Value::Object(members)) = own(node, field, written) {
                    for (name, value) in members {
                        out.insert(format!("{prefix}{name}"), value);
                    }
                }
            }
        }
    }
    out
}

fn own(around: &Node, field: &Field, written: &Node) -> Option<Value> {
    let template = field.template && written.as_str().is_some_and(|text| text.contains("$("));
    let reference = field.reference && written.as_str().is_some();
    if template || reference {
        return Some(json!(written.as_str()));
    }
    if CARRY_SECRETS.contains(&field.name) {
        return Some(hidden_members(written));
    }
    value(around, &field.kind, written)
}

/// Fields of many plugins whose values, free texts, are credentials as often as not.
const CARRY_SECRETS: [&str; 4] = [
    "headers",
    "custom_fields_by_lua",
    "custom_attributes_by_lua",
    "resource_attributes",
];

/// `{name: value}` and `["name: value"]` without the values, but for references and names that no secret has.
fn hidden_members(node: &Node) -> Value {
    match &node.content {
        Content::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| {
                    let plain = !names_secret(&entry.key) && entry.value.as_sequence().is_some();
                    let value = if plain {
                        raw(&entry.value)
                    } else {
                        hidden(&entry.value)
                    };
                    (entry.key.clone(), value)
                })
                .collect(),
        ),
        Content::Sequence(items) => {
            let names = items.iter().map(|item| match item.as_str() {
                Some(text) => match text.split_once(':') {
                    Some((name, _)) => json!(format!("{name}:{HIDDEN}")),
                    None => json!(text),
                },
                None => hidden(item),
            });
            Value::Array(names.collect())
        }
        Content::Scalar(_) => hidden(node),
    }
}

/// A URL without the user and the password in it.
fn without_user(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Cow::Borrowed(text);
    };
    let authority = rest.find('/').map_or(rest, |end| &rest[..end]);
    match authority.rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{HIDDEN}{}", &rest[at..])),
        None => Cow::Borrowed(text),
    }
}

/// None: nothing that the resolved form holds.
fn value(around: &Node, kind: &Kind, node: &Node) -> Option<Value> {
    Some(match kind {
        Kind::Text(text) => match node.as_str() {
            Some(written) if text.secret && secret::reference(written).is_none() => json!(HIDDEN),
            Some(written) => json!(without_user(written)),
            None => Value::Null,
        },
        Kind::Bool | Kind::Integer { .. } | Kind::Number { .. } | Kind::Enum(_) => raw(node),
        Kind::List { item, .. } => {
            let items = node.items().iter();
            Value::Array(items.filter_map(|each| value(node, item, each)).collect())
        }
        Kind::Map(of) => {
            let entries = node.entries().iter();
            Value::Object(
                entries
                    .filter_map(|entry| Some((entry.key.clone(), value(node, of, &entry.value)?)))
                    .collect(),
            )
        }
        Kind::Record(table) => Value::Object(record(node, table)),
        Kind::Chosen(choose) => match choose(around) {
            Some(table) => Value::Object(record(node, table)),
            None => hidden(node),
        },
        Kind::Either(kinds) => {
            let kind = kinds.iter().find(|kind| takes(kind, node))?;
            let value = value(around, kind, node)?;
            match kinds.first() {
                // One value where a list is meant.
                Some(Kind::List { .. }) if !value.is_array() => json!([value]),
                _ => value,
            }
        }
        Kind::Any => hidden(node),
        Kind::Foreign(_) => raw(node),
        Kind::Entities { .. } => return None,
    })
}

pub(crate) fn literal(default: Literal) -> Value {
    match default {
        Literal::Bool(value) => json!(value),
        Literal::Int(value) => json!(value),
        Literal::Number(value) => number(value),
        Literal::Text(value) => json!(value),
        Literal::Texts(values) => json!(values),
        Literal::Ints(values) => json!(values),
        Literal::Nothing => json!({}),
    }
}

/// A whole number as JSON's integers are written.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// As it stands in the file.
fn raw(node: &Node) -> Value {
    copied(node, &raw_scalar)
}

/// What no table knows may hold secrets anywhere: its shape alone is shown, and its references.
fn hidden(node: &Node) -> Value {
    copied(node, &|scalar| match scalar.value {
        Read::Text if secret::reference(&scalar.text).is_none() => json!(HIDDEN),
        _ => raw_scalar(scalar),
    })
}

/// A tree with each scalar as `show` has it.
fn copied(node: &Node, show: &dyn Fn(&Scalar) -> Value) -> Value {
    match &node.content {
        Content::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), copied(&entry.value, show)))
                .collect(),
        ),
        Content::Sequence(items) => {
            Value::Array(items.iter().map(|item| copied(item, show)).collect())
        }
        Content::Scalar(scalar) => show(scalar),
    }
}

fn raw_scalar(scalar: &Scalar) -> Value {
    match scalar.value {
        Read::Null => Value::Null,
        Read::Bool(value) => json!(value),
        Read::Integer(value) => json!(value),
        Read::Float(value) => number(value),
        Read::Text => json!(scalar.text),
    }
}

/// The older `["host:port"]` as a list of mappings.
fn addresses(written: &Node, kind: &str) -> Value {
    let host = if kind == "cluster" { "ip" } else { "host" };
    let node = |text: &str| {
        let (name, port) = text.rsplit_once(':').unwrap_or((text, "6379"));
        json!({ host: name, "port": port.parse::<u16>().unwrap_or(6379) })
    };
    let texts = written.items().iter().filter_map(Node::as_str);
    Value::Array(texts.map(node).collect())
}

/// Puts a value under a dotted path; a mapping that is made on the way has its defaults.
fn put(out: &mut Map<String, Value>, table: &Record, path: &str, put_in: Value) {
    let Some((key, rest)) = path.split_once('.') else {
        out.insert(path.to_owned(), put_in);
        return;
    };
    let Some(Kind::Record(inner)) = table.field(key).map(|field| &field.kind) else {
        return;
    };
    let made = || {
        let nothing = Node::empty_mapping(Position::default());
        Value::Object(record(&nothing, inner))
    };
    if let Value::Object(members) = out.entry(key).or_insert_with(made) {
        put(members, inner, rest, put_in);
    }
}
