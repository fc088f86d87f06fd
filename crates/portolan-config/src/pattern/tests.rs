use super::{Pattern, SURELY_SMALL, size};

#[test]
fn a_regex_is_anchored_at_its_start_only() {
    let pattern = Pattern::parse("/v(?<version>\\d)").unwrap();
    let regex = pattern.regex().unwrap();
    assert!(regex.is_match("/v1/chat"));
    assert!(!regex.is_match("/x/v1"));
    assert!(regex.capture_names().any(|name| name == Some("version")));
}

#[test]
fn groups_have_numbers_and_names() {
    let pattern = Pattern::parse("/(?<a>x(y)?)|/(?:no)/(?P<b>z)").unwrap();
    assert_eq!(pattern.groups(), ["0", "1", "a", "2", "3", "b"]);
}

/// What is taken without being compiled compiles: a program of the regex crate stays below its own limit.
#[test]
fn what_is_taken_compiles() {
    for pattern in [
        "/(?<model>[^#?/]+)/chat$".to_owned(),
        r"/\w+".repeat(20),
        r"/[\p{L}\d]{3}".to_owned(),
        "/a{900}".to_owned(),
        "/(ab|cd|[^x]){40}".to_owned(),
    ] {
        let parsed = Pattern::parse(&pattern).unwrap();
        assert!(parsed.regex().is_some(), "{pattern}");
        let hir = regex_syntax::parse(&pattern).unwrap();
        if size(&hir) <= SURELY_SMALL {
            let limited = regex::RegexBuilder::new(&pattern)
                .size_limit(SURELY_SMALL)
                .build();
            assert!(limited.is_ok(), "{pattern} is larger than its estimate");
        }
    }
}

#[test]
fn what_is_no_regex_is_told_in_one_line() {
    for pattern in ["/(", "/(?=x)"] {
        let told = Pattern::parse(pattern).unwrap_err();
        assert!(!told.contains('\n') && !told.is_empty(), "{told}");
    }
}

#[test]
fn what_is_too_large_is_known_to_be_large() {
    let pattern = Pattern::parse(r"/(\w{100}){100}").unwrap();
    assert!(pattern.is_large() && pattern.regex().is_none());
}

#[test]
fn every_match_begins_with_the_prefix_and_contains_the_inner_texts() {
    for (pattern, prefix, inner) in [
        ("/team/(?<model>[^/]+)/chat$", "/team/", &["/chat"][..]),
        ("/(?<a>[^/]+)/x/(?<b>\\w+)(?:-eu)+$", "/", &["/x/", "-eu"]),
        ("/(v1)/(?<m>a)/chat", "/v1/a/chat", &[]),
        ("/a/(?:b|c)/d", "/a/", &["/d"]),
        // What may be left out is not asked for.
        ("/ab?", "/a", &[]),
        ("/a(?:/b)?(?:/c)*(?:/d){0,2}", "/a", &[]),
        // Only the first alternative is bound to the start.
        ("/a|/b", "", &[]),
        ("/v\\d", "/v", &[]),
        ("/(?i)a/b", "/", &["/"]),
        ("/é/x", "/é/x", &[]),
        ("/[.]x\\.", "/.x.", &[]),
        ("/$", "/", &[]),
        ("", "", &[]),
    ] {
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(pattern.prefix(), prefix, "{pattern:?}");
        let found: Vec<&str> = pattern.inner().iter().map(AsRef::as_ref).collect();
        assert_eq!(found, inner, "{pattern:?}");
    }
    let anywhere = Pattern::anywhere("/a").unwrap();
    assert_eq!(anywhere.prefix(), "");
}

/// What is still in use is compiled once, however often it is read.
#[test]
fn patterns_of_one_text_are_one() {
    let first = Pattern::parse("/shared/(?<x>.)").unwrap();
    let again = Pattern::parse("/shared/(?<x>.)").unwrap();
    assert!(std::ptr::eq(first.regex().unwrap(), again.regex().unwrap()));
}
