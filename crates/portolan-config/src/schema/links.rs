//! Rules between entities: names that must be unique, references that must lead somewhere,
//! plugins that meet on a route, captures that a route must have.

use std::collections::HashSet;

use super::{
    plugin,
    route_path::regex,
    scope::{Applied, RouteScope, Services, reference_text, routes},
};
use crate::{
    document::Node,
    fault::Faults,
    template::{Segment, Source, Template},
};

pub(super) fn check(root: &Node, faults: &mut Faults) {
    let services = Services::new(root);
    let routes = routes(root, &services);
    let mut unique = Unique::default();
    for (index, service) in services.nodes.iter().enumerate() {
        let place = format!("services[{index}]");
        unique.entity("services", service, &place, faults);
        unique.plugins(service, &place, faults);
    }
    for route in &routes {
        let place = route.place.to_string();
        unique.entity("routes", route.node, &place, faults);
        unique.plugins(route.node, &place, faults);
        check_route(route, &services, faults);
    }
}

fn check_route(route: &RouteScope<'_>, services: &Services<'_>, faults: &mut Faults) {
    if route.service.is_none()
        && let Some(reference) = route.node.given("service")
        && let Some(text) = reference_text(reference)
    {
        let message = format!("invalid reference 'service: {text}' (no such entry in 'services')");
        faults.error(
            reference.at,
            format_args!("{}.service", route.place),
            message,
        );
    }
    let plugins = route.plugins(services);
    let mut proxies = plugins
        .iter()
        .filter(|plugin| plugin::is_served(plugin.name));
    match (
        proxies.next(),
        proxies.find(|second| !same_name(&plugins, second)),
    ) {
        (Some(first), Some(second)) => {
            let message = format!(
                "`{}` and `{}` both apply to {}: keep one",
                first.name, second.name, route.place
            );
            faults.error(second.node.at, second.place, message);
        }
        (Some(proxy), None) => check_captures(route, proxy, faults),
        // What is not served has its fault already.
        (None, _) if !plugins.is_empty() => {}
        (None, _) if route.service.is_some() => {
            let message =
                "plain proxying is not served yet: this route has a service but no AI proxy";
            faults.error(route.node.at, route.place, message);
        }
        (None, _) => {
            let message = "neither a service nor an AI proxy: its requests are answered 503";
            faults.warn(route.node.at, route.place, message);
        }
    }
}

/// Whether it repeats the first AI proxy's name, which `Unique` tells.
fn same_name(plugins: &[Applied<'_>], second: &Applied<'_>) -> bool {
    let first = plugins.iter().find(|plugin| plugin::is_served(plugin.name));
    first.is_some_and(|first| first.name == second.name)
}

/// Each `$(uri_captures.x)` must be a group of one of the route's regex paths.
fn check_captures(route: &RouteScope<'_>, proxy: &Applied<'_>, faults: &mut Faults) {
    let Some(config) = proxy.node.get("config") else {
        return;
    };
    let mut groups = None;
    match config.get("targets") {
        None => check_model(
            route,
            config,
            &format!("{}.config", proxy.place),
            &mut groups,
            faults,
        ),
        Some(targets) => {
            for (index, target) in targets.items().iter().enumerate() {
                let place = format!("{}.config.targets[{index}]", proxy.place);
                check_model(route, target, &place, &mut groups, faults);
            }
        }
    }
}

fn check_model(
    route: &RouteScope<'_>,
    target: &Node,
    place: &str,
    groups: &mut Option<HashSet<String>>,
    faults: &mut Faults,
) {
    let name = target.get("model").and_then(|model| model.get("name"));
    let Some((name, text)) = name.and_then(|node| Some((node, node.as_str()?))) else {
        return;
    };
    let Ok(template) = Template::parse(text) else {
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
            let message = format!("{} has no regex path with a group '{key}'", route.place);
            faults.error(name.at, format_args!("{place}.model.name"), message);
        }
    }
}

/// Names and numbers of the groups of all its regex paths.
fn capture_groups(route: &Node) -> HashSet<String> {
    let paths = route.get("paths").map(Node::items).unwrap_or_default();
    let mut groups = HashSet::new();
    for pattern in paths
        .iter()
        .filter_map(|path| path.as_str()?.strip_prefix('~'))
    {
        let Ok(regex) = regex(pattern) else {
            continue;
        };
        for (number, name) in regex.capture_names().enumerate() {
            groups.insert(number.to_string());
            groups.extend(name.map(str::to_owned));
        }
    }
    groups
}

/// What was declared so far: entity, field, value.
#[derive(Default)]
struct Unique<'t> {
    declared: HashSet<(&'static str, &'static str, &'t str)>,
}

impl<'t> Unique<'t> {
    /// The texts are Kong's.
    fn entity(&mut self, entity: &'static str, node: &'t Node, place: &str, faults: &mut Faults) {
        self.field(entity, ("name", "name"), node, place, faults);
        self.field(entity, ("id", "primary key"), node, place, faults);
    }

    fn plugins(&mut self, owner: &'t Node, place: &str, faults: &mut Faults) {
        let mut names = HashSet::new();
        let plugins = owner.get("plugins").map(Node::items).unwrap_or_default();
        for (index, plugin) in plugins.iter().enumerate() {
            let place = format!("{place}.plugins[{index}]");
            self.field(
                "plugins",
                ("instance_name", "instance_name"),
                plugin,
                &place,
                faults,
            );
            self.field("plugins", ("id", "primary key"), plugin, &place, faults);
            if let Some(name) = plugin.get("name").and_then(Node::as_str)
                && !names.insert(name)
            {
                let message =
                    format!("uniqueness violation: a plugin '{name}' is already declared here");
                faults.error(plugin.at, format_args!("{place}.name"), message);
            }
        }
    }

    fn field(
        &mut self,
        entity: &'static str,
        (field, told): (&'static str, &'static str),
        node: &'t Node,
        place: &str,
        faults: &mut Faults,
    ) {
        let Some(value) = node.get(field) else {
            return;
        };
        let Some(text) = value.as_str() else {
            return;
        };
        if !self.declared.insert((entity, field, text)) {
            let message = format!(
                "uniqueness violation: '{entity}' entity with {told} set to '{text}' already declared"
            );
            faults.error(value.at, format_args!("{place}.{field}"), message);
        }
    }
}
