//! What hyper answers itself, to a head that it could not read, told as Kong tells it. hyper writes a bare status and
//! closes; it is recognised by its very bytes, and only where no answer of ours can be what is written.

use std::{io::IoSlice, net::IpAddr};

use bytes::Bytes;
use http::{Method, Uri};

use super::idle::Waiting;
use crate::{
    headers,
    telemetry::{Outcome, Record, Settle, Writer},
    worker,
};

/// Why a head could not be read. Kong's statuses and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Malformed,
    /// nginx's 494, which it tells as 400.
    HeadTooLarge,
    UriTooLong,
}

impl Refusal {
    fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::HeadTooLarge => 400,
            Self::UriTooLong => 414,
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Malformed | Self::HeadTooLarge => "Bad Request",
            Self::UriTooLong => "URI Too Long",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Malformed => "Bad request",
            Self::HeadTooLarge => "Request header or cookie too large",
            Self::UriTooLong => "URI too long",
        }
    }
}

/// Tells hyper's own answers from ours: they come when everything was flushed, no request is under way, and none has
/// begun since.
pub(super) struct Refusals {
    client_ip: IpAddr,
    log: Writer,
    /// Requests that had begun when everything was flushed last.
    flushed: u64,
    /// Requests that had begun before the head that is being read.
    head: u64,
    /// Bytes read of that head's first line, and whether that was all of it.
    line: usize,
    line_ended: bool,
    /// Of a request's target.
    uri_bytes: usize,
}

impl Refusals {
    /// Of a client's connection; `log`: where they are told.
    pub(super) fn new(client_ip: IpAddr, log: Writer, uri_bytes: usize) -> Self {
        Self {
            client_ip,
            log,
            flushed: 0,
            head: 0,
            line: 0,
            line_ended: false,
            uri_bytes,
        }
    }

    pub(super) fn flushed(&mut self, waiting: &Waiting) {
        if let Some(requests) = waiting.between() {
            self.flushed = requests;
        }
    }

    pub(super) fn read(&mut self, waiting: &Waiting, bytes: &[u8]) {
        let Some(requests) = waiting.between() else {
            return;
        };
        if self.head != requests {
            self.head = requests;
            self.line = 0;
            self.line_ended = false;
        }
        if !self.line_ended {
            let end = memchr::memchr(b'\n', bytes);
            self.line += end.unwrap_or(bytes.len());
            self.line_ended = end.is_some();
        }
    }

    /// What stands for hyper's own answer, logged, and the length of that; none: what is written is not one.
    pub(super) fn instead(
        &self,
        waiting: &Waiting,
        bufs: &[IoSlice<'_>],
    ) -> Option<(Bytes, usize)> {
        if self.flushed != waiting.requests() || waiting.upgraded() {
            return None;
        }
        let mut written = bufs.iter().filter(|buf| !buf.is_empty());
        let (Some(bare), None) = (written.next(), written.next()) else {
            return None;
        };
        Some((self.answer(bare)?, bare.len()))
    }

    fn answer(&self, written: &[u8]) -> Option<Bytes> {
        let (refusal, date) = recognise(written)?;
        let refusal = match refusal {
            // A head that is too long may be so for its first line alone.
            Refusal::HeadTooLarge if self.head == self.flushed && self.line > self.uri_bytes => {
                Refusal::UriTooLong
            }
            refusal => refusal,
        };
        let id = worker::request_id();
        let (answer, length) = render(refusal, date, &id);
        // What could not be read of it is told as `-` and `/`.
        let method = Method::from_bytes(b"-").unwrap_or_default();
        let mut record = Record::begun(id, self.client_ip, method, Uri::default());
        record.status = refusal.status();
        record.outcome = Outcome::Completed;
        record.response_size = length as u64;
        drop(Settle::new(record, self.log.clone()));
        Some(answer)
    }
}

/// hyper's own answer, and the date that it bears.
fn recognise(written: &[u8]) -> Option<(Refusal, &str)> {
    let text = written.strip_prefix(b"HTTP/1.")?;
    let text = str::from_utf8(text).ok()?;
    let text = text
        .strip_prefix("1 ")
        .or_else(|| text.strip_prefix("0 "))?;
    let (refusal, rest) = [
        ("400 Bad Request\r\n", Refusal::Malformed),
        (
            "431 Request Header Fields Too Large\r\n",
            Refusal::HeadTooLarge,
        ),
        ("414 URI Too Long\r\n", Refusal::UriTooLong),
    ]
    .into_iter()
    .find_map(|(line, refusal)| Some((refusal, text.strip_prefix(line)?)))?;
    let rest = rest.strip_prefix("connection: close\r\n").unwrap_or(rest);
    let date = rest
        .strip_prefix("content-length: 0\r\ndate: ")?
        .strip_suffix("\r\n\r\n")?;
    // An HTTP date (RFC 9110, 5.6.7).
    (date.len() == 29 && !date.contains('\r')).then_some((refusal, date))
}

/// With the length of its body.
fn render(refusal: Refusal, date: &str, id: &str) -> (Bytes, usize) {
    let (status, reason, message) = (refusal.status(), refusal.reason(), refusal.message());
    let body = format!("{message}\nrequest_id: {id}\n");
    let length = body.len();
    let server = headers::PRODUCT;
    let server = server.to_str().unwrap_or_default();
    let name = headers::REQUEST_ID;
    let answer = format!(
        "HTTP/1.1 {status} {reason}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nserver: {server}\r\n{name}: {id}\r\ndate: {date}\r\n\r\n{body}"
    );
    (Bytes::from(answer), length)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::telemetry::{AccessLog, Log};

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn bare(status: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\ndate: {DATE}\r\n\r\n"
        )
    }

