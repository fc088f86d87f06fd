//! What a target wants of a request that goes through the hub.

use super::{Loss, MaxTokens, Request};
use crate::{
    format::Adaptation,
    json::{Number, Text},
    provider::StreamUsage,
};

impl<'a> Request<'a> {
    /// Sets the model, fills in the defaults and leaves out what the provider refuses.
    pub fn adapt(&mut self, target: &Adaptation<'a>) -> Loss {
        let mut loss = Loss::default();
        self.model = Some(Text::plain(target.model));
        let default = |name: &str| {
            let text = target.defaults.get(name)?;
            (!target.quirks.refuses.contains(&name)).then(|| Number::parse(text))?
        };
        let sampling = &mut self.sampling;
        for (name, field) in [
            ("temperature", &mut sampling.temperature),
            ("top_p", &mut sampling.top_p),
            ("top_k", &mut sampling.top_k),
        ] {
            if field.is_none() {
                *field = default(name);
            }
        }
        if self.max_tokens.is_none() {
            self.max_tokens = default("max_tokens").map(MaxTokens::Answer);
        }
        self.stream_usage = self.stream
            && match target.quirks.stream_usage {
                StreamUsage::OnRequest => true,
                StreamUsage::Always => {
                    self.stream_usage && !target.quirks.refuses.contains(&"stream_options")
                }
            };
        for name in target.quirks.refuses {
            let refused = match *name {
                "top_k" => self.sampling.top_k.take().is_some(),
                "seed" => self.sampling.seed.take().is_some(),
                _ => false,
            };
            if refused {
                loss.drop(*name);
            }
        }
        loss
    }
}
