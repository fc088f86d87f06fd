//! One request, in the form of either version of HTTP.

use anyhow::Result;
use http::Method;
use serde::{Deserialize, Serialize};

use super::transport::Transport;

/// A `POST` of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) authority: String,
    pub(super) path: String,
    /// The value of `Authorization`.
    pub(super) credential: String,
    pub(super) body: String,
}

impl Request {
    /// Its bytes.
    pub(super) fn http1(&self) -> String {
        let Self {
            authority,
            path,
            body,
            ..
        } = self;
        let mut text = format!("POST {path} HTTP/1.1\r\nHost: {authority}\r\n");
        for (name, value) in self.headers() {
            text.extend([name, ": ", value, "\r\n"]);
        }
        let length = body.len();
        text + &format!("content-length: {length}\r\n\r\n{body}")
    }

    /// Its head; the body is the same.
    pub(super) fn http2(&self, transport: Transport) -> Result<http::Request<()>> {
        let Self {
            authority, path, ..
        } = self;
        let scheme = transport.scheme();
        let mut builder = http::Request::builder()
            .method(Method::POST)
            .uri(format!("{scheme}://{authority}{path}"));
        for (name, value) in self.headers() {
            builder = builder.header(name, value);
        }
        Ok(builder.header("content-length", self.body.len()).body(())?)
    }

    fn headers(&self) -> [(&'static str, &str); 4] {
        [
            ("authorization", &self.credential),
            ("accept", "application/json"),
            ("user-agent", "bench"),
            ("content-type", "application/json"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            authority: "127.0.0.1:18080".to_owned(),
            path: "/chat/chat/completions".to_owned(),
            credential: "Bearer fake-client-key".to_owned(),
            body: "{\"é\":1}".to_owned(),
        }
    }

    #[test]
    fn over_http1() {
        // RFC 9112: the length is in bytes.
        let expected = concat!(
            "POST /chat/chat/completions HTTP/1.1\r\n",
            "Host: 127.0.0.1:18080\r\n",
            "authorization: Bearer fake-client-key\r\n",
            "accept: application/json\r\n",
            "user-agent: bench\r\n",
            "content-type: application/json\r\n",
            "content-length: 8\r\n",
            "\r\n",
            "{\"é\":1}",
        );
        assert_eq!(request().http1(), expected);
    }

    #[test]
    fn over_http2() {
        let head = request().http2(Transport::Http2).unwrap();
        assert_eq!(head.uri(), "https://127.0.0.1:18080/chat/chat/completions");
        assert_eq!(head.headers()["authorization"], "Bearer fake-client-key");
        assert_eq!(head.headers()["content-length"], "8");
        let head = request().http2(Transport::ClearHttp2).unwrap();
        assert_eq!(head.uri().scheme_str(), Some("http"));
    }
}
