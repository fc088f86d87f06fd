//! The provider table: pure data, one file a provider.
//! The configuration's enum and defaults, the requests we render and the mock all come from it.

use crate::{format::Format, operation::Operation};

/// Everything that is particular to one provider.
#[derive(Debug, PartialEq)]
pub struct Provider {
    /// Kong's `model.provider`, and the first half of `X-Kong-LLM-Model`.
    pub name: &'static str,
    /// Where its public API is served: scheme and host, and a port where that is not the scheme's own.
    pub origin: &'static str,
    pub endpoints: &'static [Endpoint],
    pub quirks: Quirks,
}

/// Where and in which format a provider serves one operation.
#[derive(Debug, PartialEq)]
pub struct Endpoint {
    pub operation: Operation,
    pub format: Format,
    pub path: &'static str,
}

/// Where a provider differs from its format's documentation.
#[derive(Debug, PartialEq)]
pub struct Quirks {
    pub stream_usage: StreamUsage,
    /// Top-level request fields the provider refuses, left out and told.
    pub refuses: &'static [&'static str],
    /// Top-level request fields that the provider has under another name: the format's, and its own.
    pub renames: &'static [(&'static str, &'static str)],
}

impl Quirks {
    pub fn renamed(&self, field: &str) -> Option<&'static str> {
        self.renames
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, own)| *own)
    }
}

/// How a provider comes to tell the token usage of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamUsage {
    /// Told unasked.
    Always,
    /// Told when `stream_options.include_usage` asks for it.
    OnRequest,
}

impl Provider {
    pub fn endpoint(&self, operation: Operation) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.operation == operation)
    }
}

/// The provider of that name in a Kong file.
pub fn by_name(name: &str) -> Option<&'static Provider> {
    PROVIDERS
        .iter()
        .find(|provider| provider.name == name)
        .copied()
}

/// A provider is one file of this folder, and its name in this list.
macro_rules! providers {
    ($($file:ident),+ $(,)?) => {
        $(mod $file;)+
        pub static PROVIDERS: &[&Provider] = &[$(&$file::PROVIDER),+];
    };
}

providers!(cohere, mistral, openai);
