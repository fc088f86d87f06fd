//! The plugins of one route in the order they run, chosen instance by instance as a request goes through.

use std::{collections::HashMap, sync::Arc};

use http::HeaderMap;
use portolan_config::compiled::{self, AiProxy, PluginConfig};

use super::{
    Answer, Flow, Need, Plugin, acl, correlation_id, cors, ip_restriction, key_auth,
    request_size_limiting, request_termination,
};
use crate::{
    consumers::Consumers,
    error::Kind,
    request::{HoldError, Request},
    state::ProxyState,
    worker::ClientGone,
};

#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// By priority, highest first.
    slots: Vec<Slot>,
    /// One that some client of the route may meet.
    ai_proxy: Option<Arc<ProxyState>>,
}

/// What the chains of one configuration share: an instance that stands on many routes is built once.
#[derive(Debug)]
pub(crate) struct Plugins {
    consumers: Arc<Consumers>,
    /// By the address of its configuration.
    built: HashMap<usize, Arc<dyn Plugin>>,
}

/// All instances of one plugin, the narrowest scope first.
#[derive(Debug)]
struct Slot {
    priority: i32,
    name: &'static str,
    instances: Vec<Instance>,
}

#[derive(Debug)]
struct Instance {
    /// By id; none: for any, and for nobody.
    consumer: Option<String>,
    /// By name.
    consumer_group: Option<String>,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// Only binds: the upstream is called when the last plugin of the access phase has passed.
    AiProxy(Arc<ProxyState>),
    Plugin(Arc<dyn Plugin>),
}

/// What came of the access phase.
#[derive(Debug)]
pub(crate) enum Passed {
    /// The AI proxy that was bound is the upstream.
    Ai(Arc<ProxyState>),
    /// Every plugin let the request pass, and there is no AI proxy.
    Plain,
    Answered(Answer),
}

impl Chain {
    pub(crate) fn build(
        instances: &[compiled::Plugin],
        plugins: &mut Plugins,
        mut proxy: impl FnMut(&Arc<AiProxy>) -> Result<Arc<ProxyState>, String>,
    ) -> Result<Self, String> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut ai_proxy = None;
        for plugin in instances {
            let (name, priority, step) = plugins.step(&plugin.config, &mut proxy)?;
            if let Step::AiProxy(proxy) = &step {
                ai_proxy.get_or_insert_with(|| Arc::clone(proxy));
            }
            let instance = Instance {
                consumer: plugin.consumer.clone(),
                consumer_group: plugin.consumer_group.clone(),
                step,
            };
            match slots.iter_mut().find(|slot| slot.name == name) {
                Some(slot) => slot.instances.push(instance),
                None => slots.push(Slot {
                    priority,
                    name,
                    instances: vec![instance],
                }),
            }
        }
        slots.sort_by_key(|slot| std::cmp::Reverse((slot.priority, slot.name)));
        Ok(Self { slots, ai_proxy })
    }

    /// One that some client of the route may meet.
    pub(crate) fn ai_proxy(&self) -> Option<&Arc<ProxyState>> {
        self.ai_proxy.as_ref()
    }

    /// The access phase, and what plugins do to the answer's head. Where a step answers, no other is asked to, and those
    /// after it still act on the head, as in Kong.
    pub(crate) async fn access(&self, request: &mut Request) -> Result<Passed, ClientGone> {
        let mut answer = None;
        let mut bound = None;
        for slot in &self.slots {
            match slot.choose(request) {
                None => {}
                Some(Step::AiProxy(proxy)) => bound = Some(Arc::clone(proxy)),
                Some(Step::Plugin(plugin)) => {
                    if answer.is_none() {
                        answer = run(plugin.as_ref(), request).await?;
                    }
                    respond(plugin.as_ref(), request);
                }
            }
        }
        Ok(match (answer, bound) {
            (Some(answer), _) => Passed::Answered(answer),
            (None, Some(proxy)) => Passed::Ai(proxy),
            (None, None) => Passed::Plain,
        })
    }

    /// For a request that no plugin is asked about: those that act on its answer.
    pub(crate) fn skip(&self, request: &mut Request) {
        for slot in &self.slots {
            if let Some(Step::Plugin(plugin)) = slot.choose(request) {
                respond(plugin.as_ref(), request);
            }
        }
    }
}

async fn run(plugin: &dyn Plugin, request: &mut Request) -> Result<Option<Answer>, ClientGone> {
    if plugin.need(request) >= Need::Read {
        let bound = plugin.bound(request);
        match request.hold(bound.as_ref().map(|bound| bound.bytes)).await {
            Ok(_) => {}
            Err(HoldError::ClientGone) => return Err(ClientGone),
            Err(HoldError::Refused(error)) => {
                let error = match bound {
                    Some(bound) if error.kind == Kind::BodyTooLarge => bound.error,
                    _ => error,
                };
                return Ok(Some(Answer::Error(Box::new(error), HeaderMap::new())));
            }
        }
    }
    match plugin.access(request) {
        Flow::Next => Ok(None),
        Flow::Answer(answer) => Ok(Some(answer)),
    }
}

