use super::*;

fn config(allow: &[&str], deny: &[&str]) -> IpRestriction {
    let ranges = |texts: &[&str]| {
        let range = |text: &&str| match text.parse() {
            Ok(range) => range,
            Err(_) => IpNet::from(text.parse::<IpAddr>().unwrap()),
        };
        texts.iter().map(range).collect()
    };
    IpRestriction {
        allow: ranges(allow),
        deny: ranges(deny),
        status: 403,
        message: None,
    }
}

/// `kong-core.md` 5.11: deny first, then allow.
#[test]
fn deny_comes_before_allow() {
    let config = config(&["10.0.0.0/8", "2001:db8::/32"], &["10.1.2.3"]);
    for (address, pass) in [
        ("10.1.2.4", true),
        ("10.1.2.3", false),
        ("::ffff:10.1.2.3", false),
        ("::ffff:10.1.2.4", true),
        ("11.0.0.1", false),
        ("2001:db8::1", true),
        ("2001:db9::1", false),
    ] {
        assert_eq!(passes(&config, address.parse().unwrap()), pass, "{address}");
    }
}

#[test]
fn deny_alone_lets_others_pass() {
    let config = config(&[], &["192.0.2.0/24"]);
    assert!(passes(&config, "198.51.100.1".parse().unwrap()));
    assert!(!passes(&config, "192.0.2.200".parse().unwrap()));
}
