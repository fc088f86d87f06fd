//! `$(headers.x)`, `$(uri_captures.x)`, `$(query_params.x)`: parsed once at load into segments.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt};

/// Where a template takes a value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Headers,
    UriCaptures,
    QueryParams,
}

impl Source {
    const ALL: [Self; 3] = [Self::Headers, Self::UriCaptures, Self::QueryParams];

    /// As a template spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::UriCaptures => "uri_captures",
            Self::QueryParams => "query_params",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    Value { source: Source, key: String },
}

impl Segment {
    fn render<'v>(
        &'v self,
        lookup: &mut impl FnMut(Source, &str) -> Option<Cow<'v, str>>,
    ) -> Result<Cow<'v, str>, Missing<'v>> {
        match self {
            Self::Literal(text) => Ok(Cow::Borrowed(text)),
            Self::Value { source, key } => lookup(*source, key).ok_or(Missing {
                source: *source,
                key,
            }),
        }
    }
}

/// A text whose values a request gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("$(") {
            if !before.is_empty() {
                segments.push(Segment::Literal(before.to_owned()));
            }
            let (inner, after) = after
                .split_once(')')
                .ok_or_else(|| TemplateError::expression(text))?;
            segments.push(value(text, inner)?);
            rest = after;
        }
        if !rest.is_empty() {
            segments.push(Segment::Literal(rest.to_owned()));
        }
        Ok(Self { segments })
    }

    /// The text of a template that takes nothing from the request.
    pub fn literal(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Err: the first value that the request does not give.
    pub fn render<'v>(
        &'v self,
        mut lookup: impl FnMut(Source, &str) -> Option<Cow<'v, str>>,
    ) -> Result<Cow<'v, str>, Missing<'v>> {
        if let [only] = self.segments.as_slice() {
            return only.render(&mut lookup);
        }
        let mut whole = String::new();
        for segment in &self.segments {
            whole.push_str(&segment.render(&mut lookup)?);
        }
        Ok(Cow::Owned(whole))
    }
}

fn value(whole: &str, inner: &str) -> Result<Segment, TemplateError> {
    let (source, key) = inner
        .split_once('.')
        .filter(|(source, key)| !source.is_empty() && !key.is_empty() && !key.contains('.'))
        .ok_or_else(|| TemplateError::expression(whole))?;
    let source = Source::ALL
        .into_iter()
        .find(|known| known.name() == source)
        .ok_or_else(|| TemplateError::UnknownSource {
            source_name: source.to_owned(),
        })?;
    Ok(Segment::Value {
        source,
        key: key.to_owned(),
    })
}

/// A value that a template asks for and the request does not give; the text is Kong's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing<'t> {
    pub source: Source,
    pub key: &'t str,
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} key {} was not provided", self.source, self.key)
    }
}

/// The first halves of both texts are Kong's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error(
        "cannot parse expression for field '{whole}': a value is $(headers.NAME), $(uri_captures.NAME) or $(query_params.NAME)"
    )]
    Expression { whole: String },
    #[error("source '{source_name}' is not supported: use headers, uri_captures or query_params")]
    UnknownSource { source_name: String },
}

impl TemplateError {
    fn expression(whole: &str) -> Self {
        Self::Expression {
            whole: whole.to_owned(),
        }
    }
}
