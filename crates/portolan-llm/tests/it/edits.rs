//! Whatever the chat and the edits: a splice and the hub come to the same, and a splice leaves every other byte.

use std::collections::BTreeMap;

use bytes::Bytes;
use portolan_llm::{
    edit::{self, Edit, Said, Speaker},
    format::{Adaptation, Format},
    json::{Invalid, RawValue},
    provider::{Quirks, StreamUsage},
};
use proptest::{collection::vec, prelude::*};

use crate::{
    generate::{json, number, string},
    laws::{cohere, openai},
    support,
};

const QUIRKS: Quirks = Quirks {
    stream_usage: StreamUsage::Always,
    refuses: &[],
    renames: &[],
};

/// The edits alone: the document's model is the target's.
fn spliced(format: Format, body: &Bytes, edits: &[Edit]) -> Result<Bytes, Invalid> {
    let peek = format.codec().peek(body)?;
    let target = Adaptation {
        model: "m",
        defaults: &BTreeMap::new(),
        quirks: &QUIRKS,
    };
    let (slices, _) = edit::splice(format, body, &peek, edits, &target)?;
    Ok(slices.concat().into())
}

fn said() -> impl Strategy<Value = Said> {
    let speaker = prop::sample::select(vec![Speaker::System, Speaker::User, Speaker::Assistant]);
    (speaker, any::<String>()).prop_map(|(speaker, text)| Said { speaker, text })
}

/// A message or text that is not there is a fault of its own.
fn of_messages() -> BoxedStrategy<Edit> {
    prop_oneof![
        said().prop_map(Edit::Prepend),
        said().prop_map(Edit::Append),
        (0..3_usize, 0..2_usize, any::<String>()).prop_map(|(message, text, with)| Edit::Text {
            message,
            text,
            with,
        }),
    ]
    .boxed()
}

/// Of names that formats know, of names that the generated chats have besides, and of others; of right types and wrong ones.
fn of_fields() -> BoxedStrategy<Edit> {
    let known = prop::sample::select(vec![
        "temperature",
        "top_p",
        "p",
        "seed",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "stop_sequences",
        "tools",
        "response_format",
        "user",
    ]);
    let name = prop_oneof![known.prop_map(str::to_owned), "x_[a-z]"];
    let value = prop_oneof![
        number(),
        number(),
        string(),
        json(),
        Just("null".to_owned())
    ];
    (name, value)
        .prop_map(|(name, value)| Edit::Field {
            name,
            value: RawValue::from_string(value).unwrap(),
        })
        .boxed()
}

fn chat() -> impl Strategy<Value = (Format, String)> {
    prop_oneof![
        openai::request().prop_map(|body| (Format::OpenAiChat, body)),
        cohere::request().prop_map(|body| (Format::CohereChat, body)),
    ]
}

/// A generated chat, with the model that targets here have. None: there is no prompt in it.
fn for_target(format: Format, body: String) -> Option<Bytes> {
    spliced(format, &Bytes::from(body), &[]).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn the_splice_and_the_hub_agree(
        (format, body) in chat(),
        edits in vec(prop_oneof![2 => of_messages(), 1 => of_fields()], 0..5),
    ) {
        let Some(body) = for_target(format, body) else { return Ok(()) };
        let hub = edit::decode(format, &body, &edits);
        match spliced(format, &body, &edits) {
            Err(_) => prop_assert!(hub.is_err()),
            // A value of a wrong type is seen by who reads it.
            Ok(spliced) => prop_assert_eq!(
                format.codec().decode_request(&spliced).ok(),
                hub.ok(),
                "{}",
                String::from_utf8_lossy(&spliced)
            ),
        }
    }

    #[test]
    fn no_byte_outside_the_messages_that_change_is_another(
        (format, body) in chat(),
        edits in vec(of_messages(), 1..5),
    ) {
        let Some(body) = for_target(format, body) else { return Ok(()) };
        let Ok(spliced) = spliced(format, &body, &edits) else { return Ok(()) };
        let (start, before, end) = list(&body);
        let (spliced_start, after, spliced_end) = list(&spliced);
        prop_assert_eq!((start, end), (spliced_start, spliced_end));
        let prepended = edits.iter().filter(|edit| matches!(edit, Edit::Prepend(_))).count();
        for (at, message) in before.iter().enumerate() {
            let changes = edits.iter().any(|edit| matches!(edit, Edit::Text { message, .. } if *message == at));
            if !changes {
                prop_assert_eq!(*message, after[at + prepended]);
            }
        }
    }
}

/// What stands before the list of messages, its items, and what stands after it.
fn list(document: &Bytes) -> (&[u8], Vec<&str>, &[u8]) {
    let support::Members(members) = serde_json::from_slice(document).unwrap();
    let (_, list) = members.iter().find(|(name, _)| name == "messages").unwrap();
    let start = list.get().as_ptr().addr() - document.as_ptr().addr();
    let items: Vec<&RawValue> = serde_json::from_str(list.get()).unwrap();
    let items = items.into_iter().map(RawValue::get).collect();
    (
        &document[..start],
        items,
        &document[start + list.get().len()..],
    )
}
