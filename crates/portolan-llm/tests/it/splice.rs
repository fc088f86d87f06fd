//! A spliced document parses to the original with only the edited members changed, whatever the JSON.

use bytes::Bytes;
use portolan_llm::{
    json::Members,
    patch::{Edit, splice},
};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    generate::{json, unknown},
    support,
};

const NAMES: &[&str] = &["model", "stream", "max_tokens", "top_k"];
/// The same names, as a client may escape them.
const ESCAPED: &[&str] = &[
    r"mo\u0064el",
    r"\u0073tream",
    r"max\u005ftokens",
    r"top_\u006b",
];

#[derive(Debug, Clone)]
struct Known {
    known: usize,
    escaped: bool,
    value: String,
}

fn known() -> impl Strategy<Value = Vec<Known>> {
    let each: Vec<_> = (0..NAMES.len())
        .map(|known| {
            option::of(
                (any::<bool>(), json()).prop_map(move |(escaped, value)| Known {
                    known,
                    escaped,
                    value,
                }),
            )
        })
        .collect();
    each.prop_map(|members| members.into_iter().flatten().collect::<Vec<_>>())
}

/// Members in any order, the known ones among those of other names: name unescaped, literal, value.
fn members() -> impl Strategy<Value = Vec<(String, String, String)>> {
    (known(), unknown(), unknown())
        .prop_map(|(known, before, after)| {
            let known = known.into_iter().map(|member| {
                let names = if member.escaped { ESCAPED } else { NAMES };
                (
                    NAMES[member.known].to_owned(),
                    names[member.known].to_owned(),
                    member.value,
                )
            });
            // A name that is not looked for may stand twice.
            let others = before.into_iter().chain(after).map(|(name, value)| {
                let plain = serde_json::from_str(&format!("\"{name}\"")).unwrap();
                (plain, name, value)
            });
            known.chain(others).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let each: Vec<_> = (0..NAMES.len())
        .map(|known| {
            prop_oneof![
                2 => Just(None),
                1 => Just(Some(Edit::Remove { known })),
                1 => json().prop_map(move |json| Some(Edit::Set { known, json: json.into_bytes() })),
            ]
        })
        .collect();
    each.prop_map(|edits| edits.into_iter().flatten().collect::<Vec<_>>())
        .prop_shuffle()
}

fn edit_of(edits: &[Edit], name: &str) -> Option<Edit> {
    let known = NAMES.iter().position(|each| *each == name)?;
    edits
        .iter()
        .find(|edit| match edit {
            Edit::Set { known: each, .. }
            | Edit::Remove { known: each }
            | Edit::Within { known: each, .. } => *each == known,
        })
        .cloned()
}

fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap()
}

proptest! {
    #[test]
    fn only_the_edited_members_change(
        members in members(),
        edits in edits(),
        space in prop::sample::select(vec!["", " ", "\n\t"]),
    ) {
        let written: Vec<String> = members
            .iter()
            .map(|(_, literal, value)| format!("{space}\"{literal}\"{space}:{space}{value}{space}"))
            .collect();
        let document = format!("{space}{{{space}{}}}{space}", written.join(","));
        let mut expected: Vec<(String, String)> = members
            .iter()
            .filter_map(|(name, _, value)| match edit_of(&edits, name) {
                None => Some((name.clone(), value.clone())),
                Some(Edit::Set { json, .. }) => Some((name.clone(), text(json))),
                Some(Edit::Remove { .. }) => None,
                Some(Edit::Within { .. }) => panic!("none is generated"),
            })
            .collect();
        for edit in &edits {
            if let Edit::Set { known, json } = edit
                && !members.iter().any(|(name, _, _)| name == NAMES[*known])
            {
                expected.push((NAMES[*known].to_owned(), text(json.clone())));
            }
        }

        let document = Bytes::from(document);
        let read = Members::read(&document, NAMES).unwrap();
        let spliced = splice(&document, &read, NAMES, &edits).concat();
        let support::Members(spliced) = serde_json::from_slice(&spliced)
            .map_err(|error| TestCaseError::fail(format!("{error}: {}", String::from_utf8_lossy(&spliced))))?;
        let spliced: Vec<(String, String)> = spliced
            .into_iter()
            .map(|(name, value)| (name, value.get().to_owned()))
            .collect();
        prop_assert_eq!(spliced, expected);
    }

    #[test]
    fn no_edit_changes_no_byte(value in json()) {
        let document = Bytes::from(format!("{{\"model\":{value}}}"));
        let read = Members::read(&document, NAMES).unwrap();
        prop_assert_eq!(splice(&document, &read, NAMES, &[]).concat(), document);
    }

    #[test]
    fn a_known_name_given_twice_is_refused(
        known in 0..NAMES.len(),
        values in vec(json(), 2),
        escaped in any::<bool>(),
    ) {
        let names = if escaped { ESCAPED } else { NAMES };
        let second = names[known];
        let document = format!(
            "{{\"{}\":{},\"x\":1,\"{second}\":{}}}",
            NAMES[known], values[0], values[1]
        );
        let error = Members::read(document.as_bytes(), NAMES).unwrap_err();
        prop_assert!(error.to_string().contains("is given twice"), "{error}");
    }
}
