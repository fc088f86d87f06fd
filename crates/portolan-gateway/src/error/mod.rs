//! The gateway's own errors: one table from kind to status, Kong's text and OpenAI's words, and the one place that renders
//! them: in the client's dialect where a route has one, else in the type that the client accepts.

mod kind;
mod media;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use portolan_llm::{chat::Failure, format::Format, json::push_text};

pub(crate) use kind::{Kind, Style};

use kind::Row;
use media::Media;

/// For clients that come too early: in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// An error on its way to a client.
#[derive(Debug, Clone)]
pub(crate) struct GatewayError {
    pub(crate) kind: Kind,
    /// What exactly, where Kong's text does not say it. No secret, no address.
    pub(crate) detail: String,
    /// The request field at fault.
    pub(crate) param: Option<String>,
    /// What the provider said, where it said something.
    pub(crate) provider: Option<Box<Failure>>,
}

/// Who an error is told to, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'r> {
    /// Of the route's clients; none: Kong's own body.
    pub(crate) dialect: Option<Format>,
    /// Of the request.
    pub(crate) accept: Option<&'r HeaderValue>,
    pub(crate) content_type: Option<&'r HeaderValue>,
    /// `X-Kong-Request-Id`.
    pub(crate) id: &'r str,
}

impl GatewayError {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            param: None,
            provider: None,
        }
    }

    /// As a client's SDK reads it.
    pub(crate) fn failure(&self) -> Failure {
        let row = self.kind.row();
        if let Some(provider) = &self.provider {
            return Failure {
                status: Some(row.status.as_u16()),
                ..(**provider).clone()
            };
        }
        let message = match (row.message, self.detail.as_str()) {
            (Some(message), "") => message.to_owned(),
            (Some(message), detail) => format!("{message}: {detail}"),
            (None, detail) => detail.to_owned(),
        };
        Failure {
            status: Some(row.status.as_u16()),
            message,
            kind: Some(row.kind.to_owned()),
            code: row.code.map(str::to_owned),
            param: self.param.clone(),
        }
    }

    pub(crate) fn render(&self, told: &Told<'_>) -> Response<Bytes> {
        let row = self.kind.row();
        let mut body = Vec::with_capacity(256);
        let media = match told.dialect {
            Some(format) => {
                self.in_dialect(&row, format, told.id, &mut body);
                Media::Json
            }
            None => self.in_kongs_words(&row, told, &mut body),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = row.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, media.content_type());
        self.kind.headers(headers);
        response
    }

    fn in_dialect(&self, row: &Row, format: Format, id: &str, body: &mut Vec<u8>) {
        let failure = self.failure();
        format.codec().encode_error(&failure, body);
        // Kong's members stand beside the dialect's.
        if body.pop() == Some(b'}') {
            body.extend_from_slice(b",\"message\":");
            push_text(body, row.message.unwrap_or(&failure.message));
            if row.style == Style::Template {
                body.extend_from_slice(b",\"request_id\":");
                push_text(body, id);
            }
            body.push(b'}');
        }
    }

    fn in_kongs_words(&self, row: &Row, told: &Told<'_>, body: &mut Vec<u8>) -> Media {
        let message = row.message.unwrap_or(&self.detail);
        match row.style {
            Style::Template => {
                let media = row.media(told);
                media.write(message, told.id, body);
                media
            }
            Style::Exit => {
                body.extend_from_slice(b"{\"message\":");
                push_text(body, message);
                body.push(b'}');
                Media::Json
            }
        }
    }
}

impl Row {
    fn media(&self, told: &Told<'_>) -> Media {
        let asked = match told.accept {
            None if self.nginx => told.content_type,
            accept => accept,
        };
        match asked {
            Some(asked) => Media::preferred(asked.to_str().unwrap_or_default()),
            // Kong's `error_default_type`.
            None if self.nginx => Media::Plain,
            None => Media::Json,
        }
    }
}

impl Kind {
    /// Those that belong to the status.
    fn headers(self, headers: &mut HeaderMap) {
        match self {
            Self::Overloaded => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            Self::HttpsRequired => {
                let upgrade = HeaderValue::from_static("TLS/1.2, HTTP/1.1");
                headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(header::UPGRADE, upgrade);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
