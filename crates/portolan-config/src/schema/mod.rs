//! Declarative field tables, one file an entity or plugin, and the walker that goes over tree and table together.
//! Every fault is found in one pass; what passes, `compile` can read without failing.

mod ai_proxy;
mod field;
mod links;
mod options;
mod plugin;
mod root;
mod route;
pub(crate) mod route_path;
pub(crate) mod scope;
mod service;
mod shape;
mod suggest;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod view;
mod walk;

pub(crate) use ai_proxy::BALANCER;
pub(crate) use plugin::PLUGIN;
pub(crate) use route::ROUTE;
pub(crate) use service::SERVICE;

use crate::{
    document::Node,
    fault::{Faults, Path},
};

pub(crate) fn validate(root: &Node, faults: &mut Faults) {
    if let Some(message) = shape::misfit(root) {
        faults.error(root.at, Path::ROOT, message);
        return;
    }
    walk::record(root, &root::ROOT, &Path::ROOT, faults);
    links::check(root, faults);
}
