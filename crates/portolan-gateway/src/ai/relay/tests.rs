use std::collections::VecDeque;

use bytes::Bytes;
use portolan_llm::format::{Envelope, Format};

use super::StreamRelay;
use crate::ai::render::Plan;

const ROLE: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const TEXT: &str = "data: {\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
const STOP: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}\n\n";
const ERROR: &str = "data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn relay(hide_usage: bool) -> StreamRelay {
    let plan = Plan {
        format: Format::OpenAiChat,
        translate: false,
        stream: true,
        stream_usage: !hide_usage,
        hide_usage,
    };
    let envelope = Envelope {
        id: "chatcmpl-FAKE".to_owned(),
        created: 1,
        model: "gpt-4o".to_owned(),
    };
    StreamRelay::new(plan, Format::OpenAiChat, envelope)
}

/// What goes out for one chunk.
fn push(relay: &mut StreamRelay, chunk: &str) -> Vec<String> {
    let mut out = VecDeque::new();
    relay
        .push(Bytes::copy_from_slice(chunk.as_bytes()), &mut out)
        .unwrap();
    texts(&out)
}

fn end(relay: &mut StreamRelay) -> (bool, Vec<String>) {
    let mut out = VecDeque::new();
    let whole = relay.end(&mut out);
    (whole, texts(&out))
}

fn texts(out: &VecDeque<Bytes>) -> Vec<String> {
    out.iter()
        .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        .collect()
}

#[test]
fn events_that_came_together_go_together() {
    let chunk = [ROLE, TEXT, STOP, DONE].concat();
    assert_eq!(push(&mut relay(false), &chunk), [chunk]);
}

#[test]
fn half_an_event_waits_for_its_end() {
    let mut relay = relay(false);
    let (half, rest) = TEXT.split_at(20);
    assert_eq!(push(&mut relay, &[ROLE, half].concat()), [ROLE]);
    assert!(relay.seen().content.is_none());
    assert_eq!(push(&mut relay, rest), [TEXT]);
    assert!(relay.seen().content.is_some());
}

#[test]
fn usage_is_counted_and_hidden_where_only_we_asked() {
    let chunk = [TEXT, STOP, USAGE, DONE].concat();
    for (hide, expected) in [
        (false, vec![chunk.clone()]),
        (true, vec![[TEXT, STOP].concat(), DONE.to_owned()]),
    ] {
        let mut relay = relay(hide);
        assert_eq!(push(&mut relay, &chunk), expected);
        let tokens = relay.seen().tokens.unwrap();
        assert_eq!((tokens.input, tokens.output), (2, 1));
        assert_eq!(relay.seen().model.as_deref(), Some("gpt-4o-2024-08-06"));
        assert!(relay.seen().terminal);
    }
}

#[test]
fn nothing_follows_an_error() {
    let mut relay = relay(false);
    assert_eq!(
        push(&mut relay, &[TEXT, ERROR, TEXT, DONE].concat()),
        [[TEXT, ERROR].concat()]
    );
    assert!(push(&mut relay, DONE).is_empty());
    let error = relay.seen().error.clone().unwrap();
    assert_eq!((error.message.as_str(), error.status), ("overloaded", None));
    assert!(!relay.seen().terminal);
    assert_eq!(end(&mut relay), (false, Vec::new()));
}

#[test]
fn what_cannot_be_read_is_left_out_and_counted() {
    let mut relay = relay(false);
    let broken = "data: {\"choices\"\n\n";
    assert_eq!(
        push(&mut relay, &[TEXT, broken, STOP].concat()),
        [TEXT, STOP]
    );
    assert_eq!(relay.seen().malformed, 1);
}

#[test]
fn only_a_finished_stream_is_whole() {
    let mut cut = relay(false);
    push(&mut cut, TEXT);
    assert_eq!(end(&mut cut), (false, Vec::new()));

    let mut finished = relay(false);
    push(&mut finished, &[TEXT, STOP].concat());
    assert_eq!(end(&mut finished), (true, vec![DONE.to_owned()]));

    let mut terminated = relay(false);
    push(&mut terminated, &[TEXT, STOP, DONE].concat());
    assert_eq!(end(&mut terminated), (true, Vec::new()));
}

/// The terminator without its blank line ends a stream; half of anything else does not.
#[test]
fn a_tail_counts_only_as_the_terminator() {
    let mut terminated = relay(false);
    push(&mut terminated, &[TEXT, "data: [DONE]\n"].concat());
    assert_eq!(end(&mut terminated), (true, vec![DONE.to_owned()]));

    let mut cut = relay(false);
    push(&mut cut, &[TEXT, STOP.trim_end()].concat());
    assert_eq!(end(&mut cut), (false, Vec::new()));
}

/// The last word holds: a provider that tells running totals is not summed up.
#[test]
fn r08_usage_is_not_summed() {
    let mut relay = relay(false);
    push(&mut relay, &[USAGE, USAGE].concat());
    assert_eq!(relay.seen().tokens.unwrap().input, 2);
}
