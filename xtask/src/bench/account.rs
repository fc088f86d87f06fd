//! Holds the access log to the requests: a line each, and the tokens that the stand-ins told.
//! A plain proxy reads no tokens: its lines have none, and are counted apart.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{
    mock::{Counters, Kind},
    rows::Row,
};

/// What Portolan was asked, and what the stand-ins behind it told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Of routes with an AI plugin.
    ai: u64,
    /// Of those without one.
    plain: u64,
    /// Of the former; nobody tells the others'.
    tokens: u64,
}

#[derive(Deserialize)]
struct Line {
    ai: Option<Ai>,
}

#[derive(Deserialize)]
struct Ai {
    proxy: Proxy,
}

#[derive(Deserialize)]
struct Proxy {
    usage: Usage,
}

#[derive(Deserialize)]
struct Usage {
    total_tokens: u64,
}

impl Account {
    /// Enters a slice of `requests` of the row; the counters are those before and after it.
    pub(super) fn enter(
        &mut self,
        row: &Row,
        requests: usize,
        [before, after]: [Counters; 2],
    ) -> Result<()> {
        let told = after.requests - before.requests;
        ensure!(
            told == requests as u64,
            "{requests} requests became {told} at the provider"
        );
        if row.ai {
            self.ai += told;
            self.tokens += after.tokens() - before.tokens();
        } else {
            self.plain += told;
        }
        Ok(())
    }

    /// Errs where the log tells of anything else.
    pub(super) fn settle(&self, log: &Path) -> Result<()> {
        let file = File::open(log).with_context(|| format!("{}", log.display()))?;
        let logged = read(BufReader::new(file))?;
        ensure!(
            logged == *self,
            "the access log tells of {logged:?}, the stand-ins of {self:?}"
        );
        Ok(())
    }
}

/// What a log tells.
fn read(log: impl BufRead) -> Result<Account> {
    let mut account = Account::default();
    for line in log.lines() {
        let line = line?;
        let line: Line = serde_json::from_str(&line)
            .with_context(|| format!("a line of the access log without its usage: {line}"))?;
        match line.ai {
            Some(ai) => {
                account.ai += 1;
                account.tokens += ai.proxy.usage.total_tokens;
            }
            None => account.plain += 1,
        }
    }
    Ok(account)
}

/// The lines of a log.
pub(super) fn lines(log: &Path) -> Result<usize> {
    Ok(BufReader::new(File::open(log)?).lines().count())
}

/// The stand-in's counters around a slice.
pub(super) fn around<T>(kind: Kind, run: impl FnOnce() -> Result<T>) -> Result<(T, [Counters; 2])> {
    let before = kind.counters()?;
    let done = run()?;
    Ok((done, [before, kind.counters()?]))
}

#[cfg(test)]
mod tests {
    use super::{super::rows, *};

    #[test]
    fn a_plain_proxys_tokens_are_not_asked_for() {
        let counters = |requests: u64| -> Counters {
            serde_json::from_value(serde_json::json!({
                "requests": requests, "wrong_credentials": 0,
                "prompt_tokens": 10 * requests, "completion_tokens": requests,
            }))
            .unwrap()
        };
        let mut account = Account::default();
        let row = |key: &str| rows::chosen(&[key.to_owned()]).unwrap()[0];
        for key in ["chat", "plain"] {
            account
                .enter(row(key), 2, [counters(5), counters(7)])
                .unwrap();
        }
        let expected = Account {
            ai: 2,
            plain: 2,
            tokens: 22,
        };
        assert_eq!(account, expected);
        let one_too_many = [counters(5), counters(8)];
        assert!(account.enter(row("plain"), 2, one_too_many).is_err());
    }

    #[test]
    fn lines_are_counted_and_tokens_summed() {
        let log = concat!(
            r#"{"request":{},"ai":{"proxy":{"meta":{},"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}}}"#,
            "\n",
            r#"{"ai":{"proxy":{"usage":{"total_tokens":4}}}}"#,
            "\n",
            r#"{"request":{},"route":{"name":"plain"}}"#,
            "\n",
        );
        let account = Account {
            ai: 2,
            plain: 1,
            tokens: 7,
        };
        assert_eq!(read(log.as_bytes()).unwrap(), account);
        assert!(read(&br#"{"ai":{"proxy":{"meta":{}}}}"#[..]).is_err());
    }
}
