//! Strangers: whatever arrives is answered as it should be or closed, takes bounded memory, and keeps nobody waiting.
//! Each attack is made in a process of its own, whose memory nothing else fills.

mod bodies;
mod framing;
mod heads;
mod http2_faults;
mod http2_floods;
mod slow;
mod tls;

use std::{
    any::type_name,
    env, fs,
    net::SocketAddr,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use portolan_gateway::{Bounds, Options};
use portolan_mock::Mock;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    sync::watch,
    time::timeout,
};

use crate::{
    client::{
        Answer, Client,
        wires::{Ports, Wire},
    },
    harness::{PATIENCE, Served, mock, serve_with, single, target, target_at},
};

const MIB: usize = 1024 * 1024;
/// Of the resident set at its highest, the attacker and the stand-ins with it.
const GROWTH: usize = 32 * MIB;
/// For an ordinary request, right after an attack.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// For an attack.
const LONG: Duration = Duration::from_secs(60);
/// For what a gateway waits for, where a test waits with it: longer than a busy machine takes.
const SOON: Duration = Duration::from_millis(500);
/// Set in the process of an attack.
const ALONE: &str = "PORTOLAN_ATTACK";

/// An ordinary request.
const FINE: &str = "GET /fine HTTP/1.1\r\nhost: gateway.test\r\n\r\n";

/// A gateway under attack. `/fine` and, of the host `named.test`, `/named` are answered 200, `/chat` is a mock's, and
/// `/endless` a stream that does not end.
struct Attacked {
    plain: SocketAddr,
    ports: Ports,
    served: Served,
    mock: Mock,
    endless: Endless,
}

impl Attacked {
    async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let (mock, endless) = (mock().await, Endless::start().await);
        let file = file(&mock, endless.address);
        let served = serve_with(&file.to_string(), |options| {
            options.listen = Ports::listeners();
            options.admin = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
            options.drain = Duration::from_secs(1);
            change(options);
        });
        let ports = Ports::of(&served.gateway);
        Self {
            plain: ports.plain,
            ports,
            served,
            mock,
            endless,
        }
    }

    /// What a connection that brings `bytes` says until its end. The attacker sends no end of its own.
    async fn says(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut client = Client::connect(self.plain).await;
        client.send(bytes.as_ref()).await;
        client.rest().await
    }

    /// The first answer to `bytes`.
    async fn answer(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut client = Client::connect(self.plain).await;
        client.send(bytes.as_ref()).await;
        client.answer().await
    }

    async fn serves(&self) {
        for wire in Wire::ALL {
            let answer = wire.ask(self.ports, ("GET", "/fine"), "").await;
            assert_eq!((answer.status, answer.whole), (200, true), "{wire:?}");
        }
    }
}

fn file(mock: &Mock, endless: SocketAddr) -> Value {
    let mut file = single(target("openai", mock));
    let endless = target_at("openai", "m", &format!("http://{endless}/v1/chat"));
    let endless = single(endless)["routes"][0]["plugins"].take();
    let fine = json!([{
        "name": "request-termination",
        "config": { "status_code": 200, "message": "fine" },
    }]);
    let routes = file["routes"].as_array_mut().unwrap();
    routes.extend([
        json!({ "name": "endless", "paths": ["/endless"], "plugins": endless }),
        json!({ "name": "fine", "paths": ["/fine"], "plugins": fine }),
        json!({ "name": "named", "paths": ["/named"], "hosts": ["named.test"], "plugins": fine }),
    ]);
    file
}

/// Makes an attack, then asks what must hold after each. `change`: of the gateway's options.
fn attack<A: AsyncFnOnce(&Attacked)>(change: impl FnOnce(&mut Options), attack: A) {
    if env::var_os(ALONE).is_some() {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(alone(change, attack));
        return;
    }
    // Of the closure: that of its test, after the crate's.
    let (_, name) = type_name::<A>().split_once("::").unwrap();
    let name = name.split("::{{").next().unwrap();
    let run = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    let passed = run.status.success() && out.contains("1 passed");
    assert!(passed, "{name}\n{out}\n{err}");
}

async fn alone<A: AsyncFnOnce(&Attacked)>(change: impl FnOnce(&mut Options), attack: A) {
    let attacked = Attacked::start(change).await;
    // What the first requests bring in and keep is no growth.
    attacked.serves().await;
    let before = memory("VmRSS:");
    timeout(LONG, attack(&attacked))
        .await
        .expect("an attack that ends");
    let asked = Instant::now();
    assert_eq!(attacked.answer(FINE).await.status, 200);
    assert!(asked.elapsed() < AFTERWARDS, "{:?}", asked.elapsed());
    attacked.serves().await;
    let grown = memory("VmHWM:").saturating_sub(before);
    assert!(grown < GROWTH, "{grown} bytes more than {before}");
    // Nothing that came breaks a line of the log.
    attacked.served.settled();
}

/// Of this process, in bytes.
fn memory(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kib.parse::<usize>().unwrap() * 1024
}

/// An error of Kong's nginx, in its words, with the id of the request.
fn refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    let id = answer.header("x-kong-request-id");
    assert!(answer.text().contains(message), "{}", answer.text());
    assert!(answer.text().contains(id), "{}", answer.text());
    let server = format!("portolan/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.header("server"), server);
}

/// The bounds that tests wait for.
fn hasty(bounds: &mut Bounds) {
    bounds.header_timeout = SOON;
    bounds.body_timeout = SOON;
    bounds.idle_timeout = SOON;
    bounds.send_timeout = SOON;
    bounds.handshake_timeout = SOON;
}

/// A provider that streams without an end, until its client goes or takes no more.
struct Endless {
    address: SocketAddr,
    /// Streams that ended.
    ended: watch::Receiver<usize>,
}

impl Endless {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (counted, ended) = watch::channel(0);
        let counted = Arc::new(counted);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    stream(socket).await;
                    counted.send_modify(|ended| *ended += 1);
                });
            }
        });
        Self { address, ended }
    }

    /// Returns when so many streams have ended.
    async fn ended(&self, streams: usize) {
        let mut ended = self.ended.clone();
        let waiting = timeout(PATIENCE, ended.wait_for(|ended| *ended >= streams)).await;
        waiting.expect("a stream that is given up").unwrap();
    }
}

async fn stream(mut socket: TcpStream) {
    let text = "word ".repeat(400);
    let event = format!(
        "data: {{\"id\":\"FAKE\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
    );
    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
    if socket.read(&mut [0; 4096]).await.is_err() {
        return;
    }
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut piece = head.to_owned();
    while socket.write_all(piece.as_bytes()).await.is_ok() {
        piece.clone_from(&chunk);
    }
}
