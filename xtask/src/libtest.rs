//! Reads what `cargo test` prints. What it cannot account for, it counts as failed.

use crate::tally::{Outcome, Tally};

#[derive(Debug, Default)]
pub(crate) struct Reader {
    suite: Option<Suite>,
    tests: Vec<Test>,
    faults: Vec<(String, String)>,
}

#[derive(Debug)]
struct Suite {
    name: String,
    kind: Kind,
    seen: usize,
    /// Its `test result:` line came.
    whole: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Unit,
    Integration,
    Documentation,
}

#[derive(Debug)]
struct Test {
    suite: String,
    name: String,
    outcome: Outcome,
}

impl Reader {
    /// One line, from stdout or stderr, in the order they came.
    pub(crate) fn line(&mut self, line: &str) {
        if let Some(suite) = Suite::begins(line) {
            self.end_suite();
            self.suite = Some(suite);
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.result(result);
        } else if let Some((name, verdict)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            self.test(name, verdict);
        }
    }

    /// `success`: cargo's own verdict.
    pub(crate) fn finish(mut self, success: bool, tally: &mut Tally) {
        self.end_suite();
        let failed = self
            .tests
            .iter()
            .any(|test| test.outcome != Outcome::Passed);
        if self.tests.is_empty() {
            self.fault("cargo test", "no test ran");
        } else if !success && !failed && self.faults.is_empty() {
            self.fault("cargo test", "failed, and no test says why");
        }
        for Test {
            suite,
            name,
            outcome,
        } in self.tests
        {
            tally.add(&suite, name, outcome);
        }
        for (suite, fault) in self.faults {
            tally.fail("test binary", &suite, fault);
        }
    }

    fn test(&mut self, name: &str, verdict: &str) {
        let Some(suite) = &mut self.suite else {
            return;
        };
        let outcome = match verdict.split([',', ' ']).next() {
            Some("ok") => Outcome::Passed,
            Some("FAILED") => Outcome::Failed("see its output above".to_owned()),
            Some("ignored") => Outcome::Failed("ignored: a test runs or it goes".to_owned()),
            _ => return,
        };
        suite.seen += 1;
        let name = name.strip_suffix(" - should panic").unwrap_or(name);
        self.tests.push(Test {
            suite: suite.name.clone(),
            name: name.to_owned(),
            outcome,
        });
    }

    fn result(&mut self, result: &str) {
        let Some(suite) = &mut self.suite else {
            return;
        };
        suite.whole = true;
        let told: usize = ["passed", "failed", "ignored"]
            .iter()
            .filter_map(|what| count(result, what))
            .sum();
        if told != suite.seen {
            let fault = format!("told of {told} tests, {} were read", suite.seen);
            self.faults.push((suite.name.clone(), fault));
        }
    }

    fn end_suite(&mut self) {
        let Some(suite) = self.suite.take() else {
            return;
        };
        if !suite.whole {
            self.fault(&suite.name, "ended before its result");
        } else if suite.kind == Kind::Integration && suite.seen == 0 {
            self.fault(&suite.name, "no test ran");
        }
    }

    fn fault(&mut self, suite: &str, what: &str) {
        self.faults.push((suite.to_owned(), what.to_owned()));
    }
}

impl Suite {
    /// `Running unittests src/lib.rs (target/debug/deps/name-hash)`, `Running tests/it.rs (…)`, `Doc-tests name`.
    fn begins(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let (name, kind) = if let Some(name) = line.strip_prefix("Doc-tests ") {
            (name, Kind::Documentation)
        } else {
            let (what, file) = line.strip_prefix("Running ")?.split_once(" (")?;
            let file = file.strip_suffix(')')?;
            let kind = if what.starts_with("unittests ") {
                Kind::Unit
            } else {
                Kind::Integration
            };
            (file.rsplit('/').next().unwrap_or(file), kind)
        };
        Some(Self {
            name: name.to_owned(),
            kind,
            seen: 0,
            whole: false,
        })
    }
}

/// The number before `what` in `ok. 3 passed; 0 failed; …`.
fn count(result: &str, what: &str) -> Option<usize> {
    let mut words = result.split([' ', ';']).filter(|word| !word.is_empty());
    let mut before = words.next()?;
    for word in words {
        if word == what {
            return before.parse().ok();
        }
        before = word;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, success: bool) -> (String, bool) {
        let mut reader = Reader::default();
        for line in text.lines() {
            reader.line(line);
        }
        let mut tally = Tally::default();
        reader.finish(success, &mut tally);
        let mut report = Vec::new();
        tally.report(&mut report).unwrap();
        (String::from_utf8(report).unwrap(), tally.is_success())
    }

    #[test]
    fn verdicts_of_a_run() {
        let text = "   Compiling one v0.1.0
     Running unittests src/lib.rs (target/debug/deps/one-0a1b)

running 3 tests
test a::good ... ok
test a::panics - should panic ... ok
test a::later ... ignored, not yet
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/it.rs (target/debug/deps/it-0a1c)

running 1 test
test bad ... FAILED

failures:

---- bad stdout ----
oh no

failures:
    bad

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests one

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let (report, success) = read(text, false);
        assert!(!success);
        assert!(
            report.ends_with("2 passed, 2 failed, 0 skipped\n"),
            "{report}"
        );
        assert!(report.contains("one-0a1b: a::later: ignored"), "{report}");
        assert!(report.contains("it-0a1c: bad: see"), "{report}");
    }

    #[test]
    fn an_aborted_binary_is_a_failure() {
        let text = "     Running unittests src/lib.rs (target/debug/deps/one-0a1b)
test good ... ok
";
        let (report, success) = read(text, true);
        assert!(!success);
        assert!(
            report.contains("one-0a1b: ended before its result"),
            "{report}"
        );
    }

    #[test]
    fn nothing_that_ran_is_a_failure() {
        assert!(!read("", true).1);
        let text = "     Running tests/it.rs (target/debug/deps/it-0a1c)
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        assert!(read(text, true).0.contains("it-0a1c: no test ran"));
    }

    #[test]
    fn a_failure_that_no_test_explains() {
        let text = "     Running unittests src/lib.rs (target/debug/deps/one-0a1b)
test good ... ok
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
error: could not compile `two`
";
        assert!(!read(text, false).1);
        assert!(read(text, true).1);
    }
}
