//! How a gateway is spoken to: HTTP/1.1 or HTTP/2, in the clear or over TLS.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Transport {
    Plain,
    Tls,
    /// Over TLS, agreed by ALPN.
    Http2,
    /// In the clear, by prior knowledge: RFC 9113, 3.3.
    ClearHttp2,
}

impl Transport {
    /// The protocol to agree on; none where there is no TLS.
    pub(super) fn alpn(self) -> Option<&'static [u8]> {
        match self {
            Self::Plain | Self::ClearHttp2 => None,
            Self::Tls => Some(b"http/1.1"),
            Self::Http2 => Some(b"h2"),
        }
    }

    pub(super) fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::ClearHttp2)
    }

    pub(super) fn scheme(self) -> &'static str {
        match self.alpn() {
            Some(_) => "https",
            None => "http",
        }
    }
}
