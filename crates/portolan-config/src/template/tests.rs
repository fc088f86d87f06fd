use std::borrow::Cow;

use super::{Missing, Segment, Source, Template};

fn given<'v>(source: Source, key: &str) -> Option<Cow<'v, str>> {
    match (source, key) {
        (Source::UriCaptures, "model") => Some(Cow::Borrowed("gpt-4o")),
        (Source::Headers, "x-tier") => Some(Cow::Borrowed("gold")),
        _ => None,
    }
}

#[test]
fn text_around_and_between_values_is_kept() {
    let template = Template::parse("ft:$(uri_captures.model)/$(headers.x-tier)!").unwrap();
    assert_eq!(template.segments().len(), 5);
    assert_eq!(template.literal(), None);
    assert_eq!(template.render(given).unwrap(), "ft:gpt-4o/gold!");
}

#[test]
fn a_single_segment_is_not_copied() {
    let template = Template::parse("gpt-4o").unwrap();
    assert_eq!(template.literal(), Some("gpt-4o"));
    assert!(matches!(
        template.render(given),
        Ok(Cow::Borrowed("gpt-4o"))
    ));
    let template = Template::parse("$(uri_captures.model)").unwrap();
    assert!(matches!(
        template.render(given),
        Ok(Cow::Borrowed("gpt-4o"))
    ));
}

#[test]
fn a_dollar_or_a_bracket_alone_is_text() {
    for text in ["us$5", "a(b)", "$", "m)"] {
        assert_eq!(Template::parse(text).unwrap().literal(), Some(text));
    }
}

#[test]
fn the_first_value_not_given_is_told_as_kong_does() {
    let template = Template::parse("$(query_params.a)$(uri_captures.uri_cap_3)").unwrap();
    let missing = template.render(given).unwrap_err();
    assert_eq!(
        missing,
        Missing {
            source: Source::QueryParams,
            key: "a"
        }
    );
    let template = Template::parse("$(uri_captures.uri_cap_3)").unwrap();
    assert_eq!(
        template.render(given).unwrap_err().to_string(),
        "uri_captures key uri_cap_3 was not provided"
    );
}

#[test]
fn what_is_not_source_and_key_cannot_be_parsed() {
    for text in [
        "$(model)",
        "$()",
        "$(a.b.c)",
        "$(headers.)",
        "$(.x)",
        "x-$(headers.y",
    ] {
        let message = Template::parse(text).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("cannot parse expression for field '{text}'")),
            "{message}"
        );
    }
}

#[test]
fn an_unknown_source_is_named() {
    let message = Template::parse("$(cookies.x)").unwrap_err().to_string();
    assert!(
        message.starts_with("source 'cookies' is not supported"),
        "{message}"
    );
    for known in ["headers", "uri_captures", "query_params"] {
        assert!(message.contains(known), "{message}");
    }
}

#[test]
fn segments_tell_source_and_key() {
    let template = Template::parse("$(headers.x_model)").unwrap();
    assert_eq!(
        template.segments(),
        [Segment::Value {
            source: Source::Headers,
            key: "x_model".to_owned()
        }]
    );
}
