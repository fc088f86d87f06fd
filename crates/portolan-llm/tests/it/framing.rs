//! Any split of a stream's bytes gives the same events, and the bytes handed out are the bytes that came.

use bytes::Bytes;
use portolan_llm::framing::sse::{self, Framer};
use proptest::{collection::vec, prelude::*};

use crate::support::LIMIT;

type Named = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The events with something to say, and all bytes handed out.
fn frame<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<Named>, Vec<u8>) {
    let mut framer = Framer::new(LIMIT);
    let (mut events, mut bytes) = (Vec::new(), Vec::new());
    for piece in pieces {
        framer.push(Bytes::copy_from_slice(piece));
        while let Some(range) = framer.next_event().unwrap() {
            let slice = framer.slice(range.clone());
            assert_eq!(&slice[..], framer.bytes(range));
            bytes.extend_from_slice(&slice);
            let event = sse::parse(&slice);
            if event.name.is_some() || event.data.is_some() {
                events.push((
                    event.name.map(<[u8]>::to_vec),
                    event.data.map(|data| data.to_vec()),
                ));
            }
        }
    }
    bytes.extend_from_slice(&framer.tail());
    (events, bytes)
}

/// The standard's algorithm, a line at a time.
fn dispatched(lines: &[&str]) -> Vec<Named> {
    let mut events = Vec::new();
    let (mut name, mut data): (Option<String>, Option<String>) = (None, None);
    for &line in lines {
        if line.is_empty() {
            if name.is_some() || data.is_some() {
                events.push((
                    name.take().map(String::into_bytes),
                    data.take().map(String::into_bytes),
                ));
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = Some(value.to_owned()),
            "data" => {
                data = Some(match data.take() {
                    None => value.to_owned(),
                    Some(data) => format!("{data}\n{value}"),
                });
            }
            _ => {}
        }
    }
    events
}

const LINES: &[&str] = &[
    "",
    "",
    "data: {\"a\":1}",
    "data:{\"b\": \"\u{e9}\u{1f600}\"}",
    "data",
    "data:",
    "data:  two spaces",
    ": comment",
    ":",
    "event: message-start",
    "id: 7",
    "retry: 10",
    "unknown",
];

fn split<'s>(stream: &'s [u8], cuts: &[prop::sample::Index]) -> Vec<&'s [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts {
        pieces.push(&stream[start..cut]);
        start = cut;
    }
    pieces.push(&stream[start..]);
    pieces
}

proptest! {
    #[test]
    fn r09_any_split_gives_the_same_events_and_bytes(
        lines in vec(prop::sample::select(LINES.to_vec()), 0..16),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        mark in any::<bool>(),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut stream = String::from(if mark { "\u{feff}" } else { "" });
        for line in &lines {
            stream.push_str(line);
            stream.push_str(end);
        }
        let stream = stream.into_bytes();
        let (events, bytes) = frame(split(&stream, &cuts));
        prop_assert_eq!(&bytes, &stream);
        prop_assert_eq!(events, dispatched(&lines));
    }

    #[test]
    fn r09_a_byte_at_a_time_gives_the_same_events(
        lines in vec(prop::sample::select(LINES.to_vec()), 0..12),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let stream: String = lines.iter().flat_map(|line| [*line, end]).collect();
        let (events, bytes) = frame(stream.as_bytes().chunks(1));
        prop_assert_eq!(bytes, stream.as_bytes());
        prop_assert_eq!(events, dispatched(&lines));
    }
}
