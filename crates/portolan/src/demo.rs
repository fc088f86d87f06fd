//! `portolan demo`: the example file served against stand-in providers of this very process.
//! The file names the providers' real hosts; they are resolved to the stand-ins, whose certificates are made at start.

use std::time::Duration;

use anyhow::Context;
use portolan_gateway::{AccessLog, Gateway, Options, Resolve};
use portolan_mock::{Authority, Mock, MockOptions};

use crate::{cli, process};

const FILE: &str = include_str!("../../../examples/demo.yaml");
const HOSTS: [&str; 3] = ["api.openai.com", "api.mistral.ai", "api.cohere.com"];
/// What the stand-ins want to see; no provider gave it.
const KEY: &str = "Bearer demo-key";
/// Slow enough to see a stream arrive.
const CHUNK_DELAY: Duration = Duration::from_millis(40);

pub(crate) fn run(typed: cli::Demo) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the stand-in providers")?;
    let authority = Authority::new()?;
    let mock = runtime.block_on(Mock::start(MockOptions {
        tls: Some(authority.server_config(&HOSTS)?),
        expect_authorization: Some(KEY.to_owned()),
        chunk_delay: Some(CHUNK_DELAY),
        quiet_log: true,
        ..MockOptions::default()
    }))?;
    let resolve = HOSTS
        .iter()
        .map(|host| format!("{host}:443:{}", mock.addr()).parse::<Resolve>())
        .collect::<Result<_, _>>()?;
    let loaded = portolan_config::load(
        &[portolan_config::Source {
            name: "examples/demo.yaml".to_owned(),
            text: FILE.to_owned(),
        }],
        &|_| Some(KEY.to_owned()),
    )?;
    let gateway = Gateway::start(
        &loaded.config,
        Options {
            listen: vec![typed.proxy_listen.into()],
            access_log: AccessLog::Stdout,
            resolve,
            extra_roots: authority.certificate_pem(),
            env: Box::new(|_| Some(KEY.to_owned())),
            ..Options::default()
        },
    )
    .context(
        "cannot serve the demo; is another process on that port? try --proxy-listen 127.0.0.1:8010",
    )?;
    process::say(&welcome(&gateway.address().to_string()));
    process::wait_for_stop()?;
    gateway.drain();
    runtime.block_on(mock.stop());
    Ok(())
}

fn welcome(address: &str) -> String {
    format!(
        r#"listening on {address}

Portolan serves examples/demo.yaml; OpenAI, Mistral and Cohere are stand-ins in this process.
The path chooses provider and model: /openai/MODEL, /mistral/MODEL, /cohere/MODEL.

A chat:

  curl http://{address}/openai/gpt-4o-mini/chat/completions \
    -H 'Content-Type: application/json' \
    -d '{{"messages": [{{"role": "user", "content": "Hello"}}]}}'

The same, streamed by Cohere and read in OpenAI's format:

  curl -N http://{address}/cohere/command-a-03-2025/chat/completions \
    -H 'Content-Type: application/json' \
    -d '{{"stream": true, "messages": [{{"role": "user", "content": "Hello"}}]}}'

From Python, with OpenAI's own package (pip install openai):

  from openai import OpenAI
  client = OpenAI(base_url="http://{address}/mistral/mistral-small-latest", api_key="unused")
  chat = client.chat.completions.create(
      model="mistral-small-latest", messages=[{{"role": "user", "content": "Hello"}}])
  print(chat.choices[0].message.content)

One line a request follows here: its route, its tries, its tokens. Ctrl-C stops."#
    )
}
