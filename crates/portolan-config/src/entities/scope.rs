//! Which plugins apply to a route, in Kong's order of scopes: of each name the narrowest one that is for the client.

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

/// The enabled plugins of the files, by route and by service; those that name neither under neither.
pub(crate) struct Plugins {
    around: HashMap<Around, Vec<usize>>,
}

/// A route, a service.
type Around = (Option<usize>, Option<usize>);

impl Plugins {
    pub(crate) fn new(entities: &Entities<'_>) -> Self {
        let mut around: HashMap<Around, Vec<usize>> = HashMap::new();
        let lists = PLUGIN_LISTS.iter();
        for (index, plugin) in lists.flat_map(|list| entities.list(list)) {
            if enabled(plugin) && !plugin.leads_nowhere() {
                let scope = Scope::of(plugin);
                let key = (scope.route, scope.service);
                around.entry(key).or_default().push(index);
            }
        }
        Self { around }
    }

    /// Those that name no route and no service, whoever they are for.
    pub(crate) fn everywhere(&self) -> &[usize] {
        self.around
            .get(&(None, None))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Every instance around the route, whoever it is for: the narrowest first, of groups the first by name.
    pub(crate) fn of_route(&self, entities: &Entities<'_>, route: usize) -> Vec<usize> {
        let mut found: Vec<usize> = around(entities, route)
            .filter_map(|key| self.around.get(&key))
            .flatten()
            .copied()
            .collect();
        found.sort_by_cached_key(|&index| {
            let scope = entities.get(index).map(Scope::of);
            let group = scope.and_then(|scope| entities.get(scope.consumer_group?)?.key());
            (scope.map(Scope::rank), group, index)
        });
        found
    }

    /// The same, but for those that nobody meets: an instance for everybody hides the wider ones of its name.
    pub(crate) fn reachable(&self, entities: &Entities<'_>, route: usize) -> Vec<usize> {
        let mut settled: Vec<&str> = Vec::new();
        let mut chosen = Vec::new();
        for index in self.of_route(entities, route) {
            let Some(plugin) = entities.get(index) else {
                continue;
            };
            if let Some(name) = plugin.text("name")
                && !settled.contains(&name)
            {
                if !Scope::of(plugin).needs_a_consumer() {
                    settled.push(name);
                }
                chosen.push(index);
            }
        }
        chosen
    }

    /// What runs for a client that nobody has identified: one instance of each name.
    pub(crate) fn anonymous(&self, entities: &Entities<'_>, route: usize) -> Vec<usize> {
        let mut chosen = self.reachable(entities, route);
        chosen.retain(|&index| {
            let plugin = entities.get(index);
            plugin.is_some_and(|plugin| !Scope::of(plugin).needs_a_consumer())
        });
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
