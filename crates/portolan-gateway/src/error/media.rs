//! The form of an error outside AI routes: which one the client asks for, and how each is written.
//! The message goes in as text, whatever characters it has: Kong puts it in raw.

use http::HeaderValue;
use portolan_llm::json::push_text;

/// Types that Kong has a template for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    Plain,
    Html,
    Xml,
    Grpc,
}

impl Media {
    /// What a value of `Accept` prefers: the first of the highest quality, and JSON where Kong has nothing of its kind.
    pub(super) fn preferred(accept: &str) -> Self {
        let mut best = (0.0, Self::Json);
        for range in accept.split(',') {
            let mut parts = range.split(';');
            let kind = parts.next().unwrap_or_default().trim();
            let Some((kind, subtype)) = kind.split_once('/') else {
                continue;
            };
            let quality = parts.rev().find_map(quality).unwrap_or(1.0);
            if quality > best.0 {
                best = (quality, Self::named(kind, subtype));
            }
        }
        best.1
    }

    fn named(kind: &str, subtype: &str) -> Self {
        let is = |name: &str| subtype.eq_ignore_ascii_case(name);
        if kind.eq_ignore_ascii_case("text") {
            if is("html") {
                return Self::Html;
            } else if is("plain") || is("*") {
                return Self::Plain;
            }
        } else if kind.eq_ignore_ascii_case("application") {
            if is("xml") {
                return Self::Xml;
            } else if is("grpc") {
                return Self::Grpc;
            }
        }
        Self::Json
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Plain => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
            Self::Grpc => "application/grpc",
        })
    }

    /// Kong's template of the type.
    pub(super) fn write(self, message: &str, id: &str, body: &mut Vec<u8>) {
        match self {
            Self::Json => {
                body.extend_from_slice(b"{\n  \"message\":");
                push_text(body, message);
                body.extend_from_slice(b",\n  \"request_id\":");
                push_text(body, id);
                body.extend_from_slice(b"\n}");
            }
            Self::Plain => {
                for text in [message, "\nrequest_id: ", id, "\n"] {
                    body.extend_from_slice(text.as_bytes());
                }
            }
            Self::Html => {
                body.extend_from_slice(
                    b"<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n\
                      <body>\n<h1>Error</h1>\n<p>",
                );
                escape(message, body);
                body.extend_from_slice(b".</p>\n<p>request_id: ");
                escape(id, body);
                body.extend_from_slice(b"</p>\n</body>\n</html>\n");
            }
            Self::Xml => {
                body.extend_from_slice(
                    b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>",
                );
                escape(message, body);
                body.extend_from_slice(b"</message>\n  <requestid>");
                escape(id, body);
                body.extend_from_slice(b"</requestid>\n</error>\n");
            }
            Self::Grpc => {}
        }
    }
}

/// Of a parameter `q`; none for any other, and for a number that no quality can be.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let value: f32 = value.trim().parse().ok()?;
    (0.0..=1.0).contains(&value).then_some(value)
}

/// For the text of an element, in HTML and in XML.
fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
}
