//! `ip-restriction`

use std::net::IpAddr;

use ipnet::IpNet;

use crate::{
    document::Node,
    fault::{Faults, Path},
    schema::field::{Field, Kind, Record, Text},
};

pub(crate) static CONFIG: Record = Record::new(
    "ip-restriction",
    &[&[
        Field::list("allow", &RANGE).doc("Addresses and ranges; all others are refused."),
        Field::list("deny", &RANGE).doc("Addresses and ranges; asked before `allow`."),
        Field::text("message").doc("Left out: `IP address not allowed: ` and the address."),
        Field::integer("status", 200, 599).doc("Left out: 403."),
    ]],
)
.checked(check);

static RANGE: Kind = Kind::Text(Text::checked(check_range));

fn check(config: &Node, path: &Path<'_>, faults: &mut Faults) {
    let empty = |name: &str| {
        config
            .given(name)
            .is_none_or(|list| list.items().is_empty())
    };
    if empty("allow") && empty("deny") {
        let message =
            "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
        faults.error(config.at, path, message);
    }
}

fn check_range(text: &str) -> Result<(), String> {
    range(text).map(drop)
}

/// Of an address alone: that address.
pub(crate) fn range(text: &str) -> Result<IpNet, String> {
    let wrong = |_| format!("invalid ip or cidr range: '{text}'");
    match text.parse() {
        Ok(range) => Ok(range),
        Err(_) => text.parse::<IpAddr>().map(IpNet::from).map_err(wrong),
    }
}