    #[test]
    fn hypers_own_answers_are_recognised() {
        for (status, refusal) in [
            ("400 Bad Request", Refusal::Malformed),
            ("431 Request Header Fields Too Large", Refusal::HeadTooLarge),
            ("414 URI Too Long", Refusal::UriTooLong),
        ] {
            let bare = bare(status);
            assert_eq!(recognise(bare.as_bytes()), Some((refusal, DATE)));
            let old = bare
                .replace("HTTP/1.1", "HTTP/1.0")
                .replace("connection: close\r\n", "");
            assert_eq!(recognise(old.as_bytes()), Some((refusal, DATE)));
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        let bare = bare("400 Bad Request");
        for other in [
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
            bare.replace("400 Bad Request", "404 Not Found"),
            bare.replace("length: 0", "length: 5"),
            bare.replace("date:", "server: other\r\ndate:"),
            bare.replace(DATE, "now"),
            format!("{bare}body"),
            format!("{bare}{bare}"),
            bare[..bare.len() - 2].to_owned(),
            String::new(),
        ] {
            assert_eq!(recognise(other.as_bytes()), None, "{other:?}");
        }
    }

    /// Kong's text template, and the headers that every answer of the gateway carries.
    #[test]
    fn kongs_answer_stands_for_it() {
        let (answer, length) = render(Refusal::HeadTooLarge, DATE, "5f6f2b7c");
        let text = str::from_utf8(&answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            body,
            "Request header or cookie too large\nrequest_id: 5f6f2b7c\n"
        );
        let mut lines = head.split("\r\n");
        assert_eq!(lines.next(), Some("HTTP/1.1 400 Bad Request"));
        let mut lines: Vec<&str> = lines.collect();
        lines.sort_unstable();
        let server = format!("server: portolan/{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(
            lines,
            [
                "connection: close",
                // 35 bytes of words, 21 of the id's line.
                "content-length: 56",
                "content-type: text/plain; charset=utf-8",
                &format!("date: {DATE}"),
                &server,
                "x-kong-request-id: 5f6f2b7c",
            ]
        );
        assert_eq!(length, 56);
    }

    fn status(refusals: &Refusals, waiting: &Waiting) -> Option<Bytes> {
        let bare = bare("431 Request Header Fields Too Large");
        let bufs = [IoSlice::new(bare.as_bytes()), IoSlice::new(b"")];
        let (answer, length) = refusals.instead(waiting, &bufs)?;
        assert_eq!(length, bare.len());
        Some(answer.slice(9..12))
    }

    #[test]
    fn only_between_requests_and_by_its_first_line() {
        let waiting = Waiting::new(Arc::default(), (None, None));
        let log = Log::open(&AccessLog::Off).unwrap().writer();
        let mut refusals = Refusals::new([127, 0, 0, 1].into(), log, 8);
        refusals.read(&waiting, b"GET /");
        refusals.read(&waiting, b"\r\nx: a long line");
        assert_eq!(status(&refusals, &waiting).unwrap(), "400");

        let served = waiting.served();
        refusals.flushed(&waiting);
        assert_eq!(status(&refusals, &waiting), None);
        drop(served);
        // The rest of its answer may still be to be written.
        assert_eq!(status(&refusals, &waiting), None);
        refusals.flushed(&waiting);
        assert_eq!(status(&refusals, &waiting).unwrap(), "400");
        refusals.read(&waiting, b"GET /");
        refusals.read(&waiting, b"long");
        assert_eq!(status(&refusals, &waiting).unwrap(), "414");

        waiting.upgrade();
        assert_eq!(status(&refusals, &waiting), None);
    }
}
