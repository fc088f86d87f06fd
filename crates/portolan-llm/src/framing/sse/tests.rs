//! The standard's own examples, and the bounds of an event.

use super::*;

/// All events of a stream that arrives at once, and its tail.
fn all(stream: &'static str) -> (Vec<Event<'static>>, Bytes) {
    let mut framer = Framer::new(1024);
    framer.push(Bytes::from_static(stream.as_bytes()));
    let mut events = Vec::new();
    while let Some(range) = framer.next_event().unwrap() {
        events.push(parse(&stream.as_bytes()[range]));
    }
    (events, framer.tail())
}

fn data(stream: &'static str) -> Vec<Option<String>> {
    let text = |data: Cow<'_, [u8]>| String::from_utf8(data.into_owned()).unwrap();
    all(stream)
        .0
        .into_iter()
        .map(|event| event.data.map(text))
        .collect()
}

#[test]
fn the_standard_s_examples() {
    assert_eq!(
        data("data: YHOO\ndata: +2\ndata: 10\n\n"),
        [Some("YHOO\n+2\n10".to_owned())]
    );
    assert_eq!(
        data(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
        ),
        [
            None,
            Some("first event".to_owned()),
            Some("second event".to_owned()),
            Some(" third event".to_owned())
        ]
    );
    let (events, tail) = all("data\n\ndata\ndata\n\ndata:");
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].data.as_deref(), Some(b"".as_slice()));
    assert_eq!(events[1].data.as_deref(), Some(b"\n".as_slice()));
    assert_eq!(tail, "data:");
    assert_eq!(
        data("data:test\n\ndata: test\n\n"),
        [Some("test".to_owned()), Some("test".to_owned())]
    );
    let (events, _) = all("event: add\ndata: 73857293\n\n");
    assert_eq!(events[0].name, Some(b"add".as_slice()));
}

#[test]
fn lines_end_in_three_ways() {
    for stream in [
        "data: a\n\ndata: b\n\n",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\rdata: b\r\r",
    ] {
        assert_eq!(
            data(stream),
            [Some("a".to_owned()), Some("b".to_owned())],
            "{stream:?}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_not_a_field() {
    assert_eq!(data("\u{feff}data: a\n\n"), [Some("a".to_owned())]);
}

/// The CR ends the line at once; the LF that arrives after it is no line of its own.
#[test]
fn r09_a_line_s_end_may_be_cut_in_two() {
    let mut framer = Framer::new(64);
    framer.push(Bytes::from_static(b"data: a\r"));
    assert_eq!(framer.next_event(), Ok(None));
    framer.push(Bytes::from_static(b"\ndata: b\r\n\r\n"));
    let range = framer.next_event().unwrap().unwrap();
    assert_eq!(
        parse(framer.bytes(range)).data.as_deref(),
        Some(b"a\nb".as_slice())
    );
}

#[test]
fn an_event_has_a_bound() {
    let mut framer = Framer::new(8);
    framer.push(Bytes::from_static(b"data: 1\n\ndata: 1234"));
    assert_eq!(framer.next_event(), Ok(Some(0..9)));
    assert_eq!(framer.next_event(), Err(TooLong { limit: 8 }));
}

#[test]
fn whole_events_are_not_copied() {
    let stream = Bytes::from_static(b"data: 1\n\ndata: 2\n\n");
    let mut framer = Framer::new(64);
    framer.push(stream.clone());
    let range = framer.next_event().unwrap().unwrap();
    assert_eq!(framer.slice(range).as_ptr(), stream.as_ptr());
}
