//! What is measured: one row a kind of request, and where each subject is asked it.

mod table;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    answer::Dialect,
    load::Question,
    mock::{self, Kind},
    request::Request,
    transport::Transport,
};
use table::ROWS;
pub(super) use table::{CHAT, HELD};

/// Each row is measured at each of them.
pub(super) const CONNECTIONS: [usize; 2] = [1, 64];
/// Either version of HTTP is spoken on it.
const PORTOLAN: u16 = 18081;
const PORTOLAN_TLS: u16 = 18082;
const OPENAI_MODEL: &str = "gpt-4o-mini";
const COHERE_MODEL: &str = "command-a-03-2025";

pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    /// What the provider speaks, and a plain proxy's client with it.
    pub(super) dialect: Dialect,
    pub(super) stream: bool,
    pub(super) mock: Kind,
    /// The client's to either gateway; the stand-in is asked in `Plain`.
    transport: Transport,
    /// Whether the route has an AI plugin: without it nobody puts a credential in, and nobody reads tokens.
    pub(super) ai: bool,
    /// The route: `{route}/chat/completions` at either gateway.
    route: &'static str,
    /// Bytes of the request's body, about.
    body: usize,
    /// Requests a slice, at each of `CONNECTIONS`.
    requests: [usize; 2],
}

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

/// Where Portolan listens, as its arguments.
pub(super) fn listeners() -> [String; 2] {
    let host = Ipv4Addr::LOCALHOST;
    [
        format!("--proxy-listen={host}:{PORTOLAN}"),
        format!("--proxy-listen={host}:{PORTOLAN_TLS} ssl http2"),
    ]
}

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Direct,
    Nginx,
    Portolan,
}

impl Subject {
    /// Nginx's are those of bench/nginx.conf. None: the row's stand-in itself.
    fn port(self, transport: Transport) -> Option<u16> {
        match (self, transport) {
            (Self::Direct, _) => None,
            (Self::Nginx, Transport::Plain) => Some(18080),
            (Self::Portolan, Transport::Plain | Transport::ClearHttp2) => Some(PORTOLAN),
            (Self::Portolan, Transport::Tls | Transport::Http2) => Some(PORTOLAN_TLS),
            (Self::Nginx, Transport::Tls | Transport::Http2) => Some(18083),
            (Self::Nginx, Transport::ClearHttp2) => Some(18084),
        }
    }
}

impl Row {
    pub(super) fn requests(&self, connections: usize) -> usize {
        let [one, many] = self.requests;
        if connections == 1 { one } else { many }
    }

    pub(super) fn address(&self, subject: Subject) -> SocketAddr {
        match subject.port(self.transport) {
            None => self.mock.address(),
            Some(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        }
    }

    pub(super) fn question(&self, subject: Subject) -> Question {
        Question {
            address: self.address(subject),
            transport: match subject {
                Subject::Direct => Transport::Plain,
                Subject::Nginx | Subject::Portolan => self.transport,
            },
            request: self.request(subject),
            // Portolan's clients speak OpenAI's dialect to every provider.
            dialect: match subject {
                Subject::Direct | Subject::Nginx => self.dialect,
                Subject::Portolan => Dialect::OpenAi,
            },
            stream: self.stream,
        }
    }

    pub(super) fn request(&self, subject: Subject) -> Request {
        let path = match subject {
            Subject::Nginx | Subject::Portolan => format!("{}/chat/completions", self.route),
            Subject::Direct => match self.dialect {
                Dialect::OpenAi => "/v1/chat/completions".to_owned(),
                Dialect::Cohere => "/v2/chat".to_owned(),
            },
        };
        // With an AI plugin a gateway has to put its own credential in the place of the client's.
        let credential = match subject {
            Subject::Nginx | Subject::Portolan if self.ai => "Bearer fake-client-key",
            _ => mock::CREDENTIAL,
        };
        Request {
            authority: self.address(subject).to_string(),
            path,
            credential: credential.to_owned(),
            body: self.json().to_string(),
        }
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
    fn only_a_plain_proxys_client_has_the_providers_credential() {
        for row in ROWS {
            for subject in [Subject::Nginx, Subject::Portolan] {
                let carried = row.request(subject).credential == mock::CREDENTIAL;
                assert_eq!(carried, !row.ai, "{}", row.key);
            }
            assert_eq!(row.request(Subject::Direct).credential, mock::CREDENTIAL);
        }
    }

    #[test]
    fn the_stand_in_is_asked_in_the_clear() {
        for row in ROWS {
            let direct = row.question(Subject::Direct);
            assert_eq!(direct.transport, Transport::Plain, "{}", row.key);
            assert_eq!(direct.address, row.mock.address(), "{}", row.key);
        }
    }

    #[test]
    fn gateways_share_no_port() {
        let ports = |subject: Subject| {
            [
                Transport::Plain,
                Transport::Tls,
                Transport::Http2,
                Transport::ClearHttp2,
            ]
            .map(|transport| subject.port(transport))
        };
        let nginx = ports(Subject::Nginx);
        assert!(
            ports(Subject::Portolan)
                .iter()
                .all(|port| !nginx.contains(port))
        );
    }

    #[test]
    fn bodies_are_as_large_as_their_titles_say() {
        for row in ROWS {
            let length = row.json().to_string().len();
            let off = length.abs_diff(row.body);
            assert!(off < row.body / 8, "{}: {length} bytes", row.key);
        }
    }
}