fn respond(plugin: &dyn Plugin, request: &mut Request) {
    let mut edits = std::mem::take(&mut request.head_edits);
    plugin.respond(request, &mut edits);
    request.head_edits = edits;
}

impl Slot {
    /// The narrowest instance that is for whoever is identified by now.
    fn choose(&self, request: &Request) -> Option<&Step> {
        let consumer = request.identity.consumer.as_deref();
        let fits = |instance: &&Instance| {
            let who = instance.consumer.as_ref();
            let group = instance.consumer_group.as_ref();
            who.is_none_or(|id| consumer.is_some_and(|consumer| consumer.config.id == *id))
                && group.is_none_or(|group| {
                    consumer.is_some_and(|consumer| consumer.config.groups.contains(group))
                })
        };
        self.instances
            .iter()
            .find(fits)
            .map(|instance| &instance.step)
    }
}

impl Plugins {
    pub(crate) fn new(consumers: Consumers) -> Self {
        Self {
            consumers: Arc::new(consumers),
            built: HashMap::new(),
        }
    }

    /// Kong's name and priority of each, and what runs.
    fn step(
        &mut self,
        config: &PluginConfig,
        proxy: &mut impl FnMut(&Arc<AiProxy>) -> Result<Arc<ProxyState>, String>,
    ) -> Result<(&'static str, i32, Step), String> {
        #[cfg(test)]
        if let Some(plugin) = super::tests::stand_in(config) {
            return Ok(("stand-in", 773, Step::Plugin(plugin)));
        }
        let (name, priority, plugin) = match config {
            PluginConfig::AiProxy(config) => {
                return Ok(("ai-proxy", 770, Step::AiProxy(proxy(config)?)));
            }
            PluginConfig::Acl(config) => (
                "acl",
                950,
                self.shared(config, |config, _| Ok(acl::new(config))),
            ),
            PluginConfig::CorrelationId(config) => (
                "correlation-id",
                100_001,
                self.shared(config, |config, _| correlation_id::new(config)),
            ),
            PluginConfig::Cors(config) => (
                "cors",
                2000,
                self.shared(config, |config, _| cors::new(config)),
            ),
            PluginConfig::IpRestriction(config) => (
                "ip-restriction",
                990,
                self.shared(config, |config, _| Ok(ip_restriction::new(config))),
            ),
            PluginConfig::KeyAuth(config) => ("key-auth", 1250, self.shared(config, key_auth::new)),
            PluginConfig::RequestSizeLimiting(config) => (
                "request-size-limiting",
                951,
                self.shared(config, |config, _| Ok(request_size_limiting::new(config))),
            ),
            PluginConfig::RequestTermination(config) => (
                "request-termination",
                2,
                self.shared(config, |config, _| request_termination::new(config)),
            ),
        };
        Ok((name, priority, Step::Plugin(plugin?)))
    }

    fn shared<C>(
        &mut self,
        config: &Arc<C>,
        build: impl FnOnce(&Arc<C>, &Arc<Consumers>) -> Result<Arc<dyn Plugin>, String>,
    ) -> Result<Arc<dyn Plugin>, String> {
        let address = Arc::as_ptr(config).addr();
        if let Some(built) = self.built.get(&address) {
            return Ok(Arc::clone(built));
        }
        let plugin = build(config, &self.consumers)?;
        self.built.insert(address, Arc::clone(&plugin));
        Ok(plugin)
    }
}

#[cfg(test)]
mod tests {
    use portolan_config::compiled::plugin::RequestSizeLimiting;

    use super::*;

    /// Ten thousand routes under a plugin for all have one of it.
    #[test]
    fn an_instance_on_several_routes_is_built_once() {
        let limit = |allowed| compiled::Plugin {
            id: String::new(),
            consumer: None,
            consumer_group: None,
            config: PluginConfig::RequestSizeLimiting(Arc::new(RequestSizeLimiting {
                allowed,
                require_content_length: false,
            })),
        };
        let mut plugins = Plugins::new(Consumers::default());
        let mut plugin = |instance: &compiled::Plugin| {
            let instances = std::slice::from_ref(instance);
            let chain = Chain::build(instances, &mut plugins, |_| Err(String::new())).unwrap();
            match &chain.slots[0].instances[0].step {
                Step::Plugin(plugin) => Arc::clone(plugin),
                Step::AiProxy(_) => panic!("no AI proxy"),
            }
        };
        let (one, other) = (limit(1), limit(1));
        assert!(Arc::ptr_eq(&plugin(&one), &plugin(&one.clone())));
        assert!(!Arc::ptr_eq(&plugin(&one), &plugin(&other)));
    }
}
