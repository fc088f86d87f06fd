//! Rules between entities: names that must be unique, references that must lead somewhere, AI proxies that must not meet,
//! captures that a route must have.

use std::collections::{HashMap, HashSet};

use super::{
    Entities, Item,
    scope::{Plugins, Scope},
};
use crate::{
    compiled::HeaderPattern,
    document::Node,
    fault::{Faults, Path},
    pattern::Pattern,
    schema::{
        field::{Kind, Record},
        plugin::is_ai_proxy,
    },
    template::{Segment, Source, Template},
};

/// The patterns of all routes: while they are held, reading one again is a look into a table.
pub(crate) fn check(
    entities: &Entities<'_>,
    plugins: &Plugins,
    faults: &mut Faults,
) -> Vec<Pattern> {
    unique(entities, faults);
    references(entities, faults);
    let patterns = patterns(entities, faults);
    for (index, route) in entities.list("routes") {
        check_route(entities, plugins, (index, route), faults);
    }
    patterns
}

/// The texts are Kong's.
fn unique<'t>(entities: &Entities<'t>, faults: &mut Faults) {
    let mut declared: HashSet<(&str, &str, &'t str)> = HashSet::new();
    let mut tuples: HashMap<(&str, Scope), String> = HashMap::new();
    for item in &entities.items {
        let entity = item.entity;
        let key = entity.key.filter(|_| entity.name != "targets");
        let fields = key.into_iter().chain(entity.unique.iter().copied());
        for (field, told) in fields
            .map(|field| (field, field))
            .chain([("id", "primary key")])
        {
            let node = item.node.given(field).or_else(|| {
                // A name that is the whole entity.
                (Some(field) == key && item.node.as_str().is_some()).then_some(item.node)
            });
            let Some((node, text)) = node.and_then(|node| Some((node, node.as_str()?))) else {
                continue;
            };
            if !declared.insert((entity.name, field, text)) {
                let shown = if is_hidden(entity.record, field, node) {
                    "a value that is not shown".to_owned()
                } else {
                    format!("'{text}'")
                };
                let message = format!(
                    "uniqueness violation: '{}' entity with {told} set to {shown} already declared",
                    entity.name
                );
                faults.error(node.at, format_args!("{}.{field}", item.place), message);
            }
        }
        if entity.is_plugin()
            && !item.leads_nowhere()
            && let Some(name) = item.text("name")
        {
            let place = item.place.to_string();
            if let Some(first) = tuples.insert((name, Scope::of(item)), place) {
                let name = item.node.get("name").map_or(name, |node| node.shown(name));
                let message = format!(
                    "uniqueness violation: a plugin '{name}' is already declared here, at {first}"
                );
                faults.error(item.node.at, format_args!("{}.name", item.place), message);
            }
        }
    }
}

fn is_hidden(record: &Record, field: &str, node: &Node) -> bool {
    let secret = match record.field(field).map(|field| &field.kind) {
        Some(Kind::Text(text)) => text.secret,
        _ => false,
    };
    secret || field == "key" || node.scalar().is_some_and(|scalar| scalar.substituted)
}

fn references(entities: &Entities<'_>, faults: &mut Faults) {
    for item in &entities.items {
        for link in &item.links {
            if link.to.is_none()
                && let Some(written) = link.written
            {
                leads_nowhere(item, (link.field, link.entity), written, faults);
            }
        }
    }
    for (_, service) in entities.list("services") {
        let field = "ca_certificates";
        let listed = service.node.given(field).map(Node::items);
        for written in listed.unwrap_or_default() {
            if entities.find(field, written).is_none() {
                leads_nowhere(service, (field, field), written, faults);
            }
        }
    }
}

/// `field`: with the list that it leads into.
fn leads_nowhere(
    item: &Item<'_>,
    (field, entity): (&str, &str),
    written: &Node,
    faults: &mut Faults,
) {
    let Some(text) = super::reference_text(written) else {
        return;
    };
    let text = written.shown(text);
    let message = format!("invalid reference '{field}: {text}' (no such entry in '{entity}')");
    faults.error(written.at, format_args!("{}.{field}", item.place), message);
}

/// A program of a megabyte takes some 50 ms to make: so many of them no router needs.
const MOST_LARGE: usize = 32;

/// Regexes whose programs may be too large are made now, while a fault can still be told.
fn patterns(entities: &Entities<'_>, faults: &mut Faults) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    let mut seen = 0;
    for (_, route) in entities.list("routes") {
        for (header, index, node, pattern) in paths(route.node).chain(headers(route.node)) {
            patterns.push(pattern.clone());
            if !pattern.is_large() {
                continue;
            }
            seen += 1;
            let message = if seen > MOST_LARGE {
                format!(
                    "more than {MOST_LARGE} regexes of this size: repeat less, or match more with one"
                )
            } else if pattern.regex().is_none() {
                "invalid regex: its program is larger than 10 MiB: repeat less".to_owned()
            } else {
                continue;
            };
            let place = &route.place;
            match header {
                Some(name) => faults.error(
                    node.at,
                    format_args!("{place}.headers.{name}[{index}]"),
                    message,
                ),
                None => faults.error(node.at, format_args!("{place}.paths[{index}]"), message),
            }
        }
    }
    patterns
}

/// A regex of a route: the header it is about, its index there, where it stands.
type Regex<'t> = (Option<&'t str>, usize, &'t Node, Pattern);

fn paths(route: &Node) -> impl Iterator<Item = Regex<'_>> {
    let paths = route.given("paths").map(Node::items).unwrap_or_default();
    paths.iter().enumerate().filter_map(|(index, node)| {
        let pattern = Pattern::parse(node.as_str()?.strip_prefix('~')?).ok()?;
        Some((None, index, node, pattern))
    })
}

