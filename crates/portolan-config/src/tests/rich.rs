//! One file with every entity that a plain request can meet: what the gateway gets of it, field by field.

use std::{fmt::Debug, sync::Arc, time::Duration};

use crate::{
    Loaded,
    compiled::{
        ApiKey, Certificate, Config, Consumer, HeaderPattern, HostPattern, NamePattern, Origin,
        PathPattern, Protocols, Route, Service, SniPattern, Timeouts, UpstreamTarget,
    },
    secret::{Secret, SecretRef, Vaults},
    testing::loaded,
};

const FILE: &str = r#"_format_version: "3.0"
certificates:
- id: 5b9bce82-59c0-4e73-9e91-40dde05f0010
  cert: "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----"
  key: '{vault://env/edge-key}'
  cert_alt: "-----BEGIN CERTIFICATE-----\nQg==\n-----END CERTIFICATE-----"
  key_alt: "-----BEGIN EC PRIVATE KEY-----\nFAKE\n-----END EC PRIVATE KEY-----"
  snis: [LLM.example.com, "*.llm.example.com"]
- id: 6a8adf93-68d1-4f84-8fa2-51eef1600011
  cert: '{vault://env/chat-cert}'
  key: "-----BEGIN PRIVATE KEY-----\nFAKE\n-----END PRIVATE KEY-----"
  snis:
  - name: chat.*
  - {name: "*", tags: [default]}
snis:
- {name: edge.example.com, certificate: 5b9bce82-59c0-4e73-9e91-40dde05f0010}
ca_certificates:
- id: 886801b5-86f3-41a6-91c4-730013820013
  cert: "-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----"
upstreams:
- name: llm-pool
  host_header: llm.example.com
  client_certificate: 6a8adf93-68d1-4f84-8fa2-51eef1600011
  targets:
  - {target: "LLM-0.internal:8443", weight: 30}
  - {target: "10.0.0.7:9000", weight: 0}
  - target: "[2001:DB8::7]:9443"
targets:
- {target: "10.0.0.8:9000", weight: 65535, upstream: llm-pool}
services:
- name: pooled
  protocol: https
  host: llm-pool
  port: 443
  path: /v1/
  retries: 2
  connect_timeout: 1000
  write_timeout: 2000
  read_timeout: 3000
  tls_verify: false
  tls_verify_depth: 3
  tls_sans: {dnsnames: [llm.example.com, api.example.com]}
  ca_certificates: [886801b5-86f3-41a6-91c4-730013820013]
  client_certificate: 5b9bce82-59c0-4e73-9e91-40dde05f0010
- {name: also-pooled, host: llm-pool}
- {name: direct, url: "https://API.example.com/v2"}
- name: resting
  url: http://resting.internal
  enabled: false
  routes: [{name: resting, paths: [/resting]}]
routes:
- name: everything
  service: pooled
  protocols: [https]
  methods: [POST, OPTIONS]
  hosts: [LLM.example.com, "llm.example.com:8443", "*.Models.example.com", "*.example.org:9443", eu.*]
  paths: [/v1/chat, '~/(?<model>[^/]+)/chat$']
  headers:
    X_Team: [Search, '~*GPT-\D+']
    x-tier: [gold]
  snis: [llm.example.com., "*.llm.example.com", edge.*]
  regex_priority: 7
  https_redirect_status_code: 308
  strip_path: false
  preserve_host: true
  request_buffering: false
  response_buffering: false
- {name: plain, service: also-pooled, paths: [/plain]}
- {name: direct, service: direct, protocols: [http], hosts: [10.0.0.1]}
consumers:
- username: alice
  custom_id: cost-centre-17
  groups: [{name: silver}]
  acls: [{group: readers}, {group: writers}]
  keyauth_credentials:
  - key: FAKE-key-of-alice
  - {key: FAKE-old-key-of-alice, ttl: 1893456000}
- custom_id: only-an-id
- {username: bob, id: 5c1a2c6e-6d0e-4c38-8f4e-0a8c7b1d0003}
consumer_groups:
- name: silver
- {name: gold, consumers: [{username: bob}]}
consumer_group_consumers:
- {consumer: alice, consumer_group: gold}
keyauth_credentials:
- {key: FAKE-key-of-bob, consumer: {username: bob}}
acls:
- {group: readers, consumer: bob}
"#;

