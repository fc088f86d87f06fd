//! JSON as text: escapes, halves of surrogate pairs, numbers of any size, nesting, unknown fields.

use proptest::{collection::vec, option, prelude::*};

/// A member: its name's literal without quotes, and its value.
pub(crate) type Member = (String, String);

pub(crate) fn string() -> BoxedStrategy<String> {
    let piece = prop_oneof![
        "[a-z ,.{}:]{1,6}".boxed(),
        prop::sample::select(vec![
            r"\n",
            r#"\""#,
            r"\\",
            r"\/",
            r"\u0000",
            r"\u00e9",
            r"\ud83d",
            r"\ude00",
            r"\ud83d\ude00",
            "é",
            "😀",
            "\u{2028}",
        ])
        .prop_map(str::to_owned)
        .boxed(),
    ];
    vec(piece, 0..5)
        .prop_map(|pieces| format!("\"{}\"", pieces.concat()))
        .boxed()
}

pub(crate) fn number() -> BoxedStrategy<String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        prop::sample::select(vec![
            "0",
            "-0",
            "1.0",
            "0.7",
            "1e400",
            "-2.5E-3",
            "123456789012345678901234567890",
        ])
        .prop_map(str::to_owned),
    ]
    .boxed()
}

pub(crate) fn json() -> BoxedStrategy<String> {
    prop_oneof![
        prop::sample::select(vec!["null", "true", "false", "[]", "{}"]).prop_map(str::to_owned),
        number(),
        string(),
    ]
    .prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
            vec((string(), inner), 0..4).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value)| format!("{name} :{value}"))
                    .collect();
                format!("{{ {}}}", members.join(","))
            }),
        ]
    })
    .boxed()
}

pub(crate) fn word(words: &[&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(words.to_vec())
        .prop_map(str::to_owned)
        .boxed()
}

pub(crate) fn or_null(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![4 => value, 1 => Just(String::from("null"))].boxed()
}

pub(crate) fn list(item: BoxedStrategy<String>, least: usize) -> BoxedStrategy<String> {
    vec(item, least..4)
        .prop_map(|items| format!("[{}]", items.join(",\n")))
        .boxed()
}

pub(crate) fn always(
    name: &'static str,
    value: BoxedStrategy<String>,
) -> BoxedStrategy<Vec<Member>> {
    value
        .prop_map(move |value| vec![(name.to_owned(), value)])
        .boxed()
}

pub(crate) fn maybe(
    name: &'static str,
    value: BoxedStrategy<String>,
) -> BoxedStrategy<Vec<Member>> {
    option::of(value)
        .prop_map(move |value| {
            value
                .map(|value| (name.to_owned(), value))
                .into_iter()
                .collect()
        })
        .boxed()
}

/// Members of names that no format has, each once.
pub(crate) fn unknown() -> BoxedStrategy<Vec<Member>> {
    prop::collection::btree_map(r"x_[a-z]{1,3}(\\n|\\u00e9)?", json(), 0..3)
        .prop_map(|members| members.into_iter().collect())
        .boxed()
}

/// An object of these members in any order.
pub(crate) fn object(members: Vec<BoxedStrategy<Vec<Member>>>) -> BoxedStrategy<String> {
    members
        .prop_map(|members| members.concat())
        .prop_shuffle()
        .prop_map(|members| write(&members))
        .boxed()
}

pub(crate) fn write(members: &[Member]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\": {value}"))
        .collect();
    format!("{{{}}}", members.join(", "))
}
