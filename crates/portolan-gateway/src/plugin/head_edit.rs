//! What a plugin does to the head of an answer, recorded before there is one: the client's request may be gone by then.

use http::{HeaderMap, HeaderName, HeaderValue};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeadEdit {
    /// In place of what the answer has.
    Set(HeaderName, HeaderValue),
    /// Beside it.
    Append(HeaderName, HeaderValue),
    Remove(HeaderName),
}

impl HeadEdit {
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        match self {
            Self::Set(name, value) => {
                headers.insert(name, value.clone());
            }
            Self::Append(name, value) => {
                headers.append(name, value.clone());
            }
            Self::Remove(name) => {
                headers.remove(name);
            }
        }
    }
}
