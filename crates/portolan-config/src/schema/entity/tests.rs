use super::{
    certificate::CERTIFICATE,
    consumer::CONSUMER,
    credential::JWT_SECRET,
    key::KEY,
    plugin::PLUGIN,
    root::ROOT,
    route::ROUTE,
    service::SERVICE,
    text::{host_pattern, ip_or_cidr, one_certificate, sni},
    upstream::{TARGET, UPSTREAM},
    vault::VAULT,
};
use crate::{
    deck::expand,
    document::parse,
    fault::{Faults, Path},
    schema::field::{Kind, Record},
};

/// What the record's own check says of a mapping, in the file's order.
fn told(record: &Record, text: &str) -> Vec<String> {
    let (expanded, _) = expand(text, &|_: &str| None);
    let node = parse(&expanded, 0).unwrap();
    let mut faults = Faults::new(vec!["kong.yaml".to_owned()]);
    let check = record.check.unwrap();
    check(&node, &Path::ROOT, &mut faults);
    let found = faults.into_found();
    found
        .iter()
        .map(|fault| format!("{}: {}", fault.path, fault.message))
        .collect()
}

/// Each mapping with the beginnings of its faults.
fn assert_told(record: &Record, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        let found = told(record, text);
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (fault, expected) in found.iter().zip(*expected) {
            assert!(fault.starts_with(expected), "{text}: {fault}");
        }
    }
}

/// What a text field's own check says of a value.
fn text_fault(record: &Record, field: &str, value: &str) -> Option<String> {
    let Kind::Text(text) = &record.field(field).unwrap().kind else {
        panic!("`{field}` is no text");
    };
    let check = text.check.unwrap();
    check(value).err()
}

#[test]
fn a_service_says_its_address_once_and_tls_only_with_tls() {
    let conditional = "failed conditional validation given value of field 'protocol'";
    let of = |field: &str| format!("{field}: {conditional}");
    let (verify, depth, url) = (of("tls_verify"), of("tls_verify_depth"), of("url"));
    let path = of("path");
    assert_told(
        &SERVICE,
        &[
            ("{host: a}", &[]),
            ("{name: a}", &["host: required field missing"]),
            (
                "{url: 'http://a', port: 80}",
                &["port: `port` stands beside `url`"],
            ),
            ("{host: a, tls_verify: false}", &[&verify]),
            ("{host: a, protocol: https, tls_verify: true}", &[]),
            ("{url: 'https://a', tls_verify: true}", &[]),
            ("{url: 'a:443', tls_verify: true}", &[]),
            ("{url: 'a:8443/x', tls_verify_depth: 1}", &[&depth]),
            ("{host: a, protocol: tcp, path: /x}", &[&path]),
            ("{url: 'grpc://a/x'}", &[&url]),
            ("{url: 'grpc://a'}", &[]),
        ],
    );
}

#[test]
fn a_service_url_may_have_any_of_kongs_protocols() {
    for sound in ["https://a/x", "grpcs://a:9000", "tcp://10.0.0.1:90"] {
        assert_eq!(text_fault(&SERVICE, "url", sound), None, "{sound}");
    }
    for wrong in ["ftp://a", "http://a//b", "http://a/%zz"] {
        assert!(text_fault(&SERVICE, "url", wrong).is_some(), "{wrong}");
    }
}

#[test]
fn a_route_matches_by_what_its_protocols_have() {
    let http = "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'";
    let https = "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'";
    let (http, https) = (format!(": {http}"), format!(": {https}"));
    assert_told(
        &ROUTE,
        &[
            ("{paths: [/a]}", &[]),
            ("{name: a}", &[&https]),
            ("{paths: []}", &[&https]),
            ("{protocols: [http]}", &[&http]),
            ("{protocols: [https], snis: [a.com]}", &[]),
            ("{protocols: [https], headers: {x: [a]}}", &[]),
            ("{protocols: [http], snis: [], headers: {}}", &[&http]),
            (
                "{protocols: [http], paths: [/a], snis: [a.com]}",
                &["snis: value must be null"],
            ),
            (
                "{protocols: [http, tcp], paths: [/a]}",
                &["protocols: these protocols exclude"],
            ),
            (
                "{protocols: [grpc], paths: [/a], strip_path: true}",
                &["strip_path: must be false"],
            ),
            ("{protocols: [grpc], paths: [/a], strip_path: false}", &[]),
            (
                "{protocols: [grpc], hosts: [a], methods: [GET]}",
                &["methods: value must be null"],
            ),
            (
                "{paths: [/a], sources: [{port: 80}]}",
                &["sources: value must be null"],
            ),
            ("{protocols: [tcp], sources: [{port: 80}]}", &[]),
            ("{expression: 'http.path == \"/\"'}", &[]),
            (
                "{paths: [/a], expression: 'http.path == \"/\"'}",
                &["expression: cannot set"],
            ),
            (
                "{paths: [/a], headers: {Host: [a]}}",
                &["headers.Host: the Host header"],
            ),
            (
                "{paths: [/a], https_redirect_status_code: 303}",
                &["https_redirect_status_code: expected one of: 426, 301, 302, 307, 308"],
            ),
        ],
    );
}

