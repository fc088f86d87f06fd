//! Warnings about a sound file: what cannot do what it was written for.

use std::collections::{HashMap, HashSet};

use super::{
    Entities, Item,
    scope::{Plugins, Scope, enabled, is_routed},
};
use crate::{
    document::Node,
    fault::Faults,
    schema::{entity::identifies, field::PLUGIN_LISTS},
};

pub(crate) fn check(entities: &Entities<'_>, plugins: &Plugins, faults: &mut Faults) {
    idle_plugins(entities, plugins, faults);
    unanswered_routes(entities, plugins, faults);
    shadowed_routes(entities, faults);
    path_handling(entities, faults);
    unverified_services(entities, faults);
    hidden_certificates(entities, faults);
    missing_anonymous(entities, faults);
}

fn idle_plugins(entities: &Entities<'_>, plugins: &Plugins, faults: &mut Faults) {
    let routes: Vec<usize> = entities
        .list("routes")
        .filter(|(_, route)| is_routed(entities, route))
        .map(|(index, _)| index)
        .collect();
    let mut runs = vec![false; entities.items.len()];
    let mut met = vec![false; entities.items.len()];
    // On a route that says who the consumer is.
    let mut identified = vec![false; entities.items.len()];
    for route in routes {
        let everybodys = plugins.anonymous(entities, route);
        let mut names = everybodys
            .iter()
            .filter_map(|&plugin| entities.get(plugin)?.text("name"));
        let identified_here = names.any(identifies);
        for plugin in plugins.of_route(entities, route) {
            met[plugin] = true;
            identified[plugin] |= identified_here;
        }
        for plugin in everybodys {
            runs[plugin] = true;
        }
    }
    for (index, plugin) in PLUGIN_LISTS.iter().flat_map(|list| entities.list(list)) {
        let of_somebody = Scope::of(plugin).needs_a_consumer();
        let why = if !enabled(plugin) || runs[index] {
            continue;
        } else if !met[index] {
            "no route that is served has it"
        } else if !of_somebody {
            "each route that it could run on has a narrower instance of the same name"
        } else if plugin.text("name") == Some("correlation-id") {
            "its turn comes before anyone has said who the consumer is"
        } else if !identified[index] {
            "no route that it could run on says who the consumer is"
        } else {
            continue;
        };
        faults.warn(
            plugin.node.at,
            &plugin.place,
            format!("this plugin never runs: {why}"),
        );
    }
}

/// Plugins that let a request pass or refuse it: what it asks for is another's to answer.
const ONLY_PASS: [&str; 6] = [
    "acl",
    "correlation-id",
    "cors",
    "ip-restriction",
    "key-auth",
    "request-size-limiting",
];

fn unanswered_routes(entities: &Entities<'_>, plugins: &Plugins, faults: &mut Faults) {
    for (index, route) in entities.list("routes") {
        let passes = |plugin: usize| {
            let name = entities.get(plugin).and_then(|plugin| plugin.text("name"));
            name.is_some_and(|name| ONLY_PASS.contains(&name))
        };
        let around = plugins.of_route(entities, index);
        if route.parent("service").is_none() && around.into_iter().all(passes) {
            faults.warn(
                route.node.at,
                &route.place,
                "neither a service nor an AI proxy: its requests are answered 503",
            );
        }
    }
}

/// Routes that say the same: one of them never matches.
fn shadowed_routes(entities: &Entities<'_>, faults: &mut Faults) {
    let mut first: HashMap<Vec<String>, &Item<'_>> = HashMap::new();
    for (_, route) in entities.list("routes") {
        if !is_routed(entities, route) {
            continue;
        }
        let matched = [
            "methods",
            "hosts",
            "headers",
            "snis",
            "paths",
            "sources",
            "destinations",
        ];
        let mut says: Vec<String> = matched.iter().map(|field| said(route, field)).collect();
        says.push(said(route, "regex_priority"));
        says.push(said(route, "expression"));
        match first.get(&says) {
            Some(other) => {
                let message = format!(
                    "it matches what {} matches and never gets a request: the first in the file is asked",
                    other.place
                );
                faults.warn(route.node.at, &route.place, message);
            }
            None => {
                first.insert(says, route);
            }
        }
    }
}

/// What a field says, whatever its order.
fn said(route: &Item<'_>, field: &str) -> String {
    fn of(node: &Node) -> String {
        if let Some(scalar) = node.scalar() {
            return scalar.text.clone();
        }
        let items = node.items().iter().map(of);
        let entries = node
            .entries()
            .iter()
            .map(|entry| format!("{}={}", entry.key.to_ascii_lowercase(), of(&entry.value)));
        let mut all: Vec<String> = items.chain(entries).collect();
        all.sort_unstable();
        format!("[{}]", all.join("\u{1f}"))
    }
    route.node.given(field).map(of).unwrap_or_default()
}

fn path_handling(entities: &Entities<'_>, faults: &mut Faults) {
    let field = "path_handling";
    for (_, route) in entities.list("routes") {
        if let Some(written) = route.node.given(field)
            && written.as_str() == Some("v1")
        {
            let message =
                "v1 has no effect, as in Kong's default router: paths are joined as v0 has it";
            faults.warn(written.at, format_args!("{}.{field}", route.place), message);
        }
    }
}

fn unverified_services(entities: &Entities<'_>, faults: &mut Faults) {
    let field = "tls_verify";
    for (_, service) in entities.list("services") {
        if let Some(written) = service.node.given(field)
            && written.as_bool() == Some(false)
        {
            let message = "whoever stands between Portolan and this service can read and change what they say: its certificate is not verified";
            faults.warn(
                written.at,
                format_args!("{}.{field}", service.place),
                message,
            );
        }
    }
}

fn hidden_certificates(entities: &Entities<'_>, faults: &mut Faults) {
    let links = entities.items.iter().flat_map(|item| &item.links);
    let used: HashSet<usize> = links
        .filter(|link| link.entity == "certificates")
        .filter_map(|link| link.to)
        .collect();
    for (index, certificate) in entities.list("certificates") {
        if !used.contains(&index) {
            let message = "it is never shown: it has no name in `snis`, and no service or upstream refers to it";
            faults.warn(certificate.node.at, &certificate.place, message);
        }
    }
}

fn missing_anonymous(entities: &Entities<'_>, faults: &mut Faults) {
    for (_, plugin) in PLUGIN_LISTS.iter().flat_map(|list| entities.list(list)) {
        let path = "config.anonymous";
        if plugin.text("name") == Some("key-auth")
            && let Some(written) = plugin.node.at_path(path)
            && let Some(who) = written.as_str()
            && entities.find("consumers", written).is_none()
        {
            let who = written.shown(who);
            let message = format!(
                "no consumer has the id or username '{who}': a request without a valid key is answered 500"
            );
            faults.warn(written.at, format_args!("{}.{path}", plugin.place), message);
        }
    }
}
