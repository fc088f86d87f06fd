//! Every leaf of Kong's published schemas of the two AI proxies, generated from the schemas themselves: a right value
//! loads or is not served; a wrong type, a value out of range, an unknown value and a misspelt key are one fault each.

use std::{env, fs, io::Write, path::PathBuf};

use portolan_config::{Options, Resolve, Source, check, diagnostic::Severity};
use serde_json::{Map, Value, json};

fn schema(test: &str, file: &str) -> Option<Value> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../../shared/reference/schema",
        file,
    ]
    .iter()
    .collect();
    let Ok(text) = fs::read_to_string(path) else {
        let reason = "the shared reference is not beside this repository";
        eprintln!("skipped {test}: {reason}");
        if let Some(list) = env::var_os("PORTOLAN_SKIPS") {
            let mut list = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(list)
                .unwrap();
            writeln!(list, "{test}\t{reason}").unwrap();
        }
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// A step into a configuration.
#[derive(Clone)]
enum Step {
    Key(String),
    First,
}

struct Leaf {
    path: Vec<Step>,
    schema: Value,
}

fn leaves(schema: &Value, path: &mut Vec<Step>, found: &mut Vec<Leaf>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, inner) in properties {
            path.push(Step::Key(name.clone()));
            leaves(inner, path, found);
            path.pop();
        }
    } else if schema["type"] == "array" {
        path.push(Step::First);
        leaves(&schema["items"], path, found);
        path.pop();
    } else {
        found.push(Leaf {
            path: path.clone(),
            schema: schema.clone(),
        });
    }
}

/// A value that the schema alone allows.
fn right(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        Some("number") => json!(schema["minimum"].as_f64().unwrap_or(0.5)),
        Some("array") => json!([right(&schema["items"])]),
        Some("object") => whole(schema),
        _ => json!("fake"),
    }
}

/// The required members alone.
fn whole(schema: &Value) -> Value {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let members = required.iter().filter_map(Value::as_str);
    Value::Object(
        members
            .map(|name| (name.to_owned(), right(&schema["properties"][name])))
            .collect(),
    )
}

/// A configuration with one value at a path, and with all that the schema demands around it.
fn with(schema: &Value, path: &[Step], value: &Value) -> Value {
    match path.split_first() {
        None => value.clone(),
        Some((Step::First, rest)) => json!([with(&schema["items"], rest, value)]),
        Some((Step::Key(name), rest)) => {
            let Value::Object(mut members) = whole(schema) else {
                return Value::Null;
            };
            let inner = match (members.get(name), rest.is_empty()) {
                (Some(_), false) | (None, _) => {
                    with(&schema["properties"][name.as_str()], rest, value)
                }
                (Some(_), true) => value.clone(),
            };
            members.insert(name.clone(), inner);
            Value::Object(members)
        }
    }
}

fn kong_path(path: &[Step]) -> String {
    let mut text = "routes[0].plugins[0].config".to_owned();
    for step in path {
        match step {
            Step::Key(name) => text.push_str(&format!(".{name}")),
            Step::First => text.push_str("[0]"),
        }
    }
    text
}

/// What Kong's rules between fields demand of a sound configuration, by what the leaf is.
fn befitting(plugin: &str, config: &mut Value, path: &[Step]) {
    let text = kong_path(path);
    let target = if plugin == "ai-proxy" {
        Some(&mut *config)
    } else {
        if let Some(algorithm) = config.pointer_mut("/balancer/algorithm")
            && algorithm == "consistent-hashing"
            && !text.ends_with("algorithm")
        {
            *algorithm = json!("round-robin");
        }
        config.pointer_mut("/targets/0")
    };
    let Some(Value::Object(target)) = target else {
        return;
    };
    if text.ends_with("genai_category") {
        target.insert("route_type".to_owned(), json!("audio/v1/audio/speech"));
    } else if !text.ends_with("route_type") {
        target.insert("route_type".to_owned(), json!("llm/v1/chat"));
    }
    if let Some(url) = config_url(target) {
        *url = json!("https://example.com/v1");
    }
    let embeddings = config.pointer_mut("/embeddings/auth").map(Value::take);
    if let Some(mut auth) = embeddings {
        pairs(&mut auth);
        config["embeddings"]["auth"] = auth;
    }
    let of_target = match plugin {
        "ai-proxy" => config.pointer_mut("/auth"),
        _ => config.pointer_mut("/targets/0/auth"),
    };
    if let Some(auth) = of_target {
        pairs(auth);
    }
}

