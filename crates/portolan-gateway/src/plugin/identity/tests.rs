use portolan_config::compiled::Consumer;

use super::*;
use crate::consumers::Consumers;

fn headers(username: Option<&str>, custom_id: Option<&str>, identifier: Option<&str>) -> String {
    let consumer = Consumer {
        id: "7a9e".to_owned(),
        username: username.map(str::to_owned),
        custom_id: custom_id.map(str::to_owned),
        groups: Vec::new(),
        acls: Vec::new(),
        keys: Vec::new(),
    };
    let consumers = Consumers::new(&[Arc::new(consumer)]);
    let mut headers = HeaderMap::new();
    for name in [
        "x-consumer-id",
        "x-consumer-custom-id",
        "x-consumer-username",
        "x-credential-identifier",
        "x-anonymous-consumer",
        // To an upstream that is made after CGI it is the same name.
        "x_consumer_id",
        "x-consumer_username",
        "x_consumer_groups",
    ] {
        headers.append(name, HeaderValue::from_static("forged"));
        headers.append(name, HeaderValue::from_static("forged again"));
    }
    headers.append("x-other", HeaderValue::from_static("stays"));
    let identifier = identifier.map(|id| HeaderValue::from_str(id).unwrap());
    tell(
        &mut headers,
        consumers.by_id("7a9e").unwrap(),
        identifier.as_ref(),
    );
    let mut lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.join("\n")
}

/// `kong-core.md` 5.0: set where the value exists, removed where it does not.
#[test]
fn an_upstream_is_told_who_asks_and_nothing_that_is_forged() {
    assert_eq!(
        headers(Some("anne"), Some("42"), Some("k1")),
        "x-consumer-custom-id: 42\nx-consumer-id: 7a9e\nx-consumer-username: anne\n\
         x-credential-identifier: k1\nx-other: stays"
    );
    assert_eq!(
        headers(None, Some("42"), Some("k1")),
        "x-consumer-custom-id: 42\nx-consumer-id: 7a9e\nx-credential-identifier: k1\nx-other: stays"
    );
    assert_eq!(
        headers(Some("nobody"), None, None),
        "x-anonymous-consumer: true\nx-consumer-id: 7a9e\nx-consumer-username: nobody\nx-other: stays"
    );
}
