//! `ip-restriction`

use ipnet::IpNet;

use super::text;
use crate::{
    compiled::plugin::IpRestriction,
    schema::{plugin::ip_restriction::range, view::View},
};

/// Kong's, where the file has none.
const STATUS: u16 = 403;

pub(super) fn ip_restriction(config: View<'_>) -> Option<IpRestriction> {
    Some(IpRestriction {
        allow: ranges(config, "allow")?,
        deny: ranges(config, "deny")?,
        status: match config.int("status") {
            Some(status) => u16::try_from(status).ok()?,
            None => STATUS,
        },
        message: text(config, "message"),
    })
}

fn ranges(config: View<'_>, name: &str) -> Option<Vec<IpNet>> {
    let listed = config.texts(name).into_iter();
    listed.map(|text| range(text).ok()).collect()
}
