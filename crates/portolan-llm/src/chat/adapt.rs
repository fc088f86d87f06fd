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
        let extra = &mut self.extra.fields;
        self.model = Some(Text::plain(target.model));
        extra.remove("model");
        let sampling = &mut self.sampling;
        for (name, field) in [
            ("temperature", &mut sampling.temperature),
            ("top_p", &mut sampling.top_p),
            ("top_k", &mut sampling.top_k),
        ] {
            if let Some(default) = target.default(name).filter(|_| field.is_none()) {
                *field = Number::parse(default);
                extra.remove(name);
            }
        }
        if let Some(default) = target
            .default("max_tokens")
            .filter(|_| self.max_tokens.is_none())
        {
            self.max_tokens = Number::parse(default).map(MaxTokens::Answer);
            extra.remove("max_tokens");
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
            if extra.remove(name) || refused {
                loss.drop(*name);
            }
        }
        if let Some(MaxTokens::Completion(number)) = &self.max_tokens
            && target.quirks.renamed("max_completion_tokens") == Some("max_tokens")
        {
            self.max_tokens = Some(MaxTokens::Answer(number.clone()));
        }
        if target.quirks.renamed("seed").is_some() && self.sampling.seed.take().is_some() {
            loss.drop("seed");
        }
        loss
    }
}
