//! What the suites share: a gateway of its own for each test, targets that are stand-ins, files beside the repository.

use std::{
    collections::BTreeMap, env, fs, io::Write, net::SocketAddr, path::PathBuf, time::Duration,
};

use portolan_config::{Loaded, Source};
use portolan_gateway::{AccessLog, Env, Gateway, Options};
use portolan_mock::{Mock, MockOptions, Step};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Of the files whose tests wait for it, in milliseconds.
pub(crate) const READ_TIMEOUT: u64 = 200;
/// What the targets bring.
pub(crate) const KEY: &str = "Bearer FAKE-provider-key";

const LOG: &str = "access.log";

/// A gateway that serves one file. Its tests need a runtime of several threads: the end of a gateway blocks.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Gateway,
    log: TempDir,
}

impl Served {
    /// Drains, and gives the access log's lines.
    pub(crate) fn settled(self) -> Vec<Value> {
        let text = self.settled_text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn settled_text(self) -> String {
        let Self { gateway, log, .. } = self;
        tokio::task::block_in_place(|| gateway.drain());
        fs::read_to_string(log.path().join(LOG)).unwrap()
    }

    /// Drains, and gives the only line.
    pub(crate) fn line(self) -> Value {
        let mut lines = self.settled();
        assert_eq!(lines.len(), 1, "one line a request: {lines:#?}");
        lines.remove(0)
    }
}

pub(crate) fn serve(file: &Value) -> Served {
    serve_with(&file.to_string(), |_| {})
}

/// `text`: of a file, in YAML or JSON.
pub(crate) fn serve_with(text: &str, change: impl FnOnce(&mut Options)) -> Served {
    let log = tempfile::tempdir().unwrap();
    let mut options = Options {
        access_log: AccessLog::File(log.path().join(LOG)),
        drain: Duration::from_secs(5),
        ..Options::default()
    };
    change(&mut options);
    let loaded = loaded_in(options.env.as_ref(), text);
    let gateway = Gateway::start(&loaded.config, options).unwrap();
    Served {
        address: gateway.address(),
        gateway,
        log,
    }
}

/// `text`: of a file that asks for nothing of an environment.
pub(crate) fn loaded(text: &str) -> Loaded {
    loaded_in(&|_| None, text)
}

fn loaded_in(env: &Env, text: &str) -> Loaded {
    let source = Source {
        name: "kong.yaml".to_owned(),
        text: text.to_owned(),
    };
    portolan_config::load(&[source], &env).unwrap_or_else(|faults| panic!("{faults}"))
}

/// A file of one route, `/chat`, with one AI proxy.
pub(crate) fn file(config: Value) -> Value {
    file_at("/chat", config)
}

pub(crate) fn file_at(path: &str, config: Value) -> Value {
    let mut plugin = json!({ "name": "ai-proxy-advanced" });
    plugin["config"] = config;
    json!({
        "_format_version": "3.0",
        "routes": [{ "name": "chat", "paths": [path], "plugins": [plugin] }],
    })
}

/// One target alone.
pub(crate) fn single(target: Value) -> Value {
    file(json!({ "targets": [target] }))
}

/// A stand-in in its provider's format.
pub(crate) fn target(provider: &str, mock: &Mock) -> Value {
    let (model, path) = match provider {
        "openai" => ("gpt-4o-mini", "/v1/chat/completions"),
        "mistral" => ("mistral-small-latest", "/mistral/v1/chat/completions"),
        "cohere" => ("command-a-03-2025", "/v2/chat"),
        other => panic!("no stand-in for {other}"),
    };
    target_at(provider, model, &format!("{}{path}", mock.url()))
}

pub(crate) fn target_at(provider: &str, model: &str, url: &str) -> Value {
    json!({
        "route_type": "llm/v1/chat",
        "auth": { "header_name": "Authorization", "header_value": KEY },
        "logging": { "log_statistics": true },
        "model": { "provider": provider, "name": model, "options": { "upstream_url": url } },
    })
}

pub(crate) async fn mock() -> Mock {
    Mock::start(MockOptions::default()).await.unwrap()
}

pub(crate) async fn scripted(step: Step) -> Mock {
    let mock = mock().await;
    mock.script([step]);
    mock
}

/// A step whose stream is `body`, an event a write.
pub(crate) fn stream_of(body: &str) -> Step {
    let kind = ("content-type".to_owned(), "text/event-stream".to_owned());
    Step {
        body: Some(body.to_owned()),
        headers: BTreeMap::from([kind]),
        ..Step::default()
    }
}

/// "Say hi", whole or streamed.
pub(crate) fn ask(stream: bool) -> Value {
    json!({
        "stream": stream,
        "messages": [{ "role": "user", "content": "Say hi" }],
    })
}

/// Whether an attempt arrived with all of its body.
pub(crate) fn received(attempts: &[portolan_mock::Attempt]) -> bool {
    attempts
        .first()
        .is_some_and(|attempt| !attempt.body.is_empty())
}

/// The JSON body of a mock's attempt.
pub(crate) fn body(mock: &Mock, attempt: usize) -> Value {
    serde_json::from_str(&mock.attempts()[attempt].body).unwrap()
}

/// A file beside the repository; none, and said so, where it is not.
pub(crate) fn shared(test: &str, path: &str) -> Option<String> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../shared", path]
        .iter()
        .collect();
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        let reason = "the shared fixtures are not beside this repository";
        eprintln!("skipped {test}: {reason}");
        if let Some(list) = env::var_os("PORTOLAN_SKIPS") {
            let mut list = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(list)
                .unwrap();
            writeln!(list, "{test}\t{reason}").unwrap();
        }
    }
    text
}
