//! Step 3 of the flow: a route's plugins, by Kong's priorities, highest first.

use std::sync::Arc;

use portolan_config::compiled::{AiProxy, Plugin};

use crate::state::ProxyState;

/// Kong's priority of `ai-proxy` and `ai-proxy-advanced`. Their step only binds the configuration: the upstream is
/// called when the last plugin of the access phase has passed.
const AI_PROXY: i32 = 770;

/// The plugins of one route, in the order they run.
#[derive(Debug)]
pub(crate) struct Chain {
    steps: Vec<(i32, Step)>,
}

#[derive(Debug)]
enum Step {
    AiProxy(Arc<ProxyState>),
}

impl Chain {
    pub(crate) fn build(
        plugins: &[Plugin],
        mut proxy: impl FnMut(&Arc<AiProxy>) -> Result<Arc<ProxyState>, String>,
    ) -> Result<Self, String> {
        let mut steps = plugins
            .iter()
            .map(|plugin| match plugin {
                Plugin::AiProxy(config) => Ok((AI_PROXY, Step::AiProxy(proxy(config)?))),
            })
            .collect::<Result<Vec<_>, String>>()?;
        steps.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
        Ok(Self { steps })
    }

    /// Runs the access phase: the AI proxy that was bound, where one is.
    pub(crate) fn access(&self) -> Option<Arc<ProxyState>> {
        self.steps
            .iter()
            .map(|(_, step)| match step {
                Step::AiProxy(proxy) => Arc::clone(proxy),
            })
            .next_back()
    }
}
