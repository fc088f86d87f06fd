//! `portolan start` and its files: SIGHUP, changes that nobody told it of, and what the admin listener says of both.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{PATIENCE, Portolan, portolan};

/// A file of one route, which is named as its path.
fn route(name: &str) -> String {
    format!(
        r#"
_format_version: "3.0"
routes:
- name: {name}
  paths: [/{name}]
  plugins:
  - name: ai-proxy
    config:
      route_type: llm/v1/chat
      auth: {{header_name: Authorization, header_value: Bearer FAKE-key}}
      model: {{provider: openai, name: gpt-4o-mini}}
"#
    )
}

struct Running {
    portolan: Portolan,
    admin: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = portolan(&["start", "--access-log", "off"]);
        command
            .args(arguments)
            .env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0")
            .env("PORTOLAN_ADMIN_LISTEN", "127.0.0.1:0");
        // Its standard error fills up, and nothing comes to depend on that.
        let mut portolan = Portolan::start_unread(command);
        let line = portolan.says("admin on ");
        let admin = line.trim().strip_prefix("admin on ").unwrap();
        Self {
            admin: admin.parse().unwrap(),
            portolan,
        }
    }

    fn status(&self) -> Value {
        let answer = exchange(self.admin, "GET", "/status");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        serde_json::from_str(body).unwrap()
    }

    fn configuration(&self) -> Value {
        self.status()["portolan"]["configuration"].clone()
    }

    /// Waits until there were as many reloads.
    fn reloaded(&self, applied: u64, unchanged: u64, refused: u64) -> Value {
        let counts = json!({ "applied": applied, "unchanged": unchanged, "refused": refused });
        let began = Instant::now();
        loop {
            let configuration = self.configuration();
            if configuration["reloads"] == counts {
                return configuration;
            }
            assert!(began.elapsed() < PATIENCE, "{configuration} for {counts}");
            // A pause between two questions, not a wait for the answer.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether there is a route; an empty request is none that it would serve.
    fn routes(&self, name: &str) -> bool {
        let answer = exchange(self.portolan.address, "POST", &format!("/{name}"));
        let status = &answer["HTTP/1.1 ".len()..][..3];
        assert!(["400", "404"].contains(&status), "{answer}");
        status == "400"
    }
}

fn exchange(address: SocketAddr, method: &str, path: &str) -> String {
    let body = if method == "POST" { "{}" } else { "" };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn sighup_reads_the_file_again() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    fs::write(&file, route("chat")).unwrap();
    let running = Running::start(&["--config", text(&file), "--no-watch"]);
    assert!(running.routes("chat") && !running.routes("talk"));
    assert_eq!(running.configuration()["last_reload"], Value::Null);

    running.portolan.signal("-HUP");
    running.reloaded(0, 1, 0);

    fs::write(&file, route("talk")).unwrap();
    running.portolan.signal("-HUP");
    running.reloaded(1, 1, 0);
    assert!(running.routes("talk") && !running.routes("chat"));

    fs::write(
        &file,
        route("more").replace("  paths", "  pathz: []\n  paths"),
    )
    .unwrap();
    running.portolan.signal("-HUP");
    let refused = running.reloaded(1, 1, 1);
    assert!(running.routes("talk") && !running.routes("more"));
    let last = &refused["last_reload"];
    assert_eq!(last["outcome"], "refused");
    let fault = &last["faults"][0];
    assert_eq!(fault["file"], text(&file));
    // The text begins with an empty line.
    assert_eq!((&fault["line"], &fault["column"]), (&json!(5), &json!(3)));
    assert_eq!(fault["path"], "routes[0].pathz");

    running.portolan.terminate();
    assert!(running.portolan.ended().1.success());
}

#[test]
fn a_bad_file_is_told_in_the_log() {
    let folder = TempDir::new().unwrap();
    let (file, log) = (folder.path().join("kong.yaml"), folder.path().join("log"));
    fs::write(&file, route("chat")).unwrap();
    let mut command = portolan(&["start", "--config", text(&file), "--no-watch"]);
    command.env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0");
    let running = Portolan::start_logged(command, File::create(&log).unwrap());
    fs::write(&file, route("chat").replace("paths:", "pathz:")).unwrap();
    running.signal("-HUP");
    let began = Instant::now();
    loop {
        let told = fs::read_to_string(&log).unwrap();
        if told.contains("what was live stays live") {
            assert!(told.contains("routes[0].pathz: unknown field"), "{told}");
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{told}");
        // A pause between two looks, not a wait for the answer.
        thread::sleep(Duration::from_millis(20));
    }
    running.terminate();
    assert!(running.ended().1.success());
}

/// As editors, and whoever writes with care, replace a file.
#[test]
fn a_file_renamed_over_is_noticed_without_a_signal() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    fs::write(&file, route("chat")).unwrap();
    let running = Running::start(&["--config", text(&file)]);
    for (applied, name) in [(1, "talk"), (2, "chat")] {
        let next = folder.path().join("next");
        fs::write(&next, route(name)).unwrap();
        fs::rename(&next, &file).unwrap();
        let told = running.reloaded(applied, 0, 0);
        assert_eq!(told["last_reload"]["outcome"], "applied");
        assert!(running.routes(name));
    }
    // Gone, it is missed, and what was live stays so; put back, it is what was live.
    let away = folder.path().join("away");
    fs::rename(&file, &away).unwrap();
    running.reloaded(2, 0, 1);
    assert!(running.routes("chat"));
    fs::rename(&away, &file).unwrap();
    running.reloaded(2, 1, 1);
}

#[test]
fn files_and_folders_are_one_configuration() {
    let folder = TempDir::new().unwrap();
    let (file, inner) = (folder.path().join("a.yaml"), folder.path().join("inner"));
    fs::create_dir(&inner).unwrap();
    fs::write(&file, route("first")).unwrap();
    fs::write(inner.join("b.yml"), route("second")).unwrap();
    let running = Running::start(&["-c", text(&file), "--config", text(&inner)]);
    assert!(running.routes("first") && running.routes("second"));
    fs::write(inner.join("c.yaml"), route("third")).unwrap();
    running.reloaded(1, 0, 0);
    for name in ["first", "second", "third"] {
        assert!(running.routes(name), "{name}");
    }
}

#[test]
fn the_admin_listener_can_be_off() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    fs::write(&file, route("chat")).unwrap();
    let mut command = portolan(&["start", "--admin-listen", "off"]);
    command
        .env("PORTOLAN_CONFIG", &file)
        .env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0");
    let portolan = Portolan::start(command);
    portolan.terminate();
    let (said, status) = portolan.ended();
    assert!(status.success());
    assert!(!said.contains("admin on"), "{said}");
}

/// Kong's `admin_listen`.
#[test]
fn the_admin_listener_is_the_machines_own_unless_told() {
    let help = portolan(&["start", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("[default: 127.0.0.1:8001]"), "{help}");
    assert!(help.contains("[env: PORTOLAN_ADMIN_LISTEN=off]"), "{help}");
}
