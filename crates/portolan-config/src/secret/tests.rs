use std::collections::HashMap;

use super::{RefError, Secret, SecretRef, Vaults, resolve};

fn parsed(text: &str) -> Result<SecretRef, RefError> {
    SecretRef::parse(text, &Vaults::default())
}

fn variable(text: &str) -> (String, Option<String>) {
    match parsed(text).unwrap() {
        SecretRef::Env {
            variable,
            key,
            reference,
        } => {
            assert_eq!(reference, text);
            (variable, key)
        }
        SecretRef::Literal(_) => panic!("{text} was taken for a literal"),
    }
}

/// Cases of Kong's env vault: upper case, `-` to `_`, prefix, JSON key, versions, escapes.
#[test]
fn variables_are_named_as_kong_names_them() {
    for (text, name, key) in [
        ("{vault://env/my-secret-value}", "MY_SECRET_VALUE", None),
        (
            "{vault://env/openai?prefix=my_secret_}",
            "MY_SECRET_OPENAI",
            None,
        ),
        ("{vault://env/cert?ttl=60&prefix=SSL_}", "SSL_CERT", None),
        ("{vault://env/a/b}", "A", Some("b")),
        ("{vault://env/a/b/}", "A/B", None),
        ("{vault://env/a%2Fb}", "A/B", None),
        ("{vault://env/key#1}", "KEY", None),
        ("{vault://env/key#2}", "KEY_PREVIOUS", None),
    ] {
        assert_eq!(
            variable(text),
            (name.to_owned(), key.map(str::to_owned)),
            "{text}"
        );
    }
}

#[test]
fn only_a_whole_reference_is_one() {
    for text in [
        "Bearer {vault://env/KEY}",
        "{vault://env/KEY} ",
        "sk-fake",
        "{vault:/env/x}",
    ] {
        let SecretRef::Literal(secret) = parsed(text).unwrap() else {
            panic!("{text} was taken for a reference");
        };
        assert_eq!(secret.expose(), text);
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    for (text, told) in [
        (
            "{vault://my-env/key}",
            "there is no vault 'my-env': name a strategy (env, aws, azure, conjur, fs, gcp, hcv, konnect) or the prefix of an entity under `vaults`",
        ),
        (
            "{vault://env/}",
            "the reference names no variable: write {vault://env/NAME}",
        ),
        (
            "{vault://env/a#x}",
            "reference url has invalid version [x]: use 1 or 2",
        ),
    ] {
        assert_eq!(parsed(text), Err(RefError::Wrong(told.to_owned())));
    }
    assert_eq!(
        parsed("{vault://aws/key}"),
        Err(RefError::NotServed(
            "vault 'aws' is not served yet: only the env vault is".to_owned()
        ))
    );
}

/// A strategy's name wins over an entity of that prefix; a query's prefix over the entity's.
#[test]
fn a_vault_entity_lends_its_prefix() {
    let entity = |strategy: &str, prefix: &str| (strategy.to_owned(), prefix.to_owned());
    let vaults = Vaults {
        by_prefix: HashMap::from([
            ("my-env".to_owned(), entity("env", "SECRET_")),
            ("team".to_owned(), entity("hcv", "")),
        ]),
    };
    for (text, name) in [
        ("{vault://my-env/openai-key}", Some("SECRET_OPENAI_KEY")),
        ("{vault://my-env/key?prefix=x-}", Some("X_KEY")),
        ("{vault://env/key}", Some("KEY")),
        ("{vault://team/key}", None),
    ] {
        let found = match SecretRef::parse(text, &vaults) {
            Ok(SecretRef::Env { variable, .. }) => Some(variable),
            _ => None,
        };
        assert_eq!(found.as_deref(), name, "{text}");
    }
}

fn resolved(text: &str, value: Option<&str>) -> Result<String, String> {
    resolve(&parsed(text).unwrap(), |name| {
        assert_eq!(name, "KEY");
        value.map(str::to_owned)
    })
    .map(|secret| secret.expose().to_owned())
    .map_err(|error| error.to_string())
}

#[test]
fn resolving_reads_the_variable_or_a_member_of_its_json() {
    assert_eq!(
        resolved("{vault://env/key}", Some("fake")),
        Ok("fake".to_owned())
    );
    assert_eq!(resolved("{vault://env/key}", Some("")), Ok(String::new()));
    assert_eq!(
        resolved("{vault://env/key/a}", Some(r#"{"a":"fake","b":1}"#)),
        Ok("fake".to_owned())
    );
}

#[test]
fn errors_name_variable_and_reference_never_a_value() {
    for (text, value, told) in [
        (
            "{vault://env/key}",
            None,
            "environment variable KEY is not set; {vault://env/key} asks for it",
        ),
        (
            "{vault://env/key/a}",
            Some("fake"),
            "environment variable KEY does not hold a JSON object; {vault://env/key/a} asks for a member of one",
        ),
        (
            "{vault://env/key/x}",
            Some(r#"{"a":"fake"}"#),
            "subfield x not found in JSON secret of environment variable KEY; {vault://env/key/x} asks for it",
        ),
        (
            "{vault://env/key/a}",
            Some(r#"{"a":12345}"#),
            "unexpected number value in JSON secret for subfield a of environment variable KEY; {vault://env/key/a} asks for a string",
        ),
    ] {
        assert_eq!(resolved(text, value), Err(told.to_owned()));
    }
}

#[test]
fn a_secret_is_never_printed() {
    let secret = parsed("sk-fake").unwrap();
    assert_eq!(format!("{secret:?}"), "Literal([secret])");
    assert_eq!(format!("{:?}", Secret::new("sk-fake")), "[secret]");
}
