//! Finds what to answer to a request: the credentials first, then the script, then the provider's dialect.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, header::AUTHORIZATION, request::Parts};
use serde_json::Value;

use crate::{
    chat::{
        self, Dialect, Fields, Usage, cohere::COHERE, mistral::MISTRAL, openai, openai::OPENAI,
    },
    log,
    script::Step,
};

/// Answers kept for requests that come again byte for byte.
const RENDERED: usize = 16;

/// An answer without its head.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether the pieces are a stream's.
    pub(crate) streamed: bool,
    /// What is to be written at once.
    pub(crate) pieces: Vec<Bytes>,
    /// The tokens it tells of.
    pub(crate) usage: Option<Usage>,
    pub(crate) wrong_credentials: bool,
    pub(crate) id_header: &'static str,
}

/// A request as it came, and what the script has for it.
pub(crate) struct Asked<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) step: &'a Step,
    pub(crate) seq: u64,
}

/// The providers behind one listener.
pub(crate) struct Providers {
    pub(crate) expect_authorization: Option<String>,
    /// The default answer, where it is not an echo.
    pub(crate) text: Option<String>,
    /// Events written together where the script does not say; 0 for all.
    pub(crate) chunks_per_write: usize,
    /// Answers by dialect and request; `None` where ids must differ.
    pub(crate) rendered: Option<Mutex<Vec<Rendered>>>,
}

pub(crate) struct Rendered {
    id_header: &'static str,
    request: Bytes,
    reply: Reply,
}

impl Providers {
    pub(crate) fn reply(&self, asked: &Asked<'_>) -> Reply {
        let dialect = dialect(asked.head);
        let spoken = dialect.unwrap_or(&OPENAI);
        let step = asked.step;
        if !self.authorised(asked.head) {
            return Reply {
                wrong_credentials: true,
                ..whole(spoken, 401, (spoken.wrong_credentials)())
            };
        }
        if let Some(body) = &step.body {
            return verbatim(spoken, step, body);
        }
        if let Some(status) = step.status
            && status >= 400
        {
            return whole(spoken, status, (spoken.failure)(status));
        }
        let (Some(dialect), true) = (dialect, asked.head.method == Method::POST) else {
            return whole(spoken, 404, nothing_here(asked.head));
        };
        match &self.rendered {
            Some(rendered) if *step == Step::default() => self.again(dialect, asked, rendered),
            _ => self.chat(dialect, asked),
        }
    }

    fn authorised(&self, head: &Parts) -> bool {
        self.expect_authorization.as_ref().is_none_or(|expected| {
            head.headers
                .get(AUTHORIZATION)
                .is_some_and(|given| given.as_bytes() == expected.as_bytes())
        })
    }

    fn again(
        &self,
        dialect: &Dialect,
        asked: &Asked<'_>,
        rendered: &Mutex<Vec<Rendered>>,
    ) -> Reply {
        let mut rendered = rendered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = rendered
            .iter()
            .find(|known| known.id_header == dialect.id_header && known.request == asked.body);
        if let Some(known) = known {
            return known.reply.clone();
        }
        let reply = self.chat(dialect, asked);
        if rendered.len() == RENDERED {
            rendered.clear();
        }
        rendered.push(Rendered {
            id_header: dialect.id_header,
            request: asked.body.clone(),
            reply: reply.clone(),
        });
        reply
    }

    fn chat(&self, dialect: &Dialect, asked: &Asked<'_>) -> Reply {
        let Ok(request) = serde_json::from_slice::<Fields>(asked.body) else {
            return whole(dialect, 400, (dialect.failure)(400));
        };
        if let Err(refusal) = (dialect.check)(&request) {
            return whole(dialect, refusal.status, refusal.body);
        }
        let step = asked.step;
        let text = step.text.as_deref().or(self.text.as_deref());
        let said = chat::say(&request, text, asked.seq);
        let status = step.status.unwrap_or(200);
        if request.get("stream") != Some(&Value::Bool(true)) {
            return Reply {
                usage: Some(said.usage),
                ..whole(dialect, status, (dialect.whole)(&said))
            };
        }
        let mut told = dialect.usage_unasked || said.include_usage;
        let mut events = (dialect.events)(&said);
        if let Some(at) = step.error_event_at
            && at < events.len()
        {
            events.truncate(at);
            events.push((dialect.error_event)());
            told = false;
        }
        if step.no_terminator {
            // Cohere's last event is also the one that tells the usage.
            told &= events.pop().is_some_and(|last| last.contains("[DONE]"));
        }
        if let Some(bytes) = step.pad_events {
            let comment = format!(": {}\n\n", "-".repeat(bytes));
            for event in &mut events {
                event.insert_str(0, &comment);
            }
        }
        Reply {
            status,
            streamed: true,
            pieces: grouped(
                &events,
                step.chunks_per_write.unwrap_or(self.chunks_per_write),
            ),
            usage: told.then_some(said.usage),
            wrong_credentials: false,
            id_header: dialect.id_header,
        }
    }
}

fn dialect(head: &Parts) -> Option<&'static Dialect> {
    let path = head.uri.path();
    if path.ends_with("/v2/chat") {
        return Some(&COHERE);
    }
    if !path.ends_with("/chat/completions") {
        return None;
    }
    let host = log::host(head).unwrap_or("");
    let name = host.split(':').next().unwrap_or(host);
    if name == "api.mistral.ai" || path.starts_with("/mistral/") {
        Some(&MISTRAL)
    } else {
        Some(&OPENAI)
    }
}

fn whole(dialect: &Dialect, status: u16, body: String) -> Reply {
    Reply {
        status,
        streamed: false,
        pieces: vec![body.into()],
        usage: None,
        wrong_credentials: false,
        id_header: dialect.id_header,
    }
}

fn verbatim(dialect: &Dialect, step: &Step, body: &str) -> Reply {
    let streamed = step.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type") && value.starts_with("text/event-stream")
    });
    let events: Vec<_> = body.split_inclusive("\n\n").map(str::to_owned).collect();
    let together = if streamed {
        step.chunks_per_write.unwrap_or(1)
    } else {
        0
    };
    Reply {
        streamed,
        pieces: grouped(&events, together),
        ..whole(dialect, step.status.unwrap_or(200), String::new())
    }
}

fn grouped(events: &[String], together: usize) -> Vec<Bytes> {
    let together = if together == 0 {
        events.len().max(1)
    } else {
        together
    };
    events
        .chunks(together)
        .map(|events| Bytes::from(events.concat()))
        .collect()
}

fn nothing_here(head: &Parts) -> String {
    let (method, path) = (&head.method, head.uri.path());
    openai::error(
        &format!("Invalid URL ({method} {path})"),
        "invalid_request_error",
        "null",
        "null",
    )
}
