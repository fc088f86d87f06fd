use serde_json::json;

use super::*;

fn said(request: Value) -> Said {
    let Value::Object(request) = request else {
        panic!("a request is an object");
    };
    say(&request, None, 0)
}

fn text(said: &Said) -> &str {
    match &said.content {
        Content::Text { text, .. } => text,
        Content::Calls(_) => panic!("calls, not a text"),
    }
}

fn calls_of(said: &Said) -> Vec<(&str, &str)> {
    match &said.content {
        Content::Text { text, .. } => panic!("a text, not calls: {text}"),
        Content::Calls(calls) => calls
            .iter()
            .map(|call| (call.name.as_str(), call.arguments.as_str()))
            .collect(),
    }
}

#[test]
fn chunks_are_words_with_the_space_before_them() {
    assert_eq!(chunks("You said: hi"), ["You", " said:", " hi"]);
    assert_eq!(chunks("  two\n\nlines \t"), ["  two", "\n\nlines \t"]);
    assert_eq!(chunks("é\u{2003}ü"), ["é", "\u{2003}ü"]);
    assert_eq!(chunks(" "), [" "]);
    assert!(chunks("").is_empty());
}

#[test]
fn an_echo_counts_the_words_of_all_messages() {
    let said = said(json!({ "messages": [
        { "role": "system", "content": "Be brief" },
        { "role": "user", "content": [
            { "type": "text", "text": "Say \"hi\"" },
            { "type": "image_url", "image_url": { "url": "data:," } },
            { "type": "text", "text": "now" },
        ] },
    ] }));
    assert_eq!(text(&said), "You said: Say \"hi\"\nnow");
    let expected = Usage {
        prompt: 5,
        completion: 5,
    };
    assert_eq!(said.usage, expected);
}

#[test]
fn a_tool_result_is_echoed_from_a_string_or_a_document() {
    for content in [
        json!("7 degrees"),
        json!([{ "type": "text", "text": "7 degrees" }]),
        json!([{ "type": "document", "document": { "data": "7 degrees" } }]),
    ] {
        let said = said(json!({ "messages": [
            { "role": "user", "content": "Weather?" },
            { "role": "tool", "tool_call_id": "call_1", "content": content },
        ] }));
        assert_eq!(text(&said), "The tool said: 7 degrees");
    }
}

#[test]
fn tools_are_called_with_their_required_properties() {
    let weather = json!({ "type": "function", "function": { "name": "weather", "parameters": {
        "type": "object",
        "properties": {
            "city": { "type": "string" },
            "days": { "type": "integer" },
            "unit": { "type": "string", "enum": ["celsius", "kelvin"] },
            "note": { "type": "string" },
        },
        "required": ["city", "days", "unit"],
    } } });
    let clock = json!({ "type": "function", "function": { "name": "clock" } });
    let arguments = r#"{"city":"Paris","days":7,"unit":"celsius"}"#;
    let user = json!([{ "role": "user", "content": "Weather?" }]);

    let two = said(json!({ "messages": user, "tools": [weather, clock] }));
    assert_eq!(calls_of(&two), [("weather", arguments), ("clock", "{}")]);
    let one = said(json!({
        "messages": user, "tools": [weather, clock], "parallel_tool_calls": false,
    }));
    assert_eq!(calls_of(&one), [("weather", arguments)]);
    for choice in ["none", "NONE"] {
        let none = said(json!({ "messages": user, "tools": [weather], "tool_choice": choice }));
        assert_eq!(text(&none), "You said: Weather?");
    }
}

#[test]
fn a_limit_of_tokens_cuts_the_text_short() {
    let user = json!([{ "role": "user", "content": "a b c" }]);
    let short = said(json!({ "messages": user, "max_tokens": 3 }));
    let Content::Text { text, cut_short } = &short.content else {
        panic!("calls, not a text");
    };
    assert_eq!((text.as_str(), *cut_short), ("You said: a", true));
    assert_eq!(short.usage.completion, 3);
    let enough = said(json!({ "messages": user, "max_tokens": 5 }));
    assert!(matches!(
        enough.content,
        Content::Text {
            cut_short: false,
            ..
        }
    ));
}

#[test]
fn fragments_put_together_are_the_arguments() {
    let arguments = r#"{"city":"Orléans"}"#;
    let fragments = fragments(arguments);
    assert!(fragments.len() > 2);
    assert_eq!(fragments.concat(), arguments);
}