fn config() -> Config {
    loaded(FILE).config
}

fn route(config: &Config, name: &str) -> Arc<Route> {
    let mut routes = config.routes.iter();
    let found = routes.find(|route| route.name.as_deref() == Some(name));
    Arc::clone(found.unwrap())
}

fn service(config: &Config, route_name: &str) -> Arc<Service> {
    Arc::clone(route(config, route_name).service.as_ref().unwrap())
}

/// In an order of their own: the file has none.
fn sorted<T: Debug>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by_key(|item| format!("{item:?}"));
    items
}

fn literal(text: &str) -> SecretRef {
    SecretRef::parse(text, &Vaults::default()).unwrap()
}

fn exact(name: &str) -> NamePattern {
    NamePattern::Exact(name.to_owned())
}

/// `services[].enabled: false` takes its routes with it.
#[test]
fn routes_of_a_disabled_service_are_left_out() {
    let config = config();
    let names: Vec<&str> = config
        .routes
        .iter()
        .filter_map(|route| route.name.as_deref())
        .collect();
    assert_eq!(names, ["everything", "plain", "direct"]);
}

/// The id is a UUIDv5 under Kong's root, computed with Python's `uuid` module.
#[test]
fn a_route_has_its_options() {
    let config = config();
    let everything = route(&config, "everything");
    assert_eq!(everything.id, "387ac1a6-e230-5cc7-acb1-d814d6a656b5");
    assert_eq!(
        everything.protocols,
        Protocols {
            http: false,
            https: true
        }
    );
    assert_eq!(everything.methods, ["POST", "OPTIONS"]);
    assert_eq!(everything.regex_priority, 7);
    assert_eq!(everything.https_redirect_status, 308);
    assert!(!everything.strip_path && everything.preserve_host && !everything.request_buffering);
    assert!(everything.plugins.is_empty());
    let [PathPattern::Prefix(prefix), PathPattern::Regex(regex)] = everything.paths.as_slice()
    else {
        panic!("{:?}", everything.paths);
    };
    assert_eq!(prefix, "/v1/chat");
    let regex = regex.regex().unwrap();
    assert!(regex.is_match("/gpt-4o/chat") && !regex.is_match("/v2/gpt-4o/chat"));
}

/// Kong's defaults, `protocols` as up to 3.13.
#[test]
fn a_route_that_says_little_has_kongs_defaults() {
    let config = config();
    let plain = route(&config, "plain");
    assert_eq!(
        plain.protocols,
        Protocols {
            http: true,
            https: true
        }
    );
    assert!(plain.methods.is_empty() && plain.hosts.is_empty() && plain.headers.is_empty());
    assert!(plain.snis.is_empty());
    assert_eq!(plain.regex_priority, 0);
    assert_eq!(plain.https_redirect_status, 426);
    assert!(plain.strip_path && !plain.preserve_host && plain.request_buffering);
    let direct = route(&config, "direct");
    assert!(direct.protocols.http && !direct.protocols.https && direct.paths.is_empty());
}

/// Letter case stays: Kong compares hosts with it.
#[test]
fn hosts_are_names_wildcards_and_ports() {
    let config = config();
    let host = |name: NamePattern, port: Option<u16>| HostPattern { name, port };
    assert_eq!(
        route(&config, "everything").hosts,
        [
            host(exact("LLM.example.com"), None),
            host(exact("llm.example.com"), Some(8443)),
            host(NamePattern::Suffix(".Models.example.com".to_owned()), None),
            host(NamePattern::Suffix(".example.org".to_owned()), Some(9443)),
            host(NamePattern::Prefix("eu.".to_owned()), None),
        ]
    );
    assert_eq!(
        route(&config, "direct").hosts,
        [host(exact("10.0.0.1"), None)]
    );
}

