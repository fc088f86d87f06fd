//! The plugins of one route in the order they run, chosen instance by instance as a request goes through.

use std::sync::Arc;

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

/// By priority, highest first.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    slots: Vec<Slot>,
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
        plugins: &[compiled::Plugin],
        consumers: &Arc<Consumers>,
        mut proxy: impl FnMut(&Arc<AiProxy>) -> Result<Arc<ProxyState>, String>,
    ) -> Result<Self, String> {
        let mut slots: Vec<Slot> = Vec::new();
        for plugin in plugins {
            let (name, priority, step) = step(&plugin.config, consumers, &mut proxy)?;
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
        Ok(Self { slots })
    }

    /// One that some client of the route may meet.
    pub(crate) fn ai_proxy(&self) -> Option<&Arc<ProxyState>> {
        let mut instances = self.slots.iter().flat_map(|slot| &slot.instances);
        instances.find_map(|instance| match &instance.step {
            Step::AiProxy(proxy) => Some(proxy),
            Step::Plugin(_) => None,
        })
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

/// Kong's name and priority of each, and what runs.
fn step(
    config: &PluginConfig,
    consumers: &Arc<Consumers>,
    proxy: &mut impl FnMut(&Arc<AiProxy>) -> Result<Arc<ProxyState>, String>,
) -> Result<(&'static str, i32, Step), String> {
    #[cfg(test)]
    if let Some(plugin) = super::tests::stand_in(config) {
        return Ok(("stand-in", 773, Step::Plugin(plugin)));
    }
    let (name, priority, plugin): (_, _, Arc<dyn Plugin>) = match config {
        PluginConfig::AiProxy(config) => {
            return Ok(("ai-proxy", 770, Step::AiProxy(proxy(config)?)));
        }
        PluginConfig::Acl(config) => ("acl", 950, acl::new(config)),
        PluginConfig::CorrelationId(config) => {
            ("correlation-id", 100_001, correlation_id::new(config)?)
        }
        PluginConfig::Cors(config) => ("cors", 2000, cors::new(config)?),
        PluginConfig::IpRestriction(config) => ("ip-restriction", 990, ip_restriction::new(config)),
        PluginConfig::KeyAuth(config) => ("key-auth", 1250, key_auth::new(config, consumers)?),
        PluginConfig::RequestSizeLimiting(config) => (
            "request-size-limiting",
            951,
            request_size_limiting::new(config),
        ),
        PluginConfig::RequestTermination(config) => {
            ("request-termination", 2, request_termination::new(config)?)
        }
    };
    Ok((name, priority, Step::Plugin(plugin)))
}
