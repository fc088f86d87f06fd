//! The rows. Answers have 64 words: 0.9 KB whole, 66 events streamed.

use super::{Dialect, Kind, Row, Transport};

/// A gateway that answers it is up.
pub(in crate::bench) static CHAT: Row = BASE;

/// A stream that outlasts the count of a thousand: for memory alone.
pub(in crate::bench) static HELD: Row = Row {
    key: "held",
    title: "open stream",
    stream: true,
    mock: Kind::Slow,
    route: "/slow",
    requests: [1, 1],
    ..BASE
};

pub(super) static ROWS: &[Row] = &[
    BASE,
    Row {
        key: "prompt",
        title: "chat, 64 KiB prompt",
        body: 64 << 10,
        requests: [600, 1200],
        ..BASE
    },
    Row {
        key: "templated",
        title: "chat, templated model",
        route: "/t/gpt-4o-mini",
        ..BASE
    },
    Row {
        key: "cohere",
        title: "Cohere chat, translated",
        dialect: Dialect::Cohere,
        route: "/cohere",
        ..BASE
    },
    Row {
        key: "cohere-stream",
        title: "Cohere stream in a burst, translated",
        dialect: Dialect::Cohere,
        route: "/cohere",
        ..BURST
    },
    BURST,
    Row {
        key: "paced",
        title: "stream, 66 events at 5 ms",
        stream: true,
        mock: Kind::Paced,
        route: "/paced",
        requests: [3, 192],
        ..BASE
    },
    PLAIN,
    Row {
        key: "plain-prompt",
        title: "no plugin, 64 KiB",
        body: 64 << 10,
        requests: [600, 1200],
        ..PLAIN
    },
    Row {
        key: "plain-tls",
        title: "no plugin, 0.9 KB, TLS",
        transport: Transport::Tls,
        ..PLAIN
    },
    Row {
        key: "chat-tls",
        title: "chat, 0.9 KB, TLS",
        transport: Transport::Tls,
        ..BASE
    },
    Row {
        key: "chat-h2",
        title: "chat, 0.9 KB, HTTP/2 over TLS",
        transport: Transport::Http2,
        ..BASE
    },
    Row {
        key: "chat-h2c",
        title: "chat, 0.9 KB, HTTP/2 in the clear",
        transport: Transport::ClearHttp2,
        ..BASE
    },
    Row {
        key: "burst-h2",
        title: "stream in a burst, HTTP/2 over TLS",
        transport: Transport::Http2,
        ..BURST
    },
];

const BASE: Row = Row {
    key: "chat",
    title: "chat, 0.9 KB",
    dialect: Dialect::OpenAi,
    stream: false,
    mock: Kind::Plain,
    transport: Transport::Plain,
    ai: true,
    route: "/chat",
    body: 900,
    requests: [1500, 4000],
};

const BURST: Row = Row {
    key: "burst",
    title: "stream in a burst",
    stream: true,
    requests: [400, 1000],
    ..BASE
};

const PLAIN: Row = Row {
    key: "plain",
    title: "no plugin, 0.9 KB",
    ai: false,
    route: "/plain",
    ..BASE
};
