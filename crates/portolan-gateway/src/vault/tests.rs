use portolan_config::secret::SecretRef;

use super::header_value;

fn env(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("Bearer FAKE-key".to_owned()),
        "BROKEN" => Some("FAKE-key\nx-injected: 1".to_owned()),
        _ => None,
    }
}

fn value(text: &str) -> Result<http::HeaderValue, String> {
    header_value(&SecretRef::parse(text).unwrap(), &env)
}

#[test]
fn a_secret_is_a_value_that_is_never_printed() {
    for text in ["{vault://env/key}", "Bearer FAKE-key"] {
        let value = value(text).unwrap();
        assert_eq!(value, "Bearer FAKE-key");
        assert!(value.is_sensitive());
        assert!(!format!("{value:?}").contains("FAKE"));
    }
}

#[test]
fn an_unset_variable_is_named() {
    let error = value("{vault://env/no-such-key}").unwrap_err();
    assert!(error.contains("NO_SUCH_KEY"), "{error}");
}

#[test]
fn a_value_that_no_header_may_have_is_refused_and_not_shown() {
    let error = value("{vault://env/broken}").unwrap_err();
    assert!(!error.contains("FAKE"), "{error}");
}
