//! `ip-restriction`

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

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

/// Of an address alone: that address. `::ffff:a.b.c.d` is `a.b.c.d`, as every client's address is.
pub(crate) fn range(text: &str) -> Result<IpNet, String> {
    let wrong = |_| format!("invalid ip or cidr range: '{text}'");
    let range = match text.parse() {
        Ok(range) => range,
        Err(_) => text.parse::<IpAddr>().map(IpNet::from).map_err(wrong)?,
    };
    Ok(unmapped(range).unwrap_or(range))
}

/// None: it is no range of mapped addresses.
fn unmapped(range: IpNet) -> Option<IpNet> {
    let IpNet::V6(range) = range else {
        return None;
    };
    let address = range.addr().to_ipv4_mapped()?;
    let bits = range.prefix_len().checked_sub(96)?;
    Ipv4Net::new(address, bits).ok().map(IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4291, 2.5.5.2: 96 bits say that the rest is of IPv4.
    #[test]
    fn a_mapped_range_is_of_ipv4() {
        for (written, meant) in [
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("10.1.0.0/16", "10.1.0.0/16"),
        ] {
            assert_eq!(range(written), Ok(meant.parse().unwrap()), "{written}");
        }
        assert!(range("10.0.0.0/33").is_err());
    }
}