#[test]
fn a_host_has_one_wildcard_label_at_an_end() {
    for sound in [
        "a.com",
        "*.a.com",
        "a.*",
        "*.a.com:8080",
        "10.0.0.1",
        "[::1]:80",
    ] {
        assert_eq!(host_pattern(sound), Ok(()), "{sound}");
    }
    for wrong in ["*", "a.*.com", "*.a.*", "a*.com", "a.com:0", "a/b"] {
        assert!(host_pattern(wrong).is_err(), "{wrong}");
    }
    for wrong in ["10.0.0.1", "a.com:443", "a.*.com"] {
        assert!(sni(wrong).is_err(), "{wrong}");
    }
    assert_eq!(sni("*.a.com"), Ok(()));
}

#[test]
fn an_address_may_be_a_range() {
    for sound in ["10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"] {
        assert_eq!(ip_or_cidr(sound), Ok(()), "{sound}");
    }
    for wrong in ["a.com", "10.0.0.0/33", "10.0.0.0/", "10.0.0"] {
        let message = ip_or_cidr(wrong).unwrap_err();
        assert!(message.starts_with("invalid ip or cidr range"), "{message}");
    }
}

#[test]
fn plugins_that_find_the_consumer_are_not_scoped_to_one() {
    assert_told(
        &PLUGIN,
        &[
            (
                "{name: key-auth, consumer: a}",
                &["consumer: value must be null"],
            ),
            ("{name: prometheus, consumer: a}", &[]),
            (
                "{name: prometheus, consumer_group: a}",
                &["consumer_group: value must be null"],
            ),
        ],
    );
    assert_told(
        &CONSUMER,
        &[
            ("{username: a, plugins: [{name: rate-limiting}]}", &[]),
            (
                "{username: a, plugins: [{name: acl}]}",
                &["plugins[0].name: `acl` cannot"],
            ),
        ],
    );
}

/// What is left out breaks a rule as well as what is written; where it comes from elsewhere, it is not known here.
#[test]
fn a_plugin_without_a_configuration_has_rules_all_the_same() {
    let one = "config: exactly one of these fields must be non-empty";
    let any = "config: at least one of these fields must be non-empty";
    assert_told(
        &PLUGIN,
        &[
            ("{name: acl}", &[one]),
            ("{name: acl, config: null}", &[one]),
            ("{name: ip-restriction}", &[any]),
            ("{name: request-termination}", &[]),
            ("{name: acl, _config: shared}", &[]),
        ],
    );
}

#[test]
fn what_cannot_stand_alone_names_its_owner_at_the_top() {
    let target = "targets[0].upstream: required field missing";
    assert_told(
        &ROOT,
        &[
            ("{targets: [{target: 'a:80', upstream: b}]}", &[]),
            ("{targets: [{target: 'a:80'}]}", &[target]),
            ("{targets: [{target: 'a:80', upstream: null}]}", &[target]),
            ("{upstreams: [{name: b, targets: [{target: 'a:80'}]}]}", &[]),
            (
                "{acls: [{group: a, consumer: a}, {group: b}]}",
                &["acls[1].consumer: required field missing"],
            ),
        ],
    );
}

#[test]
fn a_consumer_has_a_name() {
    let missing = ": at least one of these fields must be non-empty: 'custom_id', 'username'";
    assert_told(
        &CONSUMER,
        &[("{tags: [a]}", &[missing]), ("{custom_id: a}", &[])],
    );
}

#[test]
fn a_jwt_credential_has_the_key_of_its_algorithm() {
    assert_told(
        &JWT_SECRET,
        &[
            ("{key: a}", &[]),
            ("{key: a, algorithm: HS512}", &[]),
            (
                "{key: a, algorithm: RS256}",
                &["rsa_public_key: required field missing"],
            ),
        ],
    );
}

