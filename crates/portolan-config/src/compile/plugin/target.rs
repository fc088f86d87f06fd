//! One upstream model.

use std::collections::BTreeMap;

use portolan_llm::{operation::Operation, provider};

use crate::{
    compiled::{HeaderAuth, Logging, ModelOptions, Target, TargetUrl},
    document::Node,
    schema::view::View,
    secret::{SecretRef, Vaults},
    template::Template,
    url,
};

/// `view`: an item of `targets`, or the configuration that holds a target's fields.
pub(super) fn target(view: View<'_>, vaults: &Vaults) -> Option<Target> {
    let model = view.record("model")?;
    let options = model.record("options")?;
    let provider = provider::by_name(model.text("provider")?)?;
    let operation = Operation::from_route_type(view.text("route_type")?)?;
    let endpoint = provider.endpoint(operation)?;
    let url = match options.text("upstream_url") {
        Some(url) => url::parse(url).ok()?,
        None => url::parse(&format!("{}{}", provider.origin, endpoint.path)).ok()?,
    };
    let logging = view.record("logging")?;
    Some(Target {
        provider,
        operation,
        endpoint,
        model: match model.text("name") {
            Some(name) => Some(Template::parse(name).ok()?),
            None => None,
        },
        options: ModelOptions {
            defaults: defaults(options),
        },
        upstream: TargetUrl {
            origin: url.origin,
            path: url.path,
        },
        auth: auth(view.record("auth")?, vaults)?,
        weight: u32::try_from(view.int("weight")?).ok()?,
        logging: Logging {
            log_statistics: logging.flag("log_statistics")?,
            log_payloads: logging.flag("log_payloads")?,
        },
    })
}

fn defaults(options: View<'_>) -> BTreeMap<&'static str, String> {
    let integer = |name: &'static str| Some((name, options.int(name)?.to_string()));
    let number = |name: &'static str| {
        Some((
            name,
            options.given(name).and_then(Node::scalar)?.json_number()?,
        ))
    };
    let fields = [
        integer("max_tokens"),
        integer("top_k"),
        number("temperature"),
        number("top_p"),
    ];
    fields.into_iter().flatten().collect()
}

fn auth(view: View<'_>, vaults: &Vaults) -> Option<Vec<HeaderAuth>> {
    let Some(name) = view.text("header_name") else {
        return Some(Vec::new());
    };
    Some(vec![HeaderAuth {
        name: SecretRef::parse(name, vaults).ok()?,
        value: SecretRef::parse(view.text("header_value")?, vaults).ok()?,
    }])
}
