//! What is measured: a table, one row a kind of request.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    answer::Dialect,
    load::Question,
    mock::{self, Kind},
};

/// Each row is measured at each of them.
pub(super) const CONNECTIONS: [usize; 2] = [1, 64];
/// As bench/nginx.conf has it.
const NGINX: u16 = 18080;
/// Given to `portolan` as its `--proxy-listen`.
const PORTOLAN: u16 = 18081;
const OPENAI_MODEL: &str = "gpt-4o-mini";
const COHERE_MODEL: &str = "command-a-03-2025";

pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// What the provider speaks, and a plain proxy's client with it.
    pub(super) dialect: Dialect,
    pub(super) stream: bool,
    pub(super) mock: Kind,
    /// The route: `{route}/chat/completions` at either gateway.
    route: &'static str,
    /// Bytes of the request's body, about.
    body: usize,
    /// Requests a slice, at each of `CONNECTIONS`.
    requests: [usize; 2],
}

/// Answers of 64 words: 0.9 KB whole, 66 events streamed.
static ROWS: [Row; 7] = [
    Row {
        key: "chat",
        title: "chat, 0.9 KB",
        dialect: Dialect::OpenAi,
        stream: false,
        mock: Kind::Plain,
        route: "/chat",
        body: 900,
        requests: [1500, 4000],
    },
    Row {
        key: "prompt",
        title: "chat, 64 KiB prompt",
        dialect: Dialect::OpenAi,
        stream: false,
        mock: Kind::Plain,
        route: "/chat",
        body: 64 << 10,
        requests: [600, 1200],
    },
    Row {
        key: "templated",
        title: "chat, templated model",
        dialect: Dialect::OpenAi,
        stream: false,
        mock: Kind::Plain,
        route: "/t/gpt-4o-mini",
        body: 900,
        requests: [1500, 4000],
    },
    Row {
        key: "cohere",
        title: "Cohere chat, translated",
        dialect: Dialect::Cohere,
        stream: false,
        mock: Kind::Plain,
        route: "/cohere",
        body: 900,
        requests: [1500, 4000],
    },
    Row {
        key: "cohere-stream",
        title: "Cohere stream in a burst, translated",
        dialect: Dialect::Cohere,
        stream: true,
        mock: Kind::Plain,
        route: "/cohere",
        body: 900,
        requests: [400, 1000],
    },
    Row {
        key: "burst",
        title: "stream in a burst",
        dialect: Dialect::OpenAi,
        stream: true,
        mock: Kind::Plain,
        route: "/chat",
        body: 900,
        requests: [400, 1000],
    },
    Row {
        key: "paced",
        title: "stream, 66 events at 5 ms",
        dialect: Dialect::OpenAi,
        stream: true,
        mock: Kind::Paced,
        route: "/paced",
        body: 900,
        requests: [3, 192],
    },
];

/// A stream that outlasts the count of a thousand: for memory alone.
pub(super) static HELD: Row = Row {
    key: "held",
    title: "open stream",
    dialect: Dialect::OpenAi,
    stream: true,
    mock: Kind::Slow,
    route: "/slow",
    body: 900,
    requests: [1, 1],
};

/// The rows of those keys; every row when there is none.
pub(super) fn chosen(keys: &[String]) -> Result<Vec<&'static Row>> {
    if let Some(key) = keys
        .iter()
        .find(|key| ROWS.iter().all(|row| row.key != **key))
    {
        let known: Vec<&str> = ROWS.iter().map(|row| row.key).collect();
        bail!("no row is called {key}; there are {}", known.join(", "));
    }
    let wanted = |row: &&Row| keys.is_empty() || keys.iter().any(|key| key == row.key);
    Ok(ROWS.iter().filter(wanted).collect())
}

/// The first row: a gateway that answers it is up.
pub(super) static CHAT: &Row = &ROWS[0];

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Direct,
    Nginx,
    Portolan,
}

impl Subject {
    /// None: the row's stand-in itself.
    fn port(self) -> Option<u16> {
        match self {
            Self::Direct => None,
            Self::Nginx => Some(NGINX),
            Self::Portolan => Some(PORTOLAN),
        }
    }
}

impl Row {
    pub(super) fn requests(&self, connections: usize) -> usize {
        let [one, many] = self.requests;
        if connections == 1 { one } else { many }
    }

    pub(super) fn address(&self, subject: Subject) -> SocketAddr {
        match subject.port() {
            None => self.mock.address(),
            Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        }
    }

    pub(super) fn question(&self, subject: Subject) -> Question {
        Question {
            address: self.address(subject),
            request: self.request(subject),
            // Portolan's clients speak OpenAI's dialect to every provider.
            dialect: match subject {
                Subject::Direct | Subject::Nginx => self.dialect,
                Subject::Portolan => Dialect::OpenAi,
            },
            stream: self.stream,
        }
    }

    /// The bytes of one request.
    pub(super) fn request(&self, subject: Subject) -> String {
        let body = self.json().to_string();
        let path = match subject {
            Subject::Nginx | Subject::Portolan => format!("{}/chat/completions", self.route),
            Subject::Direct => match self.dialect {
                Dialect::OpenAi => "/v1/chat/completions".to_owned(),
                Dialect::Cohere => "/v2/chat".to_owned(),
            },
        };
        // A gateway has to put its own credential in the place of the client's.
        let credential = match subject {
            Subject::Direct => mock::CREDENTIAL,
            Subject::Nginx | Subject::Portolan => "Bearer fake-client-key",
        };
        let address = self.address(subject);
        let length = body.len();
        format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {credential}\r\n\
             Accept: application/json\r\nUser-Agent: bench\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    /// One body for all: what it holds is the same in both dialects.
    fn json(&self) -> Value {
        let model = match self.dialect {
            Dialect::OpenAi => OPENAI_MODEL,
            Dialect::Cohere => COHERE_MODEL,
        };
        json!({
            "model": model,
            "messages": [
                {"role": "system", "content": "You are a harbour master and answer in one paragraph."},
                {"role": "user", "content": prose(self.body.saturating_sub(220))},
            ],
            "temperature": 0.2,
            "max_tokens": 512,
            "stream": self.stream,
        })
    }
}

/// About so many bytes, with what JSON has to escape in them.
fn prose(bytes: usize) -> String {
    const LINE: &str =
        "The chart says \"twelve fathoms\" off the northern mole, and the pilot agrees.\n";
    LINE.chars().cycle().take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_rows_are_named() {
        assert_eq!(chosen(&[]).unwrap().len(), ROWS.len());
        assert_eq!(chosen(&["paced".to_owned()]).unwrap().len(), 1);
        assert!(chosen(&["speed".to_owned()]).is_err());
    }

    #[test]
    fn bodies_are_as_large_as_their_titles_say() {
        for row in &ROWS {
            let length = row.json().to_string().len();
            let off = length.abs_diff(row.body);
            assert!(off < row.body / 8, "{}: {length} bytes", row.key);
        }
    }
}
