//! Edits by hand, each as a splice and on the hub.

use serde_json::{Value, json};

use super::*;
use crate::provider::{Quirks, StreamUsage};

const PLAIN: Quirks = Quirks {
    stream_usage: StreamUsage::Always,
    refuses: &[],
    renames: &[],
};

/// As no serialiser of ours would write it. Its model is the target's.
const ODD: &str = "\r\n{ \"temperature\" :1.0e5,\"x\":1,\"model\":\"m\", \"x\" : [ 1 ], \"mess\\u0061ges\": [ {\"role\":\"system\",\n\t\"content\":\"be \\u0062rief\"} ,{\"content\":[{\"type\":\"text\",\"text\":\"caf\\u00e9 \\/\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.test/a\"}},{\"text\":\"two\", \"type\":\"text\",\"y\":0.10}],\"role\":\"user\"}\n], \"seed\":12345678901234567890 }\n ";

fn splice_for(
    (format, quirks): (Format, &Quirks),
    defaults: &[(&'static str, &str)],
    body: &str,
    edits: &[Edit],
) -> Result<(String, Loss), Invalid> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let peek = format.codec().peek(&body)?;
    let defaults: BTreeMap<&'static str, String> = defaults
        .iter()
        .map(|(name, json)| (*name, (*json).to_owned()))
        .collect();
    let target = Adaptation {
        model: "m",
        defaults: &defaults,
        quirks,
    };
    let (slices, loss) = splice(format, &body, &peek, edits, &target)?;
    Ok((String::from_utf8(slices.concat()).unwrap(), loss))
}

/// The splice, which the hub agrees with.
fn edited(format: Format, body: &str, edits: &[Edit]) -> String {
    let (spliced, loss) = splice_for((format, &PLAIN), &[], body, edits).unwrap();
    assert!(loss.is_empty());
    assert_eq!(
        format.codec().decode_request(spliced.as_bytes()).unwrap(),
        decode(format, body.as_bytes(), edits).unwrap(),
        "{spliced}"
    );
    spliced
}

/// What both ways say of edits that cannot be made.
fn refused(format: Format, body: &str, edits: &[Edit]) -> String {
    let Invalid(spliced) = splice_for((format, &PLAIN), &[], body, edits).unwrap_err();
    let Invalid(hub) = decode(format, body.as_bytes(), edits).unwrap_err();
    assert_eq!(spliced, hub);
    hub
}

fn text(message: usize, text: usize, with: &str) -> Edit {
    Edit::Text {
        message,
        text,
        with: with.to_owned(),
    }
}

fn field(name: &str, json: &str) -> Edit {
    Edit::Field {
        name: name.to_owned(),
        value: RawValue::from_string(json.to_owned()).unwrap(),
    }
}

fn said(speaker: Speaker, text: &str) -> Said {
    Said {
        speaker,
        text: text.to_owned(),
    }
}

#[test]
fn a_text_changes_and_no_other_byte() {
    let edits = [text(1, 1, "zwei\n\"é\"")];
    assert_eq!(
        edited(Format::OpenAiChat, ODD, &edits),
        ODD.replace("\"two\"", r#""zwei\n\"é\"""#)
    );
    let edits = [
        text(1, 0, "c"),
        text(0, 0, "first word"),
        text(0, 0, "be long"),
    ];
    assert_eq!(
        edited(Format::OpenAiChat, ODD, &edits),
        ODD.replace(r"be \u0062rief", "be long")
            .replace(r"caf\u00e9 \/", "c")
    );
    assert_eq!(edited(Format::OpenAiChat, ODD, &[]), ODD);
}

/// Those of later plugins stand outermost; what is counted stays the client's.
#[test]
fn messages_come_before_and_after() {
    let edits = [
        Edit::Prepend(said(Speaker::System, "b")),
        Edit::Append(said(Speaker::User, "c")),
        Edit::Prepend(said(Speaker::Assistant, "a\\")),
        Edit::Append(said(Speaker::User, "d")),
        text(0, 0, "new"),
    ];
    let expected = ODD
        .replace(r"be \u0062rief", "new")
        .replace(
            "[ {\"role\":\"system\"",
            r#"[ {"role":"assistant","content":"a\\"},{"role":"system","content":"b"},{"role":"system""#,
        )
        .replace(
            "\"role\":\"user\"}\n]",
            "\"role\":\"user\"},{\"role\":\"user\",\"content\":\"c\"},{\"role\":\"user\",\"content\":\"d\"}\n]",
        );
    assert_eq!(edited(Format::OpenAiChat, ODD, &edits), expected);
}

#[test]
fn a_list_of_none_takes_messages() {
    let body = r#"{"model":"m","messages":[ ]}"#;
    let edits = [
        Edit::Append(said(Speaker::User, "b")),
        Edit::Prepend(said(Speaker::System, "a")),
    ];
    assert_eq!(
        edited(Format::CohereChat, body, &edits),
        r#"{"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"b"} ]}"#
    );
    assert_eq!(
        edited(Format::CohereChat, body, &edits[..1]),
        r#"{"model":"m","messages":[{"role":"user","content":"b"} ]}"#
    );
}

/// A plan is a text before the content, wherever it stands; a tool's result is a text too.
#[test]
fn texts_are_counted_as_the_hub_has_them() {
    let body = r#"{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"c"}],"tool_plan":"p","tool_calls":[]},{"role":"tool","tool_call_id":"1","content":[{"type":"document","document":{}},{"type":"text","text":"r"}]}]}"#;
    let edits = [text(0, 0, "P"), text(0, 1, "C"), text(1, 0, "R")];
    assert_eq!(
        edited(Format::CohereChat, body, &edits),
        body.replace(r#""c""#, r#""C""#)
            .replace(r#""p""#, r#""P""#)
            .replace(r#""r""#, r#""R""#)
    );
}

#[test]
fn a_field_takes_the_place_of_the_clients() {
    let edits = [
        field("temperature", "0.10"),
        field("seed", "null"),
        field("user", r#" {"a":[1 ,2]} "#),
        field("user", r#""u-1""#),
    ];
    assert_eq!(
        edited(Format::OpenAiChat, ODD, &edits),
        ODD.replace("1.0e5", "0.10")
            .replace(":12345678901234567890 }", r#":null ,"user":"u-1"}"#)
    );
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"us\u0065r":1,"p":0.5}"#;
    assert_eq!(
        edited(
            Format::CohereChat,
            body,
            &[field("user", "2"), field("p", "0.6"), field("k", "3")]
        ),
        r#"{"model":"m","messages":[{"role":"user","content":"a"}],"us\u0065r":2,"p":0.6,"k":3}"#
    );
}

/// A plugin's field is to its target as if the client had sent it.
#[test]
fn a_field_goes_before_a_default_and_may_be_refused() {
    let body = r#"{"model":"m","messages":[]}"#.replace("[]", r#"[{"role":"user","content":"a"}]"#);
    let quirks = Quirks {
        refuses: &["top_k"],
        renames: &[("seed", "random_seed")],
        ..PLAIN
    };
    let edits = [
        field("temperature", "1"),
        field("top_k", "5"),
        field("seed", "7"),
        field("x", "true"),
    ];
    let defaults = [("temperature", "0.5"), ("top_k", "9"), ("max_tokens", "64")];
    let target = (Format::OpenAiChat, &quirks);
    let (spliced, loss) = splice_for(target, &defaults, &body, &edits).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&spliced).unwrap(),
        json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "a" }],
            "temperature": 1,
            "random_seed": 7,
            "max_tokens": 64,
            "x": true,
        })
    );
    assert_eq!(loss.fields(), ["top_k"]);
    // A null is no value.
    let edits = [field("temperature", "null")];
    let (spliced, _) = splice_for(target, &defaults, &body, &edits).unwrap();
    let spliced: Value = serde_json::from_str(&spliced).unwrap();
    assert_eq!(spliced["temperature"], json!(0.5));
    // Both bounds together are refused by providers.
    let edits = [field("max_completion_tokens", "9")];
    let (spliced, _) = splice_for(target, &defaults, &body, &edits).unwrap();
    let spliced: Value = serde_json::from_str(&spliced).unwrap();
    assert_eq!(
        (&spliced["max_tokens"], &spliced["max_completion_tokens"]),
        (&Value::Null, &json!(9))
    );
}

#[test]
fn what_cannot_be_edited_is_named() {
    let format = Format::OpenAiChat;
    assert_eq!(
        refused(format, ODD, &[text(2, 0, "a")]),
        "messages[2]: no such message to edit"
    );
    assert_eq!(
        refused(format, ODD, &[text(0, 1, "a")]),
        "messages[0]: no text 1 to edit"
    );
    let silent = r#"{"model":"m","messages":[{"role":"assistant","content":null}]}"#;
    assert_eq!(
        refused(format, silent, &[text(0, 0, "a")]),
        "messages[0]: no text 0 to edit"
    );
    for decided in ["model", "messages", "stream", "stream_options"] {
        assert_eq!(
            refused(format, ODD, &[field(decided, "null")]),
            format!("{decided}: no edit can set it")
        );
    }
    // The target might read the other one.
    let twice = [field("x", "2")];
    for error in [
        splice_for((format, &PLAIN), &[], ODD, &twice).unwrap_err(),
        decode(format, ODD.as_bytes(), &twice).unwrap_err(),
    ] {
        let told = error.to_string();
        assert!(told.starts_with("`x` is given twice"), "{told}");
    }
}

/// A message that the hub does not know stays as it is, where the target speaks the client's format.
#[test]
fn only_the_message_that_changes_is_read() {
    let body = r#"{"model":"m","messages":[{"role":"function","name":"f","content":1},{"role":"user","content":"a"}]}"#;
    let target = (Format::OpenAiChat, &PLAIN);
    let (spliced, _) = splice_for(target, &[], body, &[text(1, 0, "b")]).unwrap();
    assert_eq!(spliced, body.replace(r#""a""#, r#""b""#));
    let Invalid(error) = splice_for(target, &[], body, &[text(0, 0, "b")]).unwrap_err();
    assert!(error.starts_with("messages[0]."), "{error}");
}

/// Nothing of the prompt is copied.
#[test]
fn what_stays_is_slices_of_what_came() {
    let body = Bytes::from_static(ODD.as_bytes());
    let peek = Format::OpenAiChat.codec().peek(&body).unwrap();
    let target = Adaptation {
        model: "m",
        defaults: &BTreeMap::new(),
        quirks: &PLAIN,
    };
    let edits = [text(0, 0, "new"), field("user", "1")];
    let (slices, _) = splice(Format::OpenAiChat, &body, &peek, &edits, &target).unwrap();
    let own = body.as_ptr_range();
    let copied: usize = slices
        .iter()
        .filter(|slice| !own.contains(&slice.as_ptr()))
        .map(Bytes::len)
        .sum();
    assert_eq!(copied, r#""new""#.len() + r#","user":1"#.len());
}
