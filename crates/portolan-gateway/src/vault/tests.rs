use std::sync::atomic::{AtomicUsize, Ordering};

use portolan_config::secret::Vaults;

use super::*;

fn env(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("Bearer FAKE-key".to_owned()),
        "BROKEN" => Some("FAKE-key\nx-injected: 1".to_owned()),
        _ => None,
    }
}

fn secret(text: &str) -> SecretRef {
    SecretRef::parse(text, &Vaults::default()).unwrap()
}

fn credential(text: &str) -> Result<Credential, String> {
    Vault::new(Box::new(env)).credential(&secret(text))
}

#[test]
fn a_secret_is_a_value_that_is_never_printed() {
    for text in ["{vault://env/key}", "Bearer FAKE-key"] {
        let credential = credential(text).unwrap();
        let value = credential.value();
        assert_eq!(value, "Bearer FAKE-key");
        assert!(value.is_sensitive());
        assert!(!format!("{value:?} {credential:?}").contains("FAKE"));
    }
}

#[test]
fn an_unset_variable_is_named() {
    let error = credential("{vault://env/no-such-key}").unwrap_err();
    assert!(error.contains("NO_SUCH_KEY"), "{error}");
}

#[test]
fn a_value_that_no_header_may_have_is_refused_and_not_shown() {
    let error = credential("{vault://env/broken}").unwrap_err();
    assert!(!error.contains("FAKE"), "{error}");
}

/// Two spellings of one variable are one cell; text of the file has none.
#[test]
fn a_changed_cell_is_changed_for_all_who_name_it() {
    let mut vault = Vault::new(Box::new(env));
    let [first, second, text] = ["{vault://env/key}", "{vault://env/KEY}", "Bearer FAKE-key"]
        .map(|text| vault.credential(&secret(text)).unwrap());
    let Credential::Reference(cell) = &first else {
        panic!("a reference has a cell");
    };
    cell.0
        .store(Arc::new(HeaderValue::from_static("Bearer FAKE-new")));
    assert_eq!(first.value(), "Bearer FAKE-new");
    assert_eq!(second.value(), "Bearer FAKE-new");
    assert_eq!(text.value(), "Bearer FAKE-key");
}

#[test]
fn a_reference_is_resolved_once_while_something_names_it() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&asked);
    let mut vault = Vault::new(Box::new(move |name| {
        counting.fetch_add(1, Ordering::Relaxed);
        env(name)
    }));
    let held = vault.credential(&secret("{vault://env/key}")).unwrap();
    vault.credential(&secret("{vault://env/key}")).unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    vault.tidy();
    assert_eq!(vault.cells.len(), 1);
    drop(held);
    vault.tidy();
    assert!(vault.cells.is_empty());
    vault.credential(&secret("{vault://env/key}")).unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn a_headers_name_may_be_a_reference_and_frames_nothing() {
    let vault = Vault::new(Box::new(|name| match name {
        "NAME" => Some("X-Team-Key".to_owned()),
        "FRAMING" => Some("Transfer-Encoding".to_owned()),
        _ => None,
    }));
    let name = |text: &str| vault.header_name(&SecretRef::parse(text, &Vaults::default()).unwrap());
    assert_eq!(name("{vault://env/name}").unwrap(), "x-team-key");
    assert_eq!(name("Authorization").unwrap(), "authorization");
    assert!(name("{vault://env/framing}").is_err());
    assert!(name("{vault://env/unset}").unwrap_err().contains("UNSET"));
}
