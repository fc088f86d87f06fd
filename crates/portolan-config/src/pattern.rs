//! A route's regexes as Kong's router reads them: that of a path is anchored at the start only, `(?<` for `(?P<`, and `^`
//! bound to the first alternative alone. Read at load, compiled when a request first comes near it: thousands load fast.

mod steps;
#[cfg(test)]
mod tests;
mod texts;

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use self::{steps::Steps, texts::Texts};

/// A regex that can be read; whether its program is small enough, `regex` tells.
#[derive(Debug, Clone)]
pub struct Pattern(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: String,
    texts: Texts,
    /// None: of another kind.
    steps: Option<Steps>,
    large: bool,
    compiled: OnceLock<Option<Regex>>,
}

/// Patterns in use, by text: what a reload leaves as it was stays compiled.
static IN_USE: OnceLock<Mutex<HashMap<String, Weak<Inner>>>> = OnceLock::new();

/// The regex crate refuses programs of more than 10 MiB; below this estimate none comes near that.
const SURELY_SMALL: usize = 10_000_000;

impl Pattern {
    /// Of a path, its `~` left out. Err: one line.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        Self::read(format!("^{}", pattern.replace("(?<", "(?P<")))
    }

    /// One that may match anywhere in a text. Err: one line.
    pub fn anywhere(pattern: &str) -> Result<Self, String> {
        Self::read(pattern.to_owned())
    }

    fn read(text: String) -> Result<Self, String> {
        let in_use = IN_USE.get_or_init(Mutex::default);
        let mut in_use = in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = in_use.get(&text).and_then(Weak::upgrade) {
            return Ok(Self(known));
        }
        let hir = regex_syntax::parse(&text).map_err(|error| one_line(&error.to_string()))?;
        let inner = Arc::new(Inner {
            texts: Texts::of(&hir),
            steps: Steps::of(&hir),
            large: size(&hir) > SURELY_SMALL,
            text,
            compiled: OnceLock::new(),
        });
        if in_use.len() == in_use.capacity() {
            in_use.retain(|_, pattern| pattern.strong_count() > 0);
        }
        in_use.insert(inner.text.clone(), Arc::downgrade(&inner));
        Ok(Self(inner))
    }

    /// None: its program is too large. Only one that `is_large` can be so.
    pub fn regex(&self) -> Option<&Regex> {
        let compile = || Regex::new(&self.0.text).ok();
        self.0.compiled.get_or_init(compile).as_ref()
    }

    pub(crate) fn is_large(&self) -> bool {
        self.0.large
    }

    /// What every text that matches begins with: without it the regex need not be asked.
    pub fn prefix(&self) -> &str {
        &self.0.texts.prefix
    }

    /// What every text that matches contains behind the prefix.
    pub fn inner(&self) -> &[Box<str>] {
        &self.0.texts.inner
    }

    /// Where it matches first.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        match &self.0.steps {
            Some(steps) => steps.find(text),
            None => self.regex()?.find(text).map(|found| found.range()),
        }
    }

    /// The same by its groups' numbers, the whole match first; none for a group that took no part.
    pub fn captures(&self, text: &str) -> Option<Box<[Option<Range<usize>>]>> {
        if let Some(steps) = &self.0.steps {
            return steps.captures(text);
        }
        let regex = self.regex()?;
        let mut locations = regex.capture_locations();
        regex.captures_read(&mut locations, text)?;
        let group = |number| locations.get(number).map(|(start, end)| start..end);
        Some((0..locations.len()).map(group).collect())
    }

    /// By number, the whole match first; none for a group without a name.
    pub fn names(&self) -> impl Iterator<Item = Option<&str>> {
        let (steps, regex) = match &self.0.steps {
            Some(steps) => (Some(steps), None),
            None => (None, self.regex()),
        };
        let names = regex.into_iter().flat_map(Regex::capture_names);
        steps.into_iter().flat_map(Steps::names).chain(names)
    }

    /// Numbers and names of its groups, the whole match among them.
    pub fn groups(&self) -> Vec<String> {
        let mut groups = vec!["0".to_owned()];
        if let Ok(hir) = regex_syntax::parse(&self.0.text) {
            collect_groups(&hir, &mut groups);
        }
        groups
    }
}

fn collect_groups(hir: &Hir, groups: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            groups.push(capture.index.to_string());
            groups.extend(capture.name.as_deref().map(str::to_owned));
            collect_groups(&capture.sub, groups);
        }
        HirKind::Repetition(repetition) => collect_groups(&repetition.sub, groups),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                collect_groups(part, groups);
            }
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// At least the bytes of its program: a range of characters takes up to four sequences of four states.
fn size(hir: &Hir) -> usize {
    const STATE: usize = 64;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => literal.0.len() * STATE,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() * 16 * STATE,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() * STATE,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min + 1).max(1) as usize;
            size(&repetition.sub).saturating_mul(times)
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(2 * STATE),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(STATE, usize::saturating_add)
        }
    }
}

/// The reason alone, of an error of the regex crates.
pub(crate) fn one_line(error: &str) -> String {
    let reason = error
        .rsplit_once("error: ")
        .map_or(error, |(_, reason)| reason);
    reason.trim().replace('\n', " ")
}
