//! Which plugins apply to a route: one instance of each name, the one with the narrowest scope, in Kong's order.

use std::collections::HashMap;

use super::{Entities, Item};
use crate::{document::Node, schema::field::PLUGIN_LISTS};

/// What an instance is for; none: for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Scope {
    pub(crate) route: Option<usize>,
    pub(crate) service: Option<usize>,
    pub(crate) consumer: Option<usize>,
    pub(crate) consumer_group: Option<usize>,
}

impl Scope {
    pub(crate) fn of(plugin: &Item<'_>) -> Self {
        Self {
            route: plugin.parent("route"),
            service: plugin.parent("service"),
            consumer: plugin.parent("consumer"),
            consumer_group: plugin.parent("consumer_group"),
        }
    }

    /// Kong's precedence: the lower rank wins.
    pub(crate) fn rank(self) -> u8 {
        let narrow = (
            self.consumer.is_some(),
            self.consumer_group.is_some(),
            self.route.is_some(),
            self.service.is_some(),
        );
        match narrow {
            (true, _, true, true) => 1,
            (false, true, true, true) => 2,
            (true, _, true, false) => 3,
            (true, _, false, true) => 4,
            (false, true, true, false) => 5,
            (false, true, false, true) => 6,
            (false, false, true, true) => 7,
            (true, _, false, false) => 8,
            (false, true, false, false) => 9,
            (false, false, true, false) => 10,
            (false, false, false, true) => 11,
            (false, false, false, false) => 12,
        }
    }

    pub(crate) fn needs_a_consumer(self) -> bool {
        self.consumer.is_some() || self.consumer_group.is_some()
    }
}

/// The enabled plugins of the files, by what they are for.
pub(crate) struct Plugins {
    /// By route and by service; those that name neither under neither. None of them is for a consumer.
    by_scope: HashMap<Around, Vec<usize>>,
    /// The same of those for a consumer or a group of them.
    for_consumers: HashMap<Around, Vec<usize>>,
}

/// A route, a service.
type Around = (Option<usize>, Option<usize>);

impl Plugins {
    pub(crate) fn new(entities: &Entities<'_>) -> Self {
        let mut plugins = Self {
            by_scope: HashMap::new(),
            for_consumers: HashMap::new(),
        };
        let lists = PLUGIN_LISTS.iter();
        for (index, plugin) in lists.flat_map(|list| entities.list(list)) {
            if enabled(plugin) && !plugin.leads_nowhere() {
                let scope = Scope::of(plugin);
                let map = if scope.needs_a_consumer() {
                    &mut plugins.for_consumers
                } else {
                    &mut plugins.by_scope
                };
                map.entry((scope.route, scope.service))
                    .or_default()
                    .push(index);
            }
        }
        plugins
    }

    /// Whether a client that is identified may meet an instance of one of these names.
    pub(crate) fn for_a_consumer(
        &self,
        entities: &Entities<'_>,
        route: usize,
        is: impl Fn(&str) -> bool,
    ) -> bool {
        around(entities, route)
            .filter_map(|key| self.for_consumers.get(&key))
            .flatten()
            .filter_map(|&plugin| entities.get(plugin)?.text("name"))
            .any(is)
    }

    /// Every instance that a request of the route may meet while nobody is identified, the narrowest first.
    pub(crate) fn of_route(&self, entities: &Entities<'_>, route: usize) -> Vec<usize> {
        let mut found: Vec<usize> = around(entities, route)
            .filter_map(|key| self.by_scope.get(&key))
            .flatten()
            .copied()
            .collect();
        found.sort_by_key(|&index| {
            let plugin = entities.get(index);
            (plugin.map(|plugin| Scope::of(plugin).rank()), index)
        });
        found
    }

    /// What runs for a client that nobody has identified: one instance of each name.
    pub(crate) fn anonymous(&self, entities: &Entities<'_>, route: usize) -> Vec<usize> {
        let mut names: Vec<&str> = Vec::new();
        let mut chosen = Vec::new();
        for index in self.of_route(entities, route) {
            let Some(plugin) = entities.get(index) else {
                continue;
            };
            if let Some(name) = plugin.text("name")
                && !names.contains(&name)
            {
                names.push(name);
                chosen.push(index);
            }
        }
        chosen
    }
}

/// What an instance may be for that a route's request meets.
fn around(entities: &Entities<'_>, route: usize) -> impl Iterator<Item = Around> {
    let service = entities
        .get(route)
        .and_then(|route| route.parent("service"));
    let with_service = service.map(|service| [(Some(route), Some(service)), (None, Some(service))]);
    [(Some(route), None), (None, None)]
        .into_iter()
        .chain(with_service.into_iter().flatten())
}

/// Kong leaves a disabled instance out altogether: it hides no wider one.
pub(crate) fn enabled(item: &Item<'_>) -> bool {
    item.node.given("enabled").and_then(Node::as_bool) != Some(false)
}

/// Whether requests can find a route: a disabled service takes its routes with it.
pub(crate) fn is_routed(entities: &Entities<'_>, route: &Item<'_>) -> bool {
    let service = route.parent("service").and_then(|to| entities.get(to));
    service.is_none_or(enabled)
}