/// Kong lowers a pattern with its value: `\D` becomes `\d`.
#[test]
fn headers_are_lowered_and_their_regexes_float() {
    let config = config();
    let everything = route(&config, "everything");
    assert_eq!(everything.headers.len(), 2);
    let values = |name: &str| {
        let mut headers = everything.headers.iter();
        let (_, values) = headers.find(|(known, _)| known == name).unwrap();
        values.as_slice()
    };
    let [HeaderPattern::Exact(gold)] = values("x-tier") else {
        panic!("{:?}", values("x-tier"));
    };
    assert_eq!(gold, "gold");
    let [HeaderPattern::Exact(search), HeaderPattern::Regex(gpt)] = values("x-team") else {
        panic!("{:?}", values("x-team"));
    };
    assert_eq!(search, "search");
    let gpt = gpt.regex().unwrap();
    assert!(gpt.is_match("the gpt-4 team"));
    assert!(!gpt.is_match("the gpt-x team") && !gpt.is_match("GPT-4"));
}

#[test]
fn server_names_lose_their_trailing_dot() {
    assert_eq!(
        route(&config(), "everything").snis,
        [
            exact("llm.example.com"),
            NamePattern::Suffix(".llm.example.com".to_owned()),
            NamePattern::Prefix("edge.".to_owned()),
        ]
    );
}

fn origin(tls: bool, host: &str, port: u16) -> Origin {
    Origin {
        tls,
        host: Arc::from(host),
        port,
    }
}

#[test]
fn a_service_has_its_address_and_its_bounds() {
    let config = config();
    let pooled = service(&config, "everything");
    assert_eq!(pooled.id, "ddbefcab-a633-577a-8977-32ab2bb60b99");
    assert_eq!(pooled.name.as_deref(), Some("pooled"));
    assert_eq!(pooled.origin, origin(true, "llm-pool", 443));
    assert_eq!(pooled.path.as_deref(), Some("/v1/"));
    assert_eq!(pooled.retries, 2);
    assert_eq!(
        pooled.timeouts,
        Timeouts {
            connect: Duration::from_secs(1),
            write: Duration::from_secs(2),
            read: Duration::from_secs(3),
        }
    );
    let direct = service(&config, "direct");
    assert_eq!(direct.origin, origin(true, "api.example.com", 443));
    assert_eq!(direct.path.as_deref(), Some("/v2"));
    assert_eq!(direct.retries, 5);
    assert_eq!(direct.timeouts.read, Duration::from_secs(60));
    assert!(direct.upstream.is_none());
    let plain = service(&config, "plain");
    assert_eq!(plain.origin, origin(false, "llm-pool", 80));
    assert_eq!(plain.path, None);
}

#[test]
fn a_service_says_whom_it_trusts() {
    let Loaded { config, warnings } = loaded(FILE);
    let pooled = service(&config, "everything");
    let tls = &pooled.tls;
    assert!(tls.unverified);
    assert_eq!(tls.verify_depth, Some(3));
    let roots: Vec<&str> = tls.roots.iter().map(|root| root.trim()).collect();
    assert_eq!(
        roots,
        ["-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----"]
    );
    assert_eq!(tls.sans, ["llm.example.com", "api.example.com"]);
    let shown = tls.client_certificate.as_ref().unwrap();
    assert_eq!(shown.id, "5b9bce82-59c0-4e73-9e91-40dde05f0010");
    let direct = service(&config, "direct");
    let direct = &direct.tls;
    assert!(!direct.unverified && direct.verify_depth.is_none() && direct.roots.is_empty());
    assert!(direct.sans.is_empty() && direct.client_certificate.is_none());
    let warned: Vec<&str> = warnings.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(warned, ["services[0].tls_verify"]);
}

/// A target of weight 0 is drained; 100 is Kong's default.
#[test]
fn services_share_the_upstream_that_their_host_names() {
    let config = config();
    let pooled = service(&config, "everything");
    let upstream = pooled.upstream.as_ref().unwrap();
    let again = service(&config, "plain");
    assert!(Arc::ptr_eq(upstream, again.upstream.as_ref().unwrap()));
    assert_eq!(upstream.id, "809d40c3-de90-5dab-96a3-d51142491e89");
    assert_eq!(upstream.name, "llm-pool");
    assert_eq!(upstream.host_header.as_deref(), Some("llm.example.com"));
    let shown = upstream.client_certificate.as_ref().unwrap();
    assert_eq!(shown.id, "6a8adf93-68d1-4f84-8fa2-51eef1600011");
    let target = |host: &str, port: u16, weight: u32| UpstreamTarget {
        host: Arc::from(host),
        port,
        weight,
    };
    assert_eq!(
        sorted(upstream.targets.clone()),
        sorted([
            target("llm-0.internal", 8443, 30),
            target("2001:db8::7", 9443, 100),
            target("10.0.0.8", 9000, 65_535),
        ])
    );
}

