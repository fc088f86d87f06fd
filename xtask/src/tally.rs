//! What ran and how it ended: the one place that counts.

use std::io::{self, Write};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Why, where its own output does not tell.
    Failed(String),
    /// Why.
    Skipped(String),
}

#[derive(Debug)]
struct Entry {
    suite: String,
    name: String,
    outcome: Outcome,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    entries: Vec<Entry>,
}

impl Tally {
    pub(crate) fn add(&mut self, suite: &str, name: impl Into<String>, outcome: Outcome) {
        self.entries.push(Entry {
            suite: suite.to_owned(),
            name: name.into(),
            outcome,
        });
    }

    pub(crate) fn fail(&mut self, suite: &str, name: &str, why: impl Into<String>) {
        self.add(suite, name, Outcome::Failed(why.into()));
    }

    /// Adds a step that is no test.
    pub(crate) fn step(&mut self, name: &str, passed: bool) {
        let outcome = if passed {
            Outcome::Passed
        } else {
            Outcome::Failed("see its output above".to_owned())
        };
        self.add("step", name, outcome);
    }

    /// Whether tests of that name ran and passed, or were skipped with leave; those of a suite that was skipped whole
    /// have no names.
    pub(crate) fn shown(&self, name: &str) -> bool {
        let mut entries = self.named(name).peekable();
        if entries.peek().is_none() {
            return self.entries.iter().any(|entry| {
                entry.name.starts_with("sdk-") && matches!(entry.outcome, Outcome::Skipped(_))
            });
        }
        entries.all(|entry| !matches!(entry.outcome, Outcome::Failed(_)))
    }

    /// A test that ended well but said that it had skipped itself did not pass.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        let mut found = false;
        for entry in &mut self.entries {
            if !answers_to(&entry.name, name) {
                continue;
            }
            found = true;
            if entry.outcome == Outcome::Passed {
                entry.outcome = Outcome::Skipped(why.to_owned());
            }
        }
        if !found {
            self.add("skip", name, Outcome::Skipped(why.to_owned()));
        }
    }

    /// Fails for every skip that is not on the list.
    pub(crate) fn hold_skips_to(&mut self, allowed: &[&str]) {
        let strays: Vec<String> = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.outcome, Outcome::Skipped(_)))
            .filter(|entry| !allowed.iter().any(|name| answers_to(&entry.name, name)))
            .map(|entry| entry.name.clone())
            .collect();
        for name in strays {
            self.fail("skip", &name, "skipped, and not on xtask/skips.txt");
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        !self
            .entries
            .iter()
            .any(|entry| matches!(entry.outcome, Outcome::Failed(_)))
    }

    /// The failures, the skips, and the line that ends every run.
    pub(crate) fn report(&self, out: &mut impl Write) -> io::Result<()> {
        let mut counts = [0_usize; 3];
        writeln!(out)?;
        for entry in &self.entries {
            let Entry {
                suite,
                name,
                outcome,
            } = entry;
            match outcome {
                Outcome::Passed => counts[0] += 1,
                Outcome::Failed(why) => {
                    counts[1] += 1;
                    writeln!(out, "FAILED  {suite}: {name}: {why}")?;
                }
                Outcome::Skipped(why) => {
                    counts[2] += 1;
                    writeln!(out, "skipped {suite}: {name}: {why}")?;
                }
            }
        }
        let [passed, failed, skipped] = counts;
        writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
        out.flush()
    }

    fn named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'t Entry> {
        self.entries
            .iter()
            .filter(move |entry| answers_to(&entry.name, name))
    }
}

/// Whether a test may be called so: by its whole name, without its modules, or without its parameters.
fn answers_to(test: &str, name: &str) -> bool {
    // Modules come before any parameter, and a parameter may hold anything.
    let path = test.split('[').next().unwrap_or(test);
    let start = path.rfind("::").map_or(0, |at| at + 2);
    [test, &test[start..], &path[start..]].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_modules_and_parameters() {
        assert!(answers_to("a::b::splits", "splits"));
        assert!(answers_to("a::b::splits", "a::b::splits"));
        assert!(!answers_to("a::b::splits", "b::splits_more"));
        assert!(answers_to("test_chat[x::y]", "test_chat"));
        assert!(answers_to("test_chat[x::y]", "test_chat[x::y]"));
        assert!(answers_to("chat whole: openai", "chat whole: openai"));
    }

    #[test]
    fn a_skipped_test_is_no_passed_one() {
        let mut tally = Tally::default();
        tally.add("unit", "a::one", Outcome::Passed);
        tally.add("unit", "a::two", Outcome::Passed);
        tally.skip("two", "no network");
        assert!(tally.shown("one"));
        assert!(tally.shown("two"));
        assert!(!tally.shown("three"));
        assert!(tally.is_success());

        tally.hold_skips_to(&["two"]);
        assert!(tally.is_success());
        tally.hold_skips_to(&["one"]);
        assert!(!tally.is_success());
        assert!(!tally.shown("two"));
        let mut report = Vec::new();
        tally.report(&mut report).unwrap();
        let report = String::from_utf8(report).unwrap();
        assert!(
            report.ends_with("\n1 passed, 1 failed, 1 skipped\n"),
            "{report}"
        );
        assert!(
            report.contains("skipped unit: a::two: no network"),
            "{report}"
        );
    }

    #[test]
    fn one_failed_parameter_fails_the_name() {
        let mut tally = Tally::default();
        tally.add("sdk", "test_chat[a]", Outcome::Passed);
        tally.fail("sdk", "test_chat[b]", "wrong");
        assert!(tally.shown("test_chat[a]"));
        assert!(!tally.shown("test_chat"));
    }
}
