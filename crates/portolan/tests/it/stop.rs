//! A stop is heard whatever else the process waits for.

use std::{
    fs::{self, File, OpenOptions},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use tempfile::TempDir;

use crate::process::{PATIENCE, Portolan, exit, portolan, send};

const FILE: &str = "_format_version: \"3.0\"\n";

fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Returns when somebody reads the pipe; while the file lives, the reader waits for more.
fn being_read(path: &Path) -> File {
    let path = path.to_owned();
    let (opened, open) = mpsc::channel();
    thread::spawn(move || opened.send(OpenOptions::new().write(true).open(path).unwrap()));
    open.recv_timeout(PATIENCE).expect("it is read")
}

#[test]
fn a_stop_is_heard_while_the_first_file_is_read() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("kong.yaml");
    make_pipe(&pipe);
    for signal in ["-TERM", "-INT"] {
        let mut child = portolan(&["start", "--config", pipe.to_str().unwrap()])
            .env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _writer = being_read(&pipe);
        send(&child, signal);
        assert!(exit(&mut child).success(), "{signal}");
    }
}

#[test]
fn a_stop_is_heard_while_a_file_is_read_again() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    fs::write(&file, FILE).unwrap();
    let mut command = portolan(&["start", "--no-watch", "--config", file.to_str().unwrap()]);
    command.env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0");
    let mut running = Portolan::start(command);
    fs::remove_file(&file).unwrap();
    make_pipe(&file);
    running.signal("-HUP");
    let _writer = being_read(&file);
    // One more is no reason to stop, and none to hear no stop.
    running.signal("-HUP");
    running.terminate();
    assert!(running.exit().success());
}

/// A pipe holds 64 KiB; what is told here is more.
#[test]
fn a_stop_is_heard_while_nobody_reads_what_is_told() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kong.yaml");
    // A route with nothing behind it is warned of.
    let warned: String = (0..2_000)
        .map(|number| format!("- name: route-{number}\n  paths: [/{number}]\n"))
        .collect();
    fs::write(&file, format!("{FILE}routes:\n{warned}")).unwrap();
    let mut command = portolan(&["start", "--config", file.to_str().unwrap()]);
    command.env("PORTOLAN_PROXY_LISTEN", "127.0.0.1:0");
    let mut running = Portolan::start_unread(command);
    running.terminate();
    assert!(running.exit().success());
}