fn headers(route: &Node) -> impl Iterator<Item = Regex<'_>> {
    let headers = route.given("headers").map(Node::entries);
    headers.unwrap_or_default().iter().flat_map(|header| {
        let values = header.value.items().iter().enumerate();
        values.filter_map(
            move |(index, node)| match HeaderPattern::parse(node.as_str()?) {
                Ok(HeaderPattern::Regex(pattern)) => {
                    Some((Some(header.key.as_str()), index, node, pattern))
                }
                Ok(HeaderPattern::Exact(_)) | Err(_) => None,
            },
        )
    })
}

fn check_route(
    entities: &Entities<'_>,
    plugins: &Plugins,
    (index, route): (usize, &Item<'_>),
    faults: &mut Faults,
) {
    let name = |plugin: &Item<'_>| plugin.text("name").unwrap_or_default().to_owned();
    let proxies: Vec<&Item<'_>> = plugins
        .reachable(entities, index)
        .into_iter()
        .filter_map(|plugin| entities.get(plugin))
        .filter(|plugin| plugin.text("name").is_some_and(is_ai_proxy))
        .collect();
    let Some(&first) = proxies.first() else {
        return;
    };
    let other = proxies.iter().find(|other| name(other) != name(first));
    if let Some(other) = other {
        let message = format!(
            "`{}` and `{}` both apply to {}: keep one",
            name(first),
            name(other),
            route.place
        );
        faults.error(other.node.at, &other.place, message);
        return;
    }
    for proxy in proxies {
        captures(route, proxy, faults);
    }
}

/// Each `$(uri_captures.x)` must be a group of one of the route's regex paths.
fn captures(route: &Item<'_>, proxy: &Item<'_>, faults: &mut Faults) {
    let Some(config) = proxy.node.get("config") else {
        return;
    };
    let mut groups = None;
    let place = proxy.place.to_string();
    let mut each = |target: &Node, place: String| {
        templates(target, &Path::ROOT, &mut |node, path| {
            missing_groups(route, node, &mut groups, |key| {
                let message = format!("{} has no regex path with a group '{key}'", route.place);
                faults.error(node.at, format_args!("{place}.{path}"), message);
            });
        });
    };
    match config.get("targets") {
        None => each(config, format!("{place}.config")),
        Some(targets) => {
            for (index, target) in targets.items().iter().enumerate() {
                each(target, format!("{place}.config.targets[{index}]"));
            }
        }
    }
}

/// The texts of `model.name` and `model.options` that hold a template.
fn templates(target: &Node, path: &Path<'_>, visit: &mut dyn FnMut(&Node, String)) {
    let Some(model) = target.given("model") else {
        return;
    };
    let path = path.key("model");
    let mut scalar = |node: &Node, path: String| {
        if node.as_str().is_some_and(|text| text.contains("$(")) {
            visit(node, path);
        }
    };
    if let Some(name) = model.given("name") {
        scalar(name, path.key("name").to_string());
    }
    let options = path.key("options");
    for option in model
        .given("options")
        .map(Node::entries)
        .unwrap_or_default()
    {
        scalar(&option.value, options.key(&option.key).to_string());
        for member in option.value.entries() {
            let path = options.key(&option.key);
            scalar(&member.value, path.key(&member.key).to_string());
        }
    }
}

fn missing_groups(
    route: &Item<'_>,
    node: &Node,
    groups: &mut Option<HashSet<String>>,
    mut missing: impl FnMut(&str),
) {
    let Some(Ok(template)) = node.as_str().map(Template::parse) else {
        return;
    };
    for segment in template.segments() {
        let Segment::Value {
            source: Source::UriCaptures,
            key,
        } = segment
        else {
            continue;
        };
        let groups = groups.get_or_insert_with(|| capture_groups(route.node));
        if !groups.contains(key) {
            missing(key);
        }
    }
}

/// Numbers and names of the groups of all its regex paths.
fn capture_groups(route: &Node) -> HashSet<String> {
    paths(route)
        .flat_map(|(_, _, _, pattern)| pattern.groups())
        .collect()
}
