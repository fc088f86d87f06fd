//! The seven plugins beside the AI proxies: what is compiled of every field, and of what is left out.

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;

use crate::{
    Loaded,
    compiled::{
        PluginConfig,
        plugin::{
            Acl, AclGroups, Anonymous, CorrelationId, Cors, CorsOrigin, Generator, IpRestriction,
            KeyAuth, RequestSizeLimiting, RequestTermination, Termination,
        },
    },
    testing::loaded,
};

/// A route with one plugin; `guest` and `host` are consumers.
fn file(name: &str, config: &str) -> String {
    format!(
        "_format_version: \"3.0\"\nconsumers: [{{username: guest}}, {{username: host, id: 0dc6f45b-8f8d-40d2-a504-473544ee190b}}]\nservices: [{{name: s, host: example.com}}]\nroutes: [{{paths: [/a], service: s, plugins: [{{name: {name}, config: {{{config}}}}}]}}]\n"
    )
}

fn compiled(name: &str, config: &str) -> PluginConfig {
    let config = loaded(&file(name, config)).config;
    match config.routes[0].plugins.as_slice() {
        [plugin] => plugin.config.clone(),
        other => panic!("one plugin, not {other:?}"),
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

fn acl(config: &str) -> Arc<Acl> {
    match compiled("acl", config) {
        PluginConfig::Acl(acl) => acl,
        other => panic!("{other:?}"),
    }
}

#[test]
fn acl_allows_or_denies() {
    assert_eq!(
        *acl("allow: [internal, beta], deny: []"),
        Acl {
            groups: AclGroups::Allow(texts(&["internal", "beta"])),
            hide_groups_header: false,
            always_use_authenticated_groups: false,
            include_consumer_groups: false,
        }
    );
    assert_eq!(
        *acl(
            "deny: [banned], allow: null, hide_groups_header: true, always_use_authenticated_groups: true, include_consumer_groups: true"
        ),
        Acl {
            groups: AclGroups::Deny(texts(&["banned"])),
            hide_groups_header: true,
            always_use_authenticated_groups: true,
            include_consumer_groups: true,
        }
    );
}

#[test]
fn correlation_id_counts_unless_told() {
    let found = |config: &str| match compiled("correlation-id", config) {
        PluginConfig::CorrelationId(found) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        *found(""),
        CorrelationId {
            header_name: "Kong-Request-ID".to_owned(),
            generator: Generator::UuidCounter,
            echo_downstream: false,
        }
    );
    assert_eq!(
        *found("header_name: X-Trace, generator: tracker, echo_downstream: true"),
        CorrelationId {
            header_name: "X-Trace".to_owned(),
            generator: Generator::Tracker,
            echo_downstream: true,
        }
    );
    assert_eq!(found("generator: uuid").generator, Generator::Uuid);
    assert_eq!(
        found("generator: 'uuid#counter'").generator,
        Generator::UuidCounter
    );
}

fn cors(config: &str) -> Arc<Cors> {
    match compiled("cors", config) {
        PluginConfig::Cors(cors) => cors,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cors_has_kongs_defaults() {
    let open = cors("");
    assert!(open.origins.is_empty() && open.headers.is_empty() && open.exposed_headers.is_empty());
    let mut methods = open.methods.clone();
    methods.sort_unstable();
    assert_eq!(
        methods,
        [
            "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"
        ]
    );
    assert_eq!(open.max_age, None);
    assert!(!open.credentials && !open.private_network && !open.preflight_continue);
    assert!(open.allow_origin_absent);
}

#[test]
fn cors_has_what_is_written() {
    let cors = cors(
        "methods: [POST, GET], headers: [X-Team, Accept], exposed_headers: [X-Cost], max_age: 600.5, credentials: true, private_network: true, preflight_continue: true, allow_origin_absent: false",
    );
    assert_eq!(cors.methods, ["POST", "GET"]);
    assert_eq!(cors.headers, ["X-Team", "Accept"]);
    assert_eq!(cors.exposed_headers, ["X-Cost"]);
    assert_eq!(cors.max_age.as_deref(), Some("600.5"));
    assert!(cors.credentials && cors.private_network && cors.preflight_continue);
    assert!(!cors.allow_origin_absent);
}

/// `kong-core.md` 5.5: a regex holds a character outside `[A-Za-z0-9.:/-]`, is anchored at both ends, and without a `:`
/// is asked about the host alone.
#[test]
fn cors_origins_are_texts_or_anchored_regexes() {
    let cors = cors(
        r"origins: ['https://app.example.com', 'app.example.com', '*', 'https://[a-z]+\.example\.com', '.*\.internal|localhost', 'http://my_app:3000']",
    );
    let [exact, host, any, url, of_host, underscore] = cors.origins.as_slice() else {
        panic!("{:?}", cors.origins);
    };
    for (origin, text) in [
        (exact, "https://app.example.com"),
        (host, "app.example.com"),
    ] {
        assert!(
            matches!(origin, CorsOrigin::Exact(exact) if exact == text),
            "{origin:?}"
        );
    }
    assert!(matches!(any, CorsOrigin::Any), "{any:?}");
    let regex = |origin: &CorsOrigin| match origin {
        CorsOrigin::Regex { regex, of_host } => (regex.clone(), *of_host),
        other => panic!("{other:?}"),
    };
    for (origin, expected, matched, unmatched) in [
        (
            url,
            false,
            vec!["https://app.example.com"],
            vec![
                "https://app.example.com.evil.test",
                "x-https://app.example.com",
                "https://app2.example.com",
            ],
        ),
        (
            of_host,
            true,
            vec!["app.internal", "localhost"],
            vec![
                "app.internal.evil.test",
                "localhost.evil.test",
                "notlocalhost",
            ],
        ),
        (
            underscore,
            false,
            vec!["http://my_app:3000"],
            vec!["http://my_app:30000"],
        ),
    ] {
        let (regex, alone) = regex(origin);
        assert_eq!(alone, expected, "{origin:?}");
        for text in matched {
            assert!(regex.is_match(text), "{origin:?} {text}");
        }
        for text in unmatched {
            assert!(!regex.is_match(text), "{origin:?} {text}");
        }
    }
}

#[test]
fn ip_restriction_has_addresses_and_ranges() {
    let found = |config: &str| match compiled("ip-restriction", config) {
        PluginConfig::IpRestriction(found) => found,
        other => panic!("{other:?}"),
    };
    let range = |text: &str| -> IpNet { text.parse().unwrap() };
    let address = |text: &str| IpNet::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(
        *found("allow: [10.0.0.0/8, '2001:db8::/32', '::1'], deny: [10.1.2.3]"),
        IpRestriction {
            allow: vec![range("10.0.0.0/8"), range("2001:db8::/32"), address("::1")],
            deny: vec![address("10.1.2.3")],
            status: 403,
            message: None,
        }
    );
    assert_eq!(
        *found("deny: [192.0.2.0/24], status: 451, message: not from there"),
        IpRestriction {
            allow: Vec::new(),
            deny: vec![range("192.0.2.0/24")],
            status: 451,
            message: Some("not from there".to_owned()),
        }
    );
}

fn key_auth(config: &str) -> Arc<KeyAuth> {
    match compiled("key-auth", config) {
        PluginConfig::KeyAuth(key_auth) => key_auth,
        other => panic!("{other:?}"),
    }
}

/// `hide_credentials` as since 3.14.
#[test]
fn key_auth_has_kongs_defaults() {
    assert_eq!(
        *key_auth("identity_realms: [], principals: {enabled: false, directory: default}"),
        KeyAuth {
            key_names: texts(&["apikey"]),
            in_header: true,
            in_query: true,
            in_body: false,
            hide_credentials: true,
            anonymous: None,
            run_on_preflight: true,
            realm: None,
        }
    );
}

/// The id is that of the consumer `guest`, computed with Python's `uuid` module.
#[test]
fn key_auth_has_what_is_written() {
    let guest = Anonymous::Consumer("e1d0c2cc-2662-5465-84c2-24e06158a934".to_owned());
    assert_eq!(
        *key_auth(
            "key_names: [x-api-key, apikey], key_in_header: false, key_in_query: false, key_in_body: true, hide_credentials: false, anonymous: guest, run_on_preflight: false, realm: gateway"
        ),
        KeyAuth {
            key_names: texts(&["x-api-key", "apikey"]),
            in_header: false,
            in_query: false,
            in_body: true,
            hide_credentials: false,
            anonymous: Some(guest),
            run_on_preflight: false,
            realm: Some("gateway".to_owned()),
        }
    );
    let by_id = key_auth("anonymous: 0dc6f45b-8f8d-40d2-a504-473544ee190b");
    let host = Anonymous::Consumer("0dc6f45b-8f8d-40d2-a504-473544ee190b".to_owned());
    assert_eq!(by_id.anonymous, Some(host));
}

/// Kong answers each such request 500, so the file is worth a warning.
#[test]
fn an_anonymous_consumer_that_is_missing_is_warned_of() {
    let Loaded { config, warnings } = loaded(&file("key-auth", "anonymous: gust"));
    let [plugin] = config.routes[0].plugins.as_slice() else {
        panic!("{:?}", config.routes[0].plugins);
    };
    let PluginConfig::KeyAuth(key_auth) = &plugin.config else {
        panic!("{plugin:?}");
    };
    assert_eq!(
        key_auth.anonymous,
        Some(Anonymous::Missing("gust".to_owned()))
    );
    let warned: Vec<&str> = warnings.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(warned, ["routes[0].plugins[0].config.anonymous"]);
}

/// Megabytes are 2^20 bytes, kilobytes 2^10.
#[test]
fn request_size_limiting_counts_bytes() {
    for (config, allowed, require_content_length) in [
        ("", 134_217_728, false),
        ("allowed_payload_size: 2", 2_097_152, false),
        (
            "allowed_payload_size: 3, size_unit: kilobytes",
            3_072,
            false,
        ),
        (
            "allowed_payload_size: 5, size_unit: bytes, require_content_length: true",
            5,
            true,
        ),
    ] {
        let PluginConfig::RequestSizeLimiting(found) = compiled("request-size-limiting", config)
        else {
            panic!("{config}");
        };
        assert_eq!(
            *found,
            RequestSizeLimiting {
                allowed,
                require_content_length,
            },
            "{config}"
        );
    }
}

#[test]
fn request_termination_answers_in_three_ways() {
    let text = |text: &str| Some(text.to_owned());
    for (config, status, answer, trigger) in [
        ("", 503, Termination::Message(None), None),
        (
            "status_code: 403, message: closed, trigger: x-closed",
            403,
            Termination::Message(text("closed")),
            text("x-closed"),
        ),
        (
            "status_code: 200, body: '<p>closed</p>', content_type: text/html",
            200,
            Termination::Body {
                body: "<p>closed</p>".to_owned(),
                content_type: text("text/html"),
            },
            None,
        ),
        (
            "body: closed",
            503,
            Termination::Body {
                body: "closed".to_owned(),
                content_type: None,
            },
            None,
        ),
        (
            "echo: true, message: look",
            503,
            Termination::Echo {
                message: text("look"),
            },
            None,
        ),
    ] {
        let PluginConfig::RequestTermination(found) = compiled("request-termination", config)
        else {
            panic!("{config}");
        };
        let expected = RequestTermination {
            status,
            answer,
            trigger,
        };
        assert_eq!(*found, expected, "{config}");
    }
}
