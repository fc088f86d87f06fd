//! `portolan start`: arguments, faults of a file, serving the examples, and the end.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use portolan_mock::{Authority, Mock, MockOptions};
use tempfile::TempDir;

use crate::process::{Portolan, portolan};

const HOSTS: [&str; 3] = ["api.openai.com", "api.mistral.ai", "api.cohere.com"];
/// The targets of the service in `keys.yaml`.
const SERVICE: [&str; 2] = ["reports-1.example.com", "reports-2.example.com"];

/// Stand-ins for the real hosts; they live as long as the runtime.
struct Providers {
    mock: Mock,
    service: Mock,
    folder: TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Providers {
    fn start(chunk_delay: Option<Duration>) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let authority = Authority::new().unwrap();
        let mock = runtime
            .block_on(Mock::start(MockOptions {
                tls: Some(authority.server_config(&HOSTS).unwrap()),
                expect_authorization: Some("Bearer FAKE-key".to_owned()),
                chunk_delay,
                ..MockOptions::default()
            }))
            .unwrap();
        let service = runtime
            .block_on(Mock::start(MockOptions {
                tls: Some(authority.server_config(&SERVICE).unwrap()),
                ..MockOptions::default()
            }))
            .unwrap();
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        Self {
            mock,
            service,
            folder,
            _runtime: runtime,
        }
    }

    /// Serves a file as it stands, told by options and environment where its hosts are.
    fn serve(&self, file: &str) -> Portolan {
        let (providers, service) = (self.mock.addr(), self.service.addr());
        let hosts = HOSTS.iter().map(|host| (host, providers));
        let hosts = hosts.chain(SERVICE.iter().map(|host| (host, service)));
        let resolve: Vec<String> = hosts
            .map(|(host, address)| format!("{host}:443:{address}"))
            .collect();
        let mut command = portolan(&["start", "--config", file, "--access-log", "-"]);
        command
            .env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0")
            .env("PORTOLAN_RESOLVE", resolve.join(","))
            .env("SSL_CERT_FILE", self.folder.path().join("ca.pem"));
        for name in ["OPENAI", "MISTRAL", "COHERE"] {
            command.env(format!("{name}_AUTH_HEADER"), "Bearer FAKE-key");
        }
        Portolan::start(command)
    }
}

fn example(name: &str) -> String {
    format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Of a client whose key `keys.yaml` has; elsewhere it says nothing.
fn request(portolan: &Portolan, path: &str, body: &str) -> TcpStream {
    request_of("Bearer fake-support-key", portolan, path, body)
}

fn request_of(key: &str, portolan: &Portolan, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(portolan.address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: {key}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const HELLO: &str = r#"{"messages":[{"role":"user","content":"Hello"}]}"#;

#[test]
fn every_example_is_served_as_it_stands() {
    let paths = [
        ("demo.yaml", "/openai/gpt-4o/chat/completions"),
        (
            "demo.yaml",
            "/mistral/mistral-small-latest/chat/completions",
        ),
        ("demo.yaml", "/cohere/command-a-03-2025/chat/completions"),
        ("failover.yaml", "/chat/completions"),
        ("keys.yaml", "/chat/completions"),
        ("openai.yaml", "/openai/chat/completions"),
    ];
    let folder = example("");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            paths.iter().any(|(file, _)| *file == name),
            "{name} is not asked"
        );
    }
    let providers = Providers::start(None);
    for (file, path) in paths {
        let portolan = providers.serve(&example(file));
        let answer = answer(request(&portolan, path, HELLO));
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n"),
            "{file}: {answer}"
        );
        assert!(answer.contains("You said: Hello"), "{file}: {answer}");
        portolan.terminate();
        assert!(portolan.ended().1.success());
    }
}

#[test]
fn a_key_opens_what_its_group_may() {
    let providers = Providers::start(None);
    let portolan = providers.serve(&example("keys.yaml"));
    let named = HELLO.replacen('{', "{\"model\":\"gpt-4o-mini\",", 1);
    for (key, path, status) in [
        ("support", "/chat/completions", "200 OK"),
        ("nightly", "/chat/completions", "403 Forbidden"),
        ("nobodys", "/chat/completions", "401 Unauthorized"),
        ("nightly", "/reports/chat/completions", "200 OK"),
        ("support", "/reports/chat/completions", "200 OK"),
        ("nobodys", "/reports/chat/completions", "401 Unauthorized"),
    ] {
        let bearer = format!("Bearer fake-{key}-key");
        let answer = answer(request_of(&bearer, &portolan, path, &named));
        let line = format!("HTTP/1.1 {status}\r\n");
        assert!(answer.starts_with(&line), "{key} {path}: {answer}");
    }
    // One after the other, and with no key.
    let attempts = providers.service.attempts();
    let mut hosts: Vec<&str> = Vec::new();
    for attempt in &attempts {
        assert!(!attempt.headers.contains_key("authorization"));
        hosts.extend(attempt.host.as_deref());
    }
    hosts.sort_unstable();
    assert_eq!(hosts, SERVICE);
}

