use http::HeaderValue;
use portolan_config::compiled::Consumer;

use super::*;
use crate::consumers::Consumers;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn step(groups: AclGroups, include_consumer_groups: bool) -> Step {
    Step::new(&Acl {
        groups,
        hide_groups_header: false,
        always_use_authenticated_groups: false,
        include_consumer_groups,
    })
}

fn allow(groups: &[&str]) -> AclGroups {
    AclGroups::Allow(texts(groups))
}

fn deny(groups: &[&str]) -> AclGroups {
    AclGroups::Deny(texts(groups))
}

/// Of a consumer with these ACL groups and consumer groups.
fn identity(acls: &[&str], groups: &[&str], credential: Option<&str>) -> Identity {
    let consumer = Consumer {
        id: "7a9e".to_owned(),
        username: None,
        custom_id: None,
        groups: texts(groups),
        acls: texts(acls),
        keys: Vec::new(),
    };
    let consumers = Consumers::new(&[Arc::new(consumer)]);
    Identity {
        consumer: consumers.by_id("7a9e").cloned(),
        credential: credential.map(Arc::from),
    }
}

fn status(step: &Step, identity: &Identity) -> u16 {
    match step.check(identity) {
        Ok(_) => 200,
        Err((status, text)) => {
            let expected = match status.as_u16() {
                401 => "Unauthorized",
                _ => "You cannot consume this service",
            };
            assert_eq!(text, expected);
            status.as_u16()
        }
    }
}

/// `kong-core.md` 5.4, row by row.
#[test]
fn groups_decide_who_passes() {
    let key = Some("key");
    for (groups, acls, credential, expected) in [
        (allow(&["a", "b"]), &["b"][..], key, 200),
        (allow(&["a", "b"]), &["c", "a"], key, 200),
        (allow(&["a"]), &["b"], key, 403),
        (allow(&["a"]), &["A"], key, 403),
        (allow(&["a"]), &[], key, 403),
        // The anonymous consumer has no credential.
        (allow(&["a"]), &[], None, 401),
        (allow(&["a"]), &["b"], None, 403),
        (allow(&["a"]), &["a"], None, 200),
        (deny(&["a"]), &["b"], key, 200),
        (deny(&["a"]), &["b", "a"], key, 403),
        (deny(&["a"]), &[], key, 200),
        (deny(&["a"]), &[], None, 200),
    ] {
        let told = format!("{groups:?} {acls:?} {credential:?}");
        let identity = identity(acls, &[], credential);
        assert_eq!(status(&step(groups, false), &identity), expected, "{told}");
    }
}

#[test]
fn who_is_nobody_is_unauthorized() {
    for groups in [allow(&["a"]), deny(&["a"])] {
        assert_eq!(status(&step(groups, false), &Identity::default()), 401);
    }
}

#[test]
fn consumer_groups_count_where_the_file_says_so() {
    let gold = identity(&["a"], &["gold"], Some("key"));
    assert_eq!(status(&step(allow(&["gold"]), false), &gold), 403);
    assert_eq!(status(&step(allow(&["gold"]), true), &gold), 200);
    assert_eq!(status(&step(deny(&["gold"]), false), &gold), 200);
    assert_eq!(status(&step(deny(&["gold"]), true), &gold), 403);
}

#[test]
fn an_upstream_is_told_the_groups_and_none_that_are_forged() {
    let identity = identity(&["b", "a"], &["gold"], Some("key"));
    let consumer = identity.consumer.unwrap();
    for (hide, include, told) in [
        (false, false, Some("b, a")),
        (false, true, Some("b, a, gold")),
        (true, false, None),
    ] {
        let step = Step {
            tells_groups: !hide,
            ..step(deny(&["x"]), include)
        };
        let mut headers = HeaderMap::new();
        headers.append("x-consumer-groups", HeaderValue::from_static("forged"));
        headers.append("x-authenticated-groups", HeaderValue::from_static("forged"));
        step.tell(&consumer, &mut headers);
        let found = headers.get("x-consumer-groups");
        assert_eq!(found.map(|value| value.to_str().unwrap()), told);
        assert_eq!(headers.len(), usize::from(told.is_some()));
    }
}
