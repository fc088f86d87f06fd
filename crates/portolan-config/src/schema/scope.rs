//! Which service a route has and which plugins apply to it. Reads sound and faulty trees alike.

use std::{collections::HashMap, fmt};

use crate::document::Node;

/// The services of a file, by what refers to them.
pub(crate) struct Services<'t> {
    pub(crate) nodes: &'t [Node],
    by_name: HashMap<&'t str, usize>,
    by_id: HashMap<&'t str, usize>,
}

impl<'t> Services<'t> {
    pub(crate) fn new(root: &'t Node) -> Self {
        let nodes = root.get("services").map(Node::items).unwrap_or_default();
        let by = |field: &str| -> HashMap<&'t str, usize> {
            let named =
                |(index, node): (usize, &'t Node)| Some((node.get(field)?.as_str()?, index));
            nodes.iter().enumerate().filter_map(named).collect()
        };
        Self {
            nodes,
            by_name: by("name"),
            by_id: by("id"),
        }
    }

    /// Kong looks for the name first, then for the id.
    fn find(&self, reference: &Node) -> Option<usize> {
        let by_name = || self.by_name.get(reference_text(reference)?);
        let by_id = || self.by_id.get(reference_text(reference)?);
        match reference.as_mapping() {
            Some([entry]) if entry.key == "id" => by_id(),
            Some([entry]) if entry.key == "name" => by_name(),
            _ => by_name().or_else(by_id),
        }
        .copied()
    }
}

/// What a foreign key says; none for one that is not sound.
pub(super) fn reference_text(reference: &Node) -> Option<&str> {
    match reference.as_mapping() {
        Some([entry]) => entry.value.as_str(),
        Some(_) => None,
        None => reference.as_str(),
    }
}

/// A route with its service, wherever it stands in the file.
pub(crate) struct RouteScope<'t> {
    pub(crate) node: &'t Node,
    pub(crate) place: RoutePlace,
    /// Of `Services::nodes`; none as well where the reference leads nowhere.
    pub(crate) service: Option<usize>,
}

/// Every route of the file, in its order: top level first.
pub(crate) fn routes<'t>(root: &'t Node, services: &Services<'t>) -> Vec<RouteScope<'t>> {
    let top = root.get("routes").map(Node::items).unwrap_or_default();
    let top = top.iter().enumerate().map(|(index, node)| RouteScope {
        node,
        place: RoutePlace::Top(index),
        service: node
            .given("service")
            .and_then(|reference| services.find(reference)),
    });
    let nested = services
        .nodes
        .iter()
        .enumerate()
        .flat_map(|(service, node)| {
            let routes = node.get("routes").map(Node::items).unwrap_or_default();
            routes
                .iter()
                .enumerate()
                .map(move |(route, node)| RouteScope {
                    node,
                    place: RoutePlace::Nested { service, route },
                    service: Some(service),
                })
        });
    top.chain(nested).collect()
}

/// A plugin as it applies to a route.
#[derive(Clone, Copy)]
pub(crate) struct Applied<'t> {
    pub(crate) node: &'t Node,
    pub(crate) name: &'t str,
    pub(crate) place: PluginPlace,
}

impl<'t> RouteScope<'t> {
    /// A route's own plugin wins over its service's of the same name; disabled ones count for nothing.
    pub(crate) fn plugins(&self, services: &Services<'t>) -> Vec<Applied<'t>> {
        let mut applied = enabled(self.node, Owner::Route(self.place));
        let own: Vec<&str> = applied.iter().map(|plugin| plugin.name).collect();
        if let Some(service) = self.service
            && let Some(node) = services.nodes.get(service)
        {
            let inherited = enabled(node, Owner::Service(service));
            applied.extend(
                inherited
                    .into_iter()
                    .filter(|plugin| !own.contains(&plugin.name)),
            );
        }
        applied
    }
}

fn enabled(owner_node: &Node, owner: Owner) -> Vec<Applied<'_>> {
    let plugins = owner_node
        .get("plugins")
        .map(Node::items)
        .unwrap_or_default();
    plugins
        .iter()
        .enumerate()
        .filter(|(_, node)| node.get("enabled").and_then(Node::as_bool) != Some(false))
        .filter_map(|(index, node)| {
            Some(Applied {
                node,
                name: node.get("name")?.as_str()?,
                place: PluginPlace { owner, index },
            })
        })
        .collect()
}

/// A route's Kong path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RoutePlace {
    Top(usize),
    Nested { service: usize, route: usize },
}

impl fmt::Display for RoutePlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top(route) => write!(out, "routes[{route}]"),
            Self::Nested { service, route } => write!(out, "services[{service}].routes[{route}]"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Route(RoutePlace),
    Service(usize),
}

/// A plugin's Kong path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PluginPlace {
    pub(crate) owner: Owner,
    index: usize,
}

impl fmt::Display for PluginPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner {
            Owner::Route(route) => write!(out, "{route}.plugins[{}]", self.index),
            Owner::Service(service) => write!(out, "services[{service}].plugins[{}]", self.index),
        }
    }
}
