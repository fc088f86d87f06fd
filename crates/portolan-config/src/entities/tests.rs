use super::{
    Entities,
    scope::{Plugins, Scope},
};
use crate::{
    deck,
    document::{self, Node},
};

fn root(text: &str) -> [Node; 1] {
    let (expanded, _) = deck::expand(text, &|_| None);
    [document::parse(&expanded, 0).unwrap()]
}

/// Kong's twelve combinations, the narrowest first.
#[test]
fn kongs_precedence_of_scopes() {
    let order = [
        "crs", "grs", "cr", "cs", "gr", "gs", "rs", "c", "g", "r", "s", "",
    ];
    for (index, letters) in order.iter().enumerate() {
        let given = |letter: char| letters.contains(letter).then_some(0);
        let scope = Scope {
            route: given('r'),
            service: given('s'),
            consumer: given('c'),
            consumer_group: given('g'),
        };
        assert_eq!(usize::from(scope.rank()), index + 1, "{letters}");
    }
}

/// UUIDs of version 5 under Kong's root, computed with Python's `uuid` module.
#[test]
fn ids_are_kongs() {
    let roots = root(
        "services: [{name: foo, plugins: [{name: http-log}], routes: [{name: bar}, {paths: [/a]}]}]\nplugins: [{name: http-log}]\nconsumers: [{username: bob, id: 0dc6f45b-8f8d-40d2-a504-473544ee190b}]\n",
    );
    let entities = Entities::new(&roots);
    let id = |list: &str, index: usize| {
        let (_, item) = entities.list(list).nth(index).unwrap();
        item.id.clone()
    };
    assert_eq!(id("services", 0), "2933fbcc-9d7c-54a7-a984-fe2bde836cea");
    assert_eq!(id("routes", 0), "ca257182-105b-55e7-848e-fa474e46c71f");
    assert_eq!(id("plugins", 0), "bae4a2dc-4262-5a94-97cf-32833e571852");
    assert_eq!(id("plugins", 1), "b8290bc9-425e-5059-8883-824d30b81a04");
    assert_eq!(id("consumers", 0), "0dc6f45b-8f8d-40d2-a504-473544ee190b");
    assert_eq!(id("routes", 1).len(), 36);
}

/// A name is looked for before an id; each kind of reference leads where it says.
#[test]
fn references_lead_by_name_and_by_id() {
    let roots = root(
        "services:\n- {name: a, id: 0dc6f45b-8f8d-40d2-a504-473544ee190b}\n- {name: 0dc6f45b-8f8d-40d2-a504-473544ee190b}\nroutes:\n- {service: a}\n- {service: 0dc6f45b-8f8d-40d2-a504-473544ee190b}\n- {service: {id: 0dc6f45b-8f8d-40d2-a504-473544ee190b}}\n- {service: {name: a}}\n- {service: none}\n",
    );
    let entities = Entities::new(&roots);
    let leads: Vec<Option<usize>> = entities
        .list("routes")
        .map(|(_, route)| route.parent("service"))
        .collect();
    assert_eq!(leads, [Some(0), Some(1), Some(0), Some(0), None]);
}

/// A disabled instance hides no wider one; an instance for a consumer is not chosen without one.
#[test]
fn the_narrowest_instance_runs() {
    let roots = root(
        "services:
- name: s
  plugins:
  - {name: cors, id: service}
  routes:
  - name: own
    plugins: [{name: cors, id: route}]
  - name: quiet
    plugins: [{name: cors, id: off, enabled: false}]
  - name: plain
routes:
- {name: alone}
consumers: [{username: bob}]
plugins:
- {name: cors, id: global}
- {name: cors, id: both, service: s, route: plain}
- {name: cors, id: bobs, consumer: bob}
- {name: acl, id: acl}
",
    );
    let entities = Entities::new(&roots);
    let plugins = Plugins::new(&entities);
    let runs = |name: &str| -> Vec<&str> {
        let (route, _) = entities
            .list("routes")
            .find(|(_, route)| route.text("name") == Some(name))
            .unwrap();
        plugins
            .anonymous(&entities, route)
            .into_iter()
            .map(|plugin| entities.get(plugin).unwrap().id.as_str())
            .collect()
    };
    assert_eq!(runs("own"), ["route", "acl"]);
    assert_eq!(runs("quiet"), ["service", "acl"]);
    assert_eq!(runs("plain"), ["both", "acl"]);
    assert_eq!(runs("alone"), ["global", "acl"]);
}
