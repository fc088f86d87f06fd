use proptest::prelude::*;
use regex::Regex;

use super::Steps;

fn steps(pattern: &str) -> Option<Steps> {
    Steps::of(&regex_syntax::parse(pattern).unwrap())
}

#[test]
fn what_guides_write_is_walked() {
    for pattern in [
        "^/(?P<model>[^#?/]+)/chat/completions$",
        "^/openai/deployments/(?P<azure_deployment>[^#?/]+)/chat/completions$",
        "^/v[0-9]+/models/?$",
        "^/a/(?P<rest>.*)",
        "^/(?P<date>[0-9]{4}-[0-9]{2})/x$",
    ] {
        assert!(steps(pattern).is_some(), "{pattern}");
    }
}

#[test]
fn what_might_go_back_is_not() {
    for pattern in [
        "/a",
        "^/a|/b",
        "^/(?:a|bc)/x",
        "^/.+/chat$",
        "^/[^/]*[a-z]$",
        "^/[^/]+?",
        "^/(?:ab)+$",
        r"^/\d+/x",
        r"^/\w\b",
        "^/.{3}$",
        "^/é*$",
        "^/(?m:$)",
    ] {
        assert!(steps(pattern).is_none(), "{pattern}");
    }
}

#[test]
fn groups_are_numbered_and_named_as_they_open() {
    let steps = steps("^/((?P<a>[a-z]+)-(?P<b>[0-9]?))/$").unwrap();
    let names: Vec<_> = steps.names().collect();
    assert_eq!(names, [None, None, Some("a"), Some("b")]);
    let groups = [0..5, 1..4, 1..3, 4..4].map(Some);
    assert_eq!(steps.captures("/xy-/").as_deref(), Some(&groups[..]));
    assert_eq!(steps.captures("/xy-12/"), None);
}

fn pattern() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "a", "b", "/", "é", "[^/]", "[ab]", "[^a]", "[aé]", "[/b]", ".", "-",
    ]);
    let times = prop::sample::select(vec!["", "", "", "+", "*", "?", "{2}", "{1,2}", "+?"]);
    let part = (atom, times, any::<bool>()).prop_map(|(atom, times, grouped)| {
        if grouped {
            format!("({atom}{times})")
        } else {
            format!("{atom}{times}")
        }
    });
    (prop::collection::vec(part, 0..6), any::<bool>())
        .prop_map(|(parts, end)| format!("^{}{}", parts.concat(), if end { "$" } else { "" }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// As the regex crate has it, groups and all.
    #[test]
    fn a_walk_finds_what_the_regex_finds(pattern in pattern(), text in "[ab/é\n-]{0,8}") {
        let Some(steps) = steps(&pattern) else {
            return Ok(());
        };
        let regex = Regex::new(&pattern).unwrap();
        prop_assert_eq!(steps.find(&text), regex.find(&text).map(|found| found.range()));
        let groups = regex.captures(&text).map(|groups| {
            let groups = groups.iter();
            groups.map(|group| group.map(|group| group.range())).collect::<Box<[_]>>()
        });
        prop_assert_eq!(steps.captures(&text), groups);
    }
}
