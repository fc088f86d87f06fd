//! Partials: configurations that plugins link to.

use std::collections::HashMap;

use super::{Budget, each_entity};
use crate::{
    document::{Node, Position},
    entities::reference_text,
    fault::Faults,
    schema::entity::ROOT,
};

struct Partial {
    kind: String,
    config: Node,
}

/// A link of the list `plugins_partials`, DB-less Kong's way to say it.
struct Apart {
    partial: Node,
    path: Option<String>,
}

pub(super) fn resolve(roots: &mut [Node], budget: &mut Budget, faults: &mut Faults) {
    let mut partials: HashMap<String, Partial> = HashMap::new();
    let mut apart: HashMap<String, Vec<Apart>> = HashMap::new();
    for root in roots.iter() {
        for node in root.get("partials").map(Node::items).unwrap_or_default() {
            let kind = node.given("type").and_then(Node::as_str);
            let (Some(kind), Some(config)) = (kind, node.given("config")) else {
                continue;
            };
            for name in ["id", "name"] {
                if let Some(name) = node.given(name).and_then(Node::as_str) {
                    partials.insert(
                        name.to_owned(),
                        Partial {
                            kind: kind.to_owned(),
                            config: config.clone(),
                        },
                    );
                }
            }
        }
        let links = root.get("plugins_partials").map(Node::items);
        for link in links.unwrap_or_default() {
            if let (Some(plugin), Some(partial)) = (text(link, "plugin"), link.given("partial")) {
                apart.entry(plugin).or_default().push(Apart {
                    partial: partial.clone(),
                    path: text(link, "path"),
                });
            }
        }
    }
    for root in roots {
        each_entity(root, &ROOT, None, &mut |entity, plugin, place| {
            if !entity.is_plugin() {
                return;
            }
            let mut links: Vec<(String, Position, Option<String>)> = Vec::new();
            let own = plugin.given("partials").map(Node::items);
            for link in own.unwrap_or_default() {
                let Some(named) = text(link, "id").or_else(|| text(link, "name")) else {
                    continue;
                };
                if !partials.contains_key(&named) {
                    let named = link.shown(&named);
                    let message = format!(
                        "invalid reference 'partial: {named}' (no such entry in 'partials')"
                    );
                    faults.error(link.at, format_args!("{place}.partials"), message);
                }
                links.push((named, link.at, text(link, "path")));
            }
            // Where one of these leads nowhere, the list of them is told so.
            let names = ["id", "instance_name"].into_iter();
            let mine = names
                .filter_map(|field| apart.get(plugin.given(field)?.as_str()?))
                .flatten();
            links.extend(mine.filter_map(|link| {
                let named = reference_text(&link.partial)?.to_owned();
                Some((named, link.partial.at, link.path.clone()))
            }));
            let name = text(plugin, "name").unwrap_or_default();
            for (named, at, path) in links {
                let Some(partial) = partials.get(&named) else {
                    continue;
                };
                let path = path.or_else(|| default_path(&name, &partial.kind));
                match path.filter(|path| path.starts_with("config.")) {
                    Some(path) => budget.fill_at(plugin, &path, &partial.config, at),
                    None => {
                        let name = plugin.get("name").map_or("", |node| node.shown(&name));
                        let message = format!(
                            "plugin '{name}' takes no partial of type '{}': give its `path`, beginning with config.",
                            partial.kind
                        );
                        faults.error(at, format_args!("{place}.partials"), message);
                    }
                }
            }
        });
    }
}

/// Where a partial of a type belongs in a plugin's configuration, unless its link says so.
fn default_path(plugin: &str, kind: &str) -> Option<String> {
    let path = match (plugin, kind) {
        ("basic-auth", "redis-ce" | "redis-ee") => "config.brute_force_protection.redis",
        (_, "redis-ce" | "redis-ee") => "config.redis",
        (_, "vectordb") => "config.vectordb",
        (_, "embeddings") => "config.embeddings",
        ("ai-proxy-advanced", "model") => "config.targets",
        ("ai-request-transformer" | "ai-response-transformer", "model") => "config.llm",
        _ => return None,
    };
    Some(path.to_owned())
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.given(key)?.as_str().map(str::to_owned)
}
