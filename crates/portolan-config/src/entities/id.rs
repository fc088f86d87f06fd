//! The ids that Kong makes for entities without one: UUIDs of version 5, the same at every load.

use uuid::Uuid;

use super::Entities;

/// Kong's root of all namespaces.
const ROOT: Uuid = Uuid::from_u128(0xfd02801f_0957_4a15_a55a_c8d9606f30b5);

impl Entities<'_> {
    pub(super) fn identify(&mut self) {
        // Keys of some entities hold the ids of others: those that stand alone come first.
        for dependent in [false, true] {
            for index in 0..self.items.len() {
                let item = &self.items[index];
                let needs_others = matches!(
                    item.entity.name,
                    "targets" | "plugins" | "consumer_group_plugins" | "acls"
                );
                if item.id.is_empty() && needs_others == dependent {
                    let key = self.made_from(index);
                    let namespace = Uuid::new_v5(&ROOT, item.entity.name.as_bytes());
                    self.items[index].id = Uuid::new_v5(&namespace, key.as_bytes()).to_string();
                }
            }
        }
    }

    /// Where Kong has no key it makes a random id at each load; ours follows the place in the file.
    fn made_from(&self, index: usize) -> String {
        let item = &self.items[index];
        let linked = |field: &str| {
            let linked = item.parent(field).and_then(|to| self.get(to));
            linked.map(|linked| linked.id.as_str()).unwrap_or_default()
        };
        let text = |field: &str| item.text(field).unwrap_or_default();
        match item.entity.name {
            "plugins" | "consumer_group_plugins" => {
                let group = match linked("consumer_group") {
                    "" => String::new(),
                    group => format!(":{group}"),
                };
                format!(
                    "plugins:*:{}:{}:{}:{}{group}",
                    text("name"),
                    linked("route"),
                    linked("service"),
                    linked("consumer"),
                )
            }
            "acls" => format!("acls:*:{}:{}", linked("consumer"), text("group")),
            "targets" => format!("{}:{}:*", text("target"), linked("upstream")),
            "keyauth_credentials" => format!("keyauth_credentials:*:{}", text("key")),
            _ => match item.key() {
                Some(key) => key.to_owned(),
                None => format!("{}:{}", item.node.at.file, item.place),
            },
        }
    }
}
