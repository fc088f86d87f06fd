//! Step 5: the balancer's lease on the best target, and the model that it resolves to.

use super::{Body, Exchange};
use crate::{
    balance::Lease,
    error::{GatewayError, Kind},
    state::TargetState,
};

/// A target that an attempt goes to.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) lease: Lease,
    /// What the provider is asked for.
    pub(super) model: String,
}

/// Kong's rules and texts.
pub(super) fn model(exchange: &Exchange, target: &TargetState) -> Result<String, GatewayError> {
    let refuse = |message: String| GatewayError {
        param: Some("model".to_owned()),
        ..GatewayError::new(Kind::BadRequest, message)
    };
    let asked = match &exchange.body {
        Body::Json { peek, .. } => peek.model.as_deref(),
        Body::Empty => None,
    };
    let Some(template) = &target.target.model else {
        return asked.map(str::to_owned).ok_or_else(|| {
            refuse("model parameter not found in request, nor in gateway configuration".to_owned())
        });
    };
    let model = template
        .render(|source, key| exchange.value(source, key))
        .map_err(|missing| refuse(missing.to_string()))?;
    match asked {
        Some(asked) if asked != model => {
            Err(refuse(format!("cannot use own model - must be: {model}")))
        }
        _ => Ok(model.into_owned()),
    }
}