#[test]
fn sigterm_lets_a_stream_end_and_takes_no_more() {
    let providers = Providers::start(Some(Duration::from_millis(60)));
    let portolan = providers.serve(&example("openai.yaml"));
    let body = format!("{{\"stream\":true,{}", &HELLO[1..]);
    let mut stream = request(&portolan, "/openai/chat/completions", &body);
    let mut begun = [0; 32];
    stream.read_exact(&mut begun).unwrap();
    portolan.terminate();
    let rest = answer(stream);
    assert!(rest.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"), "{rest}");
    let address = portolan.address;
    let (said, status) = portolan.ended();
    assert!(status.success());
    assert!(said.contains("\"complete\":true"), "{said}");
    assert!(TcpStream::connect(address).is_err());
}

/// The drain would take longer than the test waits.
#[test]
fn a_second_signal_ends_it_at_once() {
    let providers = Providers::start(Some(Duration::from_secs(1)));
    let mut portolan = providers.serve(&example("openai.yaml"));
    let long = HELLO.replace("Hello", &"word ".repeat(100));
    let body = format!("{{\"stream\":true,{}", &long[1..]);
    let mut stream = request(&portolan, "/openai/chat/completions", &body);
    let mut begun = [0; 32];
    stream.read_exact(&mut begun).unwrap();
    portolan.terminate();
    // Nothing else tells that the first was heard.
    while TcpStream::connect(portolan.address).is_ok() {}
    portolan.signal("-INT");
    assert_eq!(portolan.exit().code(), Some(1));
}

#[test]
fn a_wrong_file_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    fs::write(&file, "_format_version: \"3.0\"\nroutes:\n- nam: chat\n").unwrap();
    let run = portolan(&["start", "--config", file.to_str().unwrap()])
        .output()
        .unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1));
    let place = format!("{}:3:3: routes[0].nam", file.display());
    assert!(told.contains(&place) && told.contains("name"), "{told}");
}

#[test]
fn a_missing_secret_names_its_variable() {
    let file = example("openai.yaml");
    let run = portolan(&["start", "--config", &file, "--proxy-listen", "127.0.0.1:0"])
        .env_remove("OPENAI_AUTH_HEADER")
        .output()
        .unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(told.contains("OPENAI_AUTH_HEADER"), "{told}");
}

/// Kong's `proxy_listen`.
#[test]
fn it_listens_on_port_8000_unless_told() {
    let help = portolan(&["start", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("[default: 0.0.0.0:8000]"), "{help}");
    assert!(help.contains("[env: PORTOLAN_PROXY_LISTEN=]"), "{help}");
}

/// A shell's 1,024 would end at some 500 requests under way.
#[test]
fn as_many_files_may_be_open_as_the_system_lets() {
    let file = example("openai.yaml");
    let mut command = portolan(&["start", "--config", &file, "--proxy-listen", "127.0.0.1:0"]);
    command.env("OPENAI_AUTH_HEADER", "Bearer FAKE-key");
    let portolan = Portolan::start(command);
    let limits = fs::read_to_string(format!("/proc/{}/limits", portolan.id())).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let mut words = files.unwrap().split_whitespace().skip(3);
    assert_eq!(words.next(), words.next(), "{limits}");
}

#[test]
fn it_listens_in_as_many_places_as_it_is_told() {
    let file = example("openai.yaml");
    let mut command = portolan(&["start", "--config", &file, "--admin-listen", "off"]);
    command
        .env("OPENAI_AUTH_HEADER", "Bearer FAKE-key")
        .args(["--proxy-listen", "127.0.0.1:0, 127.0.0.1:0 ssl backlog=64"])
        .args(["--proxy-listen", "127.0.0.1:0 http2"]);
    let mut portolan = Portolan::start(command);
    let mut addresses = vec![portolan.address];
    for _ in 0..2 {
        let line = portolan.says("listening on ");
        let address = line.trim().strip_prefix("listening on ").unwrap();
        addresses.push(address.parse().unwrap());
    }
    for address in addresses {
        TcpStream::connect(address).unwrap();
    }
}

#[test]
fn a_listener_that_is_none_is_refused_by_its_word() {
    let file = example("openai.yaml");
    for (listen, word) in [
        ("off", "`off`"),
        ("127.0.0.1:0 deferred", "`deferred`"),
        ("127.0.0.1:0 quic", "quic"),
    ] {
        let run = portolan(&["start", "--config", &file, "--proxy-listen", listen])
            .output()
            .unwrap();
        let told = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(2), "{told}");
        assert!(told.contains(word), "{told}");
    }
}
