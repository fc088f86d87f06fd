//! Partials: configurations that plugins link to.

use std::collections::HashMap;

use super::{Budget, each_entity, is_plugin};
use crate::{
    document::{Node, Position},
    fault::Faults,
    schema::entity::ROOT,
};

struct Partial {
    kind: String,
    config: Node,
}

/// A link of the list `plugins_partials`, DB-less Kong's way to say it.
struct Apart {
    plugin: String,
    partial: Node,
    path: Option<String>,
}

pub(super) fn resolve(roots: &mut [Node], budget: &mut Budget, faults: &mut Faults) {
    let mut partials: HashMap<String, Partial> = HashMap::new();
    let mut apart = Vec::new();
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
                apart.push(Apart {
                    plugin,
                    partial: partial.clone(),
                    path: text(link, "path"),
                });
            }
        }
    }
    let mut found = vec![false; apart.len()];
    for root in roots {
        each_entity(root, &ROOT, &mut |entity, plugin| {
            if !is_plugin(entity) {
                return;
            }
            let mut links: Vec<(String, Position, Option<String>)> = Vec::new();
            for link in plugin
                .given("partials")
                .map(Node::items)
                .unwrap_or_default()
            {
                if let Some(named) = text(link, "id").or_else(|| text(link, "name")) {
                    links.push((named, link.at, text(link, "path")));
                }
            }
            for (link, found) in apart.iter().zip(&mut found) {
                let names = [text(plugin, "id"), text(plugin, "instance_name")];
                if names.into_iter().flatten().any(|name| name == link.plugin) {
                    *found = true;
                    if let Some(named) = crate::entities::reference_text(&link.partial) {
                        links.push((named.to_owned(), link.partial.at, link.path.clone()));
                    }
                }
            }
            let name = text(plugin, "name").unwrap_or_default();
            for (named, at, path) in links {
                let Some(partial) = partials.get(&named) else {
                    let message = format!(
                        "invalid reference 'partial: {named}' (no such entry in 'partials')"
                    );
                    faults.error(at, "partials", message);
                    continue;
                };
                let path = path.or_else(|| default_path(&name, &partial.kind));
                match path
                    .as_deref()
                    .and_then(|path| path.strip_prefix("config."))
                {
                    Some(path) => {
                        budget.fill_at(plugin, &format!("config.{path}"), &partial.config);
                    }
                    None => {
                        let message = format!(
                            "plugin '{name}' takes no partial of type '{}': give its `path`, beginning with config.",
                            partial.kind
                        );
                        faults.error(at, "partials", message);
                    }
                }
            }
        });
    }
    for (link, _) in apart.iter().zip(&found).filter(|(_, found)| !**found) {
        let message = format!(
            "invalid reference 'plugin: {}' (no such entry in 'plugins'): a plugin's `id`",
            link.plugin
        );
        faults.error(link.partial.at, "plugins_partials", message);
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