fn certificate<'c>(config: &'c Config, id: &str) -> &'c Certificate {
    let mut certificates = config.certificates.iter();
    certificates.find(|each| each.id == id).unwrap()
}

#[test]
fn certificates_have_their_keys_and_names() {
    let config = config();
    assert_eq!(config.certificates.len(), 2);
    let edge = certificate(&config, "5b9bce82-59c0-4e73-9e91-40dde05f0010");
    assert_eq!(
        edge.pair.chain,
        literal("-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----")
    );
    assert_eq!(edge.pair.key, literal("{vault://env/edge-key}"));
    let alternative = edge.alternative.as_ref().unwrap();
    assert_eq!(
        alternative.chain,
        literal("-----BEGIN CERTIFICATE-----\nQg==\n-----END CERTIFICATE-----")
    );
    assert_eq!(
        alternative.key,
        literal("-----BEGIN EC PRIVATE KEY-----\nFAKE\n-----END EC PRIVATE KEY-----")
    );
    assert_eq!(
        sorted(edge.names.clone()),
        sorted([
            SniPattern::Name(exact("edge.example.com")),
            SniPattern::Name(exact("llm.example.com")),
            SniPattern::Name(NamePattern::Suffix(".llm.example.com".to_owned())),
        ])
    );
    let chat = certificate(&config, "6a8adf93-68d1-4f84-8fa2-51eef1600011");
    assert_eq!(chat.pair.chain, literal("{vault://env/chat-cert}"));
    assert!(chat.alternative.is_none());
    assert_eq!(
        sorted(chat.names.clone()),
        sorted([
            SniPattern::Any,
            SniPattern::Name(NamePattern::Prefix("chat.".to_owned()))
        ])
    );
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// Ids are UUIDs of version 5 under Kong's root, computed with Python's `uuid` module.
#[test]
fn consumers_have_their_groups_and_keys() {
    let key = |id: &str, key: &str, expires: Option<u64>| ApiKey {
        id: id.to_owned(),
        key: Secret::new(key),
        expires,
    };
    let config = config();
    let found: Vec<&Consumer> = config.consumers.iter().map(AsRef::as_ref).collect();
    assert_eq!(
        found,
        [
            &Consumer {
                id: "b32379d9-3d28-5683-a79c-72139be6e34f".to_owned(),
                username: Some("alice".to_owned()),
                custom_id: Some("cost-centre-17".to_owned()),
                groups: texts(&["gold", "silver"]),
                acls: texts(&["readers", "writers"]),
                keys: vec![
                    key(
                        "4ff529eb-b386-5f0c-a284-2c74619a0763",
                        "FAKE-key-of-alice",
                        None
                    ),
                    key(
                        "3fa86384-3954-559f-a3fb-b88c89895c6c",
                        "FAKE-old-key-of-alice",
                        Some(1_893_456_000)
                    ),
                ],
            },
            &Consumer {
                // It has no username, so its id follows its place.
                id: config.consumers[1].id.clone(),
                username: None,
                custom_id: Some("only-an-id".to_owned()),
                groups: Vec::new(),
                acls: Vec::new(),
                keys: Vec::new(),
            },
            &Consumer {
                id: "5c1a2c6e-6d0e-4c38-8f4e-0a8c7b1d0003".to_owned(),
                username: Some("bob".to_owned()),
                custom_id: None,
                groups: texts(&["gold"]),
                acls: texts(&["readers"]),
                keys: vec![key(
                    "46331d69-94ae-5e1b-a502-4542112c6b3d",
                    "FAKE-key-of-bob",
                    None
                )],
            },
        ]
    );
}
