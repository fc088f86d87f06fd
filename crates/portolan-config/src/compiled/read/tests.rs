use super::*;

fn exact(name: &str) -> NamePattern {
    NamePattern::Exact(name.to_owned())
}

/// `kong-core.md` 2.3: letter case counts, one wildcard label at either end.
#[test]
fn names_have_a_wildcard_at_either_end() {
    assert_eq!(NamePattern::parse("A.example.com"), exact("A.example.com"));
    assert_eq!(
        NamePattern::parse("*.example.com"),
        NamePattern::Suffix(".example.com".to_owned())
    );
    assert_eq!(
        NamePattern::parse("example.*"),
        NamePattern::Prefix("example.".to_owned())
    );
}

/// `kong-core.md` 2.1: `[::1]:80` is not split.
#[test]
fn a_host_is_split_at_its_first_colon() {
    for (text, name, port) in [
        ("a.com", "a.com", None),
        ("a.com:8080", "a.com", Some(8080)),
        ("10.0.0.1:80", "10.0.0.1", Some(80)),
        ("[::1]:80", "[::1]:80", None),
        ("a.com:x", "a.com:x", None),
    ] {
        let host = HostPattern::parse(text);
        assert_eq!((host.name, host.port), (exact(name), port), "{text}");
    }
    assert_eq!(
        HostPattern::parse("*.a.com:8080"),
        HostPattern {
            name: NamePattern::Suffix(".a.com".to_owned()),
            port: Some(8080),
        }
    );
}

/// `kong-core.md` 2.3: `\D` silently becomes `\d`.
#[test]
fn header_values_are_lower_cased_regexes_too() {
    let Ok(HeaderPattern::Exact(value)) = HeaderPattern::parse("Gold") else {
        panic!("no exact value");
    };
    assert_eq!(value, "gold");
    let Ok(HeaderPattern::Regex(pattern)) = HeaderPattern::parse("~*Team-\\D$") else {
        panic!("no regex");
    };
    let regex = pattern.regex().unwrap();
    assert!(regex.is_match("a team-1") && !regex.is_match("team-a"));
    assert!(HeaderPattern::parse("~*(").is_err());
}

#[test]
fn server_names_know_no_letter_case_and_no_last_dot() {
    assert_eq!(
        SniPattern::parse("LLM.Example.com."),
        SniPattern::Name(exact("llm.example.com"))
    );
    assert_eq!(
        SniPattern::parse("*.Example.com"),
        SniPattern::Name(NamePattern::Suffix(".example.com".to_owned()))
    );
    assert_eq!(SniPattern::parse("*"), SniPattern::Any);
}
