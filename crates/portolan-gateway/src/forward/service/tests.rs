use std::time::Duration;

use portolan_config::compiled::{Timeouts, UpstreamTarget};

use super::*;

fn upstream(weights: &[(&str, u32)], host_header: Option<&str>) -> Upstream {
    let target = |(host, weight): &(&str, u32)| UpstreamTarget {
        host: Arc::from(*host),
        port: 8080,
        weight: *weight,
    };
    Upstream {
        id: "upstream".to_owned(),
        name: "pool".to_owned(),
        host_header: host_header.map(str::to_owned),
        targets: weights.iter().map(target).collect(),
        client_certificate: None,
    }
}

fn service(id: &str, origin: (bool, &str, u16), upstream: Option<Upstream>) -> Arc<Service> {
    let (tls, host, port) = origin;
    let second = Duration::from_secs(1);
    Arc::new(Service {
        id: id.to_owned(),
        name: None,
        origin: Origin {
            tls,
            host: Arc::from(host),
            port,
        },
        path: None,
        retries: 5,
        timeouts: Timeouts {
            connect: second,
            write: second,
            read: second,
        },
        tls: UpstreamTls::default(),
        upstream: upstream.map(Arc::new),
    })
}

fn built(services: &[&Arc<Service>], previous: Option<&Services>) -> Services {
    let mut built = Services::default();
    for service in services {
        built.add(service, previous, &|_: &str| None).unwrap();
    }
    built
}

fn hosts(services: &Services, service: &Service, count: usize) -> Vec<String> {
    let state = services.get(service).unwrap();
    let host = |_| {
        let chosen = state.choose(&[]).unwrap();
        chosen.target.destination.origin.host.to_string()
    };
    (0..count).map(host).collect()
}

const POOL: (bool, &str, u16) = (false, "pool", 80);

/// `kong-core.md` 3.6: the port, unless it is the scheme's own.
#[test]
fn a_target_is_called_by_its_host() {
    for (origin, expected) in [
        ((false, "a.test", 80), "a.test"),
        ((false, "a.test", 8080), "a.test:8080"),
        ((false, "a.test", 443), "a.test:443"),
        ((true, "a.test", 443), "a.test"),
        ((true, "a.test", 80), "a.test:80"),
        ((false, "::1", 80), "[::1]"),
        ((false, "::1", 81), "[::1]:81"),
    ] {
        let service = service("s", origin, None);
        let services = built(&[&service], None);
        let state = services.get(&service).unwrap();
        assert_eq!(state.choose(&[]).unwrap().target.host, expected);
    }
    for (host_header, expected) in [(None, "a.test:8080"), (Some("b.test"), "b.test")] {
        let service = service("s", POOL, Some(upstream(&[("a.test", 1)], host_header)));
        let services = built(&[&service], None);
        let state = services.get(&service).unwrap();
        assert_eq!(state.choose(&[]).unwrap().target.host, expected);
    }
}

#[test]
fn an_upstream_without_targets_has_none_to_choose() {
    let service = service("s", POOL, Some(upstream(&[], None)));
    let services = built(&[&service], None);
    assert!(services.get(&service).unwrap().choose(&[]).is_none());
}

/// Smooth weighted round-robin over 3 and 1, by hand: a a b a.
#[test]
fn services_of_one_upstream_share_its_turn() {
    let pool = || Some(upstream(&[("a", 3), ("b", 1)], None));
    let (one, other) = (service("one", POOL, pool()), service("other", POOL, pool()));
    let services = built(&[&one, &other], None);
    assert_eq!(hosts(&services, &one, 2), ["a", "a"]);
    assert_eq!(hosts(&services, &other, 2), ["b", "a"]);
}

#[test]
fn a_turn_outlives_a_snapshot_unless_the_upstream_changed() {
    let before = service("s", POOL, Some(upstream(&[("a", 3), ("b", 1)], None)));
    let old = built(&[&before], None);
    assert_eq!(hosts(&old, &before, 2), ["a", "a"]);
    let same = service("s", POOL, Some(upstream(&[("a", 3), ("b", 1)], None)));
    let new = built(&[&same], Some(&old));
    assert_eq!(hosts(&new, &same, 2), ["b", "a"]);
    let changed = service("s", POOL, Some(upstream(&[("a", 3), ("c", 1)], None)));
    let newer = built(&[&changed], Some(&new));
    assert_eq!(hosts(&newer, &changed, 4), ["a", "a", "c", "a"]);
}

/// Connections under TLS are shared by what asks for the same, over a reload too.
#[test]
fn what_asks_for_the_same_trust_shares_it() {
    let secure = (true, "a.test", 443);
    let with = |id: &str, tls: UpstreamTls| {
        let plain = service(id, secure, None);
        Arc::new(Service {
            tls,
            ..Arc::into_inner(plain).unwrap()
        })
    };
    let unverified = || UpstreamTls {
        unverified: true,
        ..UpstreamTls::default()
    };
    let ordinary = with("one", UpstreamTls::default());
    let (lax, other) = (with("two", unverified()), with("three", unverified()));
    let old = built(&[&ordinary, &lax, &other], None);
    let new = built(&[&other, &ordinary], Some(&old));
    let trust = |services: &Services, service: &Service| {
        let state = services.get(service).unwrap();
        let tls = state.choose(&[]).unwrap().target.destination.tls.clone();
        tls.unwrap().trust
    };
    assert_eq!(trust(&old, &lax), trust(&old, &other));
    assert_ne!(trust(&old, &lax), trust(&old, &ordinary));
    assert_eq!(trust(&new, &other), trust(&old, &lax));
    assert_eq!(trust(&new, &ordinary), trust(&old, &ordinary));
}

/// `kong-core.md` 3.6: SNI is the host that is sent, without its port.
#[test]
fn the_servers_name_follows_the_host() {
    let service = service("s", (true, "a.test", 8443), None);
    let services = built(&[&service], None);
    let state = services.get(&service).unwrap();
    let chosen = state.choose(&[]).unwrap();
    for (host, expected) in [
        (None, "a.test"),
        (Some("b.test"), "b.test"),
        (Some("b.test:99"), "b.test"),
        (Some("not/a name"), "a.test"),
    ] {
        let host = host.map(HeaderValue::from_static);
        let to = chosen.target.destination(host.as_ref());
        let tls = to.tls.as_ref().unwrap();
        assert_eq!(tls.name.to_str(), expected);
    }
}

#[test]
fn what_is_no_certificate_is_told_without_its_key() {
    let broken = Certificate {
        id: "c".to_owned(),
        pair: portolan_config::compiled::KeyPair {
            chain: literal("no PEM"),
            key: literal("FAKE-private-key"),
        },
        alternative: None,
        names: Vec::new(),
    };
    let plain = service("s", (true, "a.test", 443), None);
    let service = Arc::new(Service {
        tls: UpstreamTls {
            client_certificate: Some(Arc::new(broken)),
            ..UpstreamTls::default()
        },
        ..Arc::into_inner(plain).unwrap()
    });
    let error = Services::default()
        .add(&service, None, &|_: &str| None)
        .unwrap_err();
    assert!(error.contains("client certificate"), "{error}");
    assert!(!error.contains("FAKE"), "{error}");
}

fn literal(text: &str) -> secret::SecretRef {
    secret::SecretRef::Literal(Arc::new(Secret::new(text)))
}