/// A header needs its value, a parameter its value and its place.
fn pairs(auth: &mut Value) {
    if let Some(auth) = auth.as_object_mut() {
        complete(auth, &["header_name", "header_value"], &json!("fake"));
        let given = ["param_name", "param_value", "param_location"]
            .iter()
            .any(|name| auth.contains_key(*name));
        if given {
            auth.entry("param_name").or_insert(json!("fake"));
            auth.entry("param_value").or_insert(json!("fake"));
            auth.entry("param_location").or_insert(json!("query"));
        }
    }
}

fn complete(members: &mut Map<String, Value>, names: &[&str], value: &Value) {
    if names.iter().any(|name| members.contains_key(*name)) {
        for name in names {
            members.entry(*name).or_insert_with(|| value.clone());
        }
    }
}

fn config_url(target: &mut Map<String, Value>) -> Option<&mut Value> {
    target
        .get_mut("model")?
        .get_mut("options")?
        .get_mut("upstream_url")
        .filter(|url| *url == "fake")
}

/// A file with the configuration, one member a line, and the line of each Kong path in it.
fn file(plugin: &str, config: &Value) -> (String, Vec<(String, usize)>) {
    let mut text = format!(
        "_format_version: \"3.0\"\nroutes:\n- name: chat\n  paths: [/chat]\n  plugins:\n  - name: {plugin}\n    config:\n"
    );
    let mut lines = Vec::new();
    write(
        config,
        6,
        "routes[0].plugins[0].config",
        &mut text,
        &mut lines,
    );
    (text, lines)
}

fn write(
    value: &Value,
    indent: usize,
    path: &str,
    text: &mut String,
    lines: &mut Vec<(String, usize)>,
) {
    let members: Vec<(String, String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, inner)| (format!("{name}:"), format!("{path}.{name}"), inner))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, inner)| ("-".to_owned(), format!("{path}[{index}]"), inner))
            .collect(),
        _ => Vec::new(),
    };
    for (lead, path, inner) in members {
        let pad = " ".repeat(indent);
        if scalar(inner) {
            text.push_str(&format!("{pad}{lead} {inner}\n"));
        } else {
            text.push_str(&format!("{pad}{lead}\n"));
        }
        lines.push((path.clone(), text.lines().count()));
        if !scalar(inner) {
            write(inner, indent + 2, &path, text, lines);
        }
    }
}

