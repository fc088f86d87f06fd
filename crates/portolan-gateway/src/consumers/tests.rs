use portolan_config::{compiled::ApiKey, secret::Secret};

use super::*;

fn key(id: &str, key: &str, expires: Option<u64>) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        key: Secret::new(key),
        expires,
    }
}

fn consumer(username: &str, acls: &[&str], groups: &[&str], keys: Vec<ApiKey>) -> Arc<Consumer> {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Arc::new(Consumer {
        id: format!("id-of-{username}"),
        username: Some(username.to_owned()),
        custom_id: None,
        groups: texts(groups),
        acls: texts(acls),
        keys,
    })
}

fn id_of(consumers: &Consumers, key: &str) -> Option<String> {
    let credential = consumers.by_key(key.as_bytes())?;
    Some(credential.id.to_string())
}

/// `kong-core.md` 5.1: exact, and an expired one is an unknown one.
#[test]
fn a_key_is_found_as_it_is_and_while_it_lives() {
    let anne = consumer(
        "anne",
        &[],
        &[],
        vec![
            key("one", "FAKE-key-one", None),
            key("two", "FAKE-key-two", Some(1)),
            // The year 2286.
            key("three", "Bearer FAKE three", Some(10_000_000_000)),
        ],
    );
    let consumers = Consumers::new(&[anne]);
    for (text, id) in [
        ("FAKE-key-one", Some("one")),
        ("fake-key-one", None),
        ("FAKE-key-one ", None),
        ("FAKE-key-two", None),
        ("Bearer FAKE three", Some("three")),
        ("FAKE three", None),
        ("", None),
    ] {
        assert_eq!(id_of(&consumers, text).as_deref(), id, "{text}");
    }
    assert!(consumers.by_id("id-of-anne").is_some());
    assert!(consumers.by_id("anne").is_none());
}

#[test]
fn groups_are_joined_as_kong_joins_them() {
    let bert = ConsumerState::new(&consumer("bert", &["b", "a"], &["a", "gold"], Vec::new()));
    assert_eq!(bert.acls.unwrap(), "b, a");
    assert_eq!(bert.groups.unwrap(), "b, a, gold");
    let none = ConsumerState::new(&consumer("none", &[], &[], Vec::new()));
    assert_eq!((none.acls, none.groups), (None, None));
}

#[test]
fn a_name_that_no_header_may_have_is_escaped() {
    let name = ConsumerState::new(&consumer("a\r\nb: c\u{7f}ä", &[], &[], Vec::new()));
    assert_eq!(
        name.username.unwrap().as_bytes(),
        "a%0D%0Ab: c%7Fä".as_bytes()
    );
}

#[test]
fn no_key_is_printed() {
    let anne = consumer("anne", &[], &[], vec![key("one", "FAKE-key-one", None)]);
    let consumers = Consumers::new(&[anne]);
    let found = consumers.by_key(b"FAKE-key-one").unwrap();
    let printed = format!("{consumers:?} {found:?}");
    assert!(!printed.contains("FAKE-key-one"), "{printed}");
}
