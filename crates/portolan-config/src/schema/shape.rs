//! Documents that are no Kong file, told by name and with the way to make them one.

use super::entity::ROOT;
use crate::{
    document::Node,
    fault::{Faults, Path},
};

/// Whether the files are Kong files of one format. Of several, one may say it for all.
pub(crate) fn check(roots: &[Node], faults: &mut Faults) -> bool {
    let before = faults.error_count();
    let mut versions = roots
        .iter()
        .filter_map(|root| root.given("_format_version"));
    let first = versions.next();
    for root in roots {
        let known = |key: &str| ROOT.field(key).is_some();
        let listed = root.entries().iter().any(|entry| known(&entry.key));
        if root.given("_format_version").is_some() || (first.is_some() && listed) {
            continue;
        }
        if let Some(message) = misfit(root) {
            faults.error(root.at, Path::ROOT, message);
        } else {
            faults.error(
                root.at,
                "_format_version",
                "required field missing: begin with `_format_version: \"3.0\"`, in quotes",
            );
        }
    }
    for other in versions {
        if let (Some(own), Some(first)) = (other.as_str(), first.and_then(Node::as_str))
            && own != first
        {
            let message =
                format!("the files are of several formats: '{own}' here, '{first}' in the first");
            faults.error(other.at, "_format_version", message);
        }
    }
    faults.error_count() == before
}

/// None: the root may be a Kong file.
fn misfit(root: &Node) -> Option<String> {
    if let Some(items) = root.as_sequence() {
        let list = items.first().map_or("routes", entity);
        return Some(format!("a bare list: {}", wrap(list)));
    }
    if root.as_mapping().is_none() {
        return Some(format!(
            "expected an object with `_format_version`, found a {}",
            root.kind_name()
        ));
    }
    let kubernetes = root.get("kind").and_then(Node::as_str);
    if let (Some(kind), true) = (kubernetes, root.get("apiVersion").is_some()) {
        return Some(format!(
            "a Kubernetes object of kind {kind}: write what it configures as a Kong file, `_format_version: \"3.0\"` with `routes` and their `plugins`"
        ));
    }
    if let Some(items) = root.get("data").and_then(Node::as_sequence) {
        let list = items.first().map_or("routes", entity);
        return Some(format!(
            "a page of the Admin API: take the list under `data`; {}",
            wrap(list)
        ));
    }
    let own = |name: &str| root.get(name).is_some();
    let alone = own("paths") || own("config") || own("url") || own("host") || own("methods");
    let listed = own("services") || own("routes") || own("plugins");
    (alone && !listed).then(|| {
        let list = entity(root);
        format!(
            "one entity as the Admin API takes it: make it an item of a list; {}",
            wrap(list)
        )
    })
}

fn wrap(list: &str) -> String {
    format!("put it under `{list}:`, with `_format_version: \"3.0\"` above")
}

/// The list that an entity of these fields belongs to.
fn entity(node: &Node) -> &'static str {
    let own = |name: &str| node.get(name).is_some();
    if own("paths") || own("methods") || own("hosts") {
        "routes"
    } else if own("config") {
        "plugins"
    } else if own("url") || own("host") {
        "services"
    } else {
        "routes"
    }
}