#[test]
fn an_upstream_names_what_it_hashes() {
    let header = "hash_on_header: required field missing";
    let fallback = "hash_fallback: ";
    assert_told(
        &UPSTREAM,
        &[
            ("{name: a}", &[]),
            ("{hash_on: header}", &[header]),
            (
                "{hash_on: header, hash_on_header: x-a, hash_fallback: ip}",
                &[],
            ),
            (
                "{hash_on: ip, hash_fallback: cookie}",
                &["hash_on_cookie: required field missing"],
            ),
            ("{hash_fallback: ip}", &[fallback]),
            (
                "{hash_on: cookie, hash_on_cookie: c, hash_fallback: ip}",
                &[fallback],
            ),
            ("{hash_on: ip, hash_fallback: ip}", &[fallback]),
            (
                "{hash_on: header, hash_on_header: x-a, hash_fallback: header, hash_fallback_header: x-a}",
                &[fallback],
            ),
            (
                "{hash_on: header, hash_on_header: x-a, hash_fallback: header, hash_fallback_header: x-b}",
                &[],
            ),
        ],
    );
}

#[test]
fn a_target_has_a_port_and_an_upstream_is_no_address() {
    for sound in ["a.com:80", "10.0.0.1:80", "[::1]:80"] {
        assert_eq!(text_fault(&TARGET, "target", sound), None, "{sound}");
    }
    let missing = text_fault(&TARGET, "target", "a.com").unwrap();
    assert!(missing.contains("'a.com:8000'"), "{missing}");
    assert!(text_fault(&TARGET, "target", "a.com:x").is_some());
    assert_eq!(text_fault(&UPSTREAM, "name", "a.internal"), None);
    for wrong in ["10.0.0.1", "a:80"] {
        assert!(text_fault(&UPSTREAM, "name", wrong).is_some(), "{wrong}");
    }
}

#[test]
fn a_certificate_is_pem_of_the_right_label() {
    let pem = |label: &str| format!("-----BEGIN {label}-----\nZmFrZQ==\n-----END {label}-----\n");
    let fault = |field: &str, text: &str| text_fault(&CERTIFICATE, field, text);
    assert_eq!(fault("cert", &pem("CERTIFICATE")), None);
    assert_eq!(fault("key", &pem("PRIVATE KEY")), None);
    assert_eq!(fault("key", &pem("EC PRIVATE KEY")), None);
    let one_line = pem("CERTIFICATE").replace('\n', " ");
    let unclosed = pem("CERTIFICATE").replace("-----END", "END");
    for wrong in [pem("PUBLIC KEY"), one_line, unclosed] {
        let message = fault("cert", &wrong).unwrap();
        assert!(message.starts_with("invalid certificate: "), "{message}");
        assert!(!message.contains("ZmFrZQ"), "{message}");
    }
    let chain = pem("CERTIFICATE").repeat(2);
    assert!(one_certificate(&chain).is_err());
    let pair = "all or none of these fields must be set: 'cert_alt', 'key_alt'";
    let alone = format!("key_alt: {pair}");
    assert_told(
        &CERTIFICATE,
        &[
            ("{cert_alt: a}", &[&alone]),
            ("{cert_alt: a, key_alt: b}", &[]),
        ],
    );
}

#[test]
fn a_key_is_a_jwk_or_pem() {
    let missing = ": at least one of these fields must be non-empty: 'jwk', 'pem'";
    assert_told(
        &KEY,
        &[
            ("{kid: a}", &[missing]),
            ("{kid: a, pem: {public_key: x}}", &[]),
            ("{kid: a, jwk: '{\"kid\":\"a\"}'}", &[]),
            ("{kid: a, jwk: '{\"kid\":\"b\"}'}", &["jwk: its own `kid`"]),
            ("{kid: a, jwk: '{vault://env/jwk}'}", &[]),
            (
                "{kid: a, jwk: '{\"kid\":\"a\"}', pem: {public_key: x}}",
                &[": only one of these"],
            ),
        ],
    );
}

/// Kong: `^[a-z][a-z0-9-]*[a-z0-9]$`, and no strategy.
#[test]
fn a_vault_prefix_is_no_strategy() {
    for sound in ["my-env", "a1", "env2"] {
        assert_eq!(text_fault(&VAULT, "prefix", sound), None, "{sound}");
    }
    for wrong in ["env", "hcv", "a", "1a", "a-", "A1", "my_env"] {
        assert!(text_fault(&VAULT, "prefix", wrong).is_some(), "{wrong}");
    }
}