fn scalar(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// Errors and not-served notices of a file: severity, line, path, message.
fn told(text: String) -> Vec<(Severity, usize, String, String)> {
    let report = check(
        &[Source {
            name: "kong.yaml".to_owned(),
            text,
        }],
        &Options {
            env: &|_| None,
            secrets: true,
            for_kong: false,
            resolve: Resolve::Whole,
        },
    );
    let found = report.found.into_iter();
    found
        .filter(|one| one.severity != Severity::Warning)
        .map(|one| (one.severity, one.line, one.path, one.message))
        .collect()
}

fn wrong_types(schema: &Value) -> Vec<Value> {
    match schema["type"].as_str() {
        Some("boolean") => vec![json!("maybe"), json!(5), json!(["x"])],
        Some("integer") => vec![json!("five"), json!(1.5), json!(true), json!(["x"])],
        Some("number") => vec![json!("five"), json!(true), json!(["x"])],
        Some("string") if schema.get("enum").is_some() => vec![json!(5), json!(["x"])],
        Some("string") => vec![json!(5), json!(true), json!(["x"])],
        _ => vec![],
    }
}

fn out_of_range(schema: &Value) -> Vec<Value> {
    let mut values = Vec::new();
    if let Some(least) = schema["minimum"].as_f64() {
        values.push(json!(least as i64 - 1));
    }
    if let Some(most) = schema["maximum"].as_f64() {
        values.push(json!(most as i64 + 1));
    }
    if schema.get("enum").is_some() {
        values.push(json!("no-such-value"));
    }
    values
}

fn each(test: &str, mut visit: impl FnMut(&str, &Value, &Leaf, &mut Vec<String>)) {
    let mut wrong = Vec::new();
    for (plugin, name) in [
        ("ai-proxy", "AiProxy.json"),
        ("ai-proxy-advanced", "AiProxyAdvanced.json"),
    ] {
        let Some(schema) = schema(test, name) else {
            return;
        };
        let config = &schema["properties"]["config"];
        let mut found = Vec::new();
        leaves(config, &mut Vec::new(), &mut found);
        assert!(found.len() > 60, "{plugin} has {} leaves", found.len());
        for leaf in &found {
            visit(plugin, config, leaf, &mut wrong);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_right_value_of_every_leaf_loads_or_is_not_served() {
    let (mut served, mut not_served) = (0, 0);
    each(
        "a_right_value_of_every_leaf_loads_or_is_not_served",
        |plugin, schema, leaf, wrong| {
            let mut config = with(schema, &leaf.path, &right(&leaf.schema));
            befitting(plugin, &mut config, &leaf.path);
            let (text, _) = file(plugin, &config);
            let found = told(text);
            let path = kong_path(&leaf.path);
            for (severity, line, at, message) in &found {
                if *severity == Severity::Error {
                    wrong.push(format!("{path}: {line}: {at}: {message}"));
                }
            }
            if found.iter().any(|one| path.starts_with(&one.2)) {
                not_served += 1;
            } else {
                served += 1;
            }
        },
    );
    println!("{served} leaves are served, {not_served} are not served yet");
}

#[test]
fn a_wrong_value_of_every_leaf_is_one_fault_at_its_place() {
    each(
        "a_wrong_value_of_every_leaf_is_one_fault_at_its_place",
        |plugin, schema, leaf, wrong| {
            for value in wrong_types(&leaf.schema)
                .into_iter()
                .chain(out_of_range(&leaf.schema))
            {
                let mut config = with(schema, &leaf.path, &value);
                befitting(plugin, &mut config, &leaf.path);
                one_fault(
                    plugin,
                    &config,
                    &kong_path(&leaf.path),
                    &format!("{value}"),
                    wrong,
                );
            }
        },
    );
}

#[test]
fn a_misspelt_key_of_every_leaf_is_one_fault_at_its_place() {
    each(
        "a_misspelt_key_of_every_leaf_is_one_fault_at_its_place",
        |plugin, schema, leaf, wrong| {
            let place = leaf
                .path
                .iter()
                .rposition(|step| matches!(step, Step::Key(_)))
                .unwrap();
            let Step::Key(name) = &leaf.path[place] else {
                return;
            };
            let around = &leaf.path[..place];
            let mut config = with(schema, &leaf.path[..=place], &right(&json!({})));
            befitting(plugin, &mut config, around);
            let misspelt = format!("{name}x");
            let pointer: String = around
                .iter()
                .map(|step| match step {
                    Step::Key(name) => format!("/{name}"),
                    Step::First => "/0".to_owned(),
                })
                .collect();
            let Some(Value::Object(members)) = config.pointer_mut(&pointer) else {
                panic!("{pointer} is no mapping");
            };
            // A required field stays, and the misspelt one stands beside it.
            if !is_required(schema, around, name) {
                members.remove(name);
            } else {
                let value = right(&inner(schema, &leaf.path[..=place]));
                members.insert(name.clone(), value);
            }
            members.insert(misspelt.clone(), json!("fake"));
            befitting(plugin, &mut config, around);
            let path = format!("{}.{misspelt}", kong_path(around));
            one_fault(plugin, &config, &path, "misspelt", wrong);
        },
    );
}

fn inner<'s>(schema: &'s Value, path: &[Step]) -> Value {
    let mut schema: &'s Value = schema;
    for step in path {
        schema = match step {
            Step::Key(name) => &schema["properties"][name.as_str()],
            Step::First => &schema["items"],
        };
    }
    schema.clone()
}

fn is_required(schema: &Value, around: &[Step], name: &str) -> bool {
    inner(schema, around)["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|known| known == name))
}

fn one_fault(plugin: &str, config: &Value, path: &str, what: &str, wrong: &mut Vec<String>) {
    let (text, lines) = file(plugin, config);
    let line = lines
        .iter()
        .find(|(at, _)| at == path)
        .map(|(_, line)| *line);
    let errors: Vec<_> = told(text)
        .into_iter()
        .filter(|one| one.0 == Severity::Error)
        .collect();
    let as_expected = match errors.as_slice() {
        [(_, at_line, at, _)] => at == path && Some(*at_line) == line_of(&lines, at, line),
        _ => false,
    };
    if !as_expected {
        wrong.push(format!("{path}: {what}: line {line:?}: {errors:?}"));
    }
}

/// A list or a mapping in place of a scalar begins on the line after its key.
fn line_of(lines: &[(String, usize)], path: &str, line: Option<usize>) -> Option<usize> {
    let nested = lines
        .iter()
        .any(|(at, _)| at.starts_with(&format!("{path}[")));
    line.map(|line| if nested { line + 1 } else { line })
}
