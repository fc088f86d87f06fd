//! A running `portolan`, its output, and its end.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Portolan {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

/// The binary, with nothing of the environment that would change what it does.
pub(crate) fn portolan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    command.args(arguments);
    for (name, _) in std::env::vars() {
        if name.starts_with("PORTOLAN_") {
            command.env_remove(name);
        }
    }
    // Its default is one port for all.
    command.env("PORTOLAN_ADMIN_LISTEN", "off");
    command
}

impl Portolan {
    /// Returns when it says where it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        Self::started(command.stderr(Stdio::null()))
    }

    /// The same, with what it says of itself in a file.
    pub(crate) fn start_logged(mut command: Command, log: File) -> Self {
        Self::started(command.stderr(log))
    }

    /// The same, where nobody reads what it says of itself.
    pub(crate) fn start_unread(mut command: Command) -> Self {
        Self::started(command.stderr(Stdio::piped()))
    }

    fn started(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{line:?} tells no address"));
        Self {
            address: address.parse().unwrap(),
            child,
            out,
        }
    }

    /// What it says, up to and including the line that holds `last`.
    pub(crate) fn says(&mut self, last: &str) -> String {
        let mut said = String::new();
        while !said.contains(last) {
            assert_ne!(self.out.read_line(&mut said).unwrap(), 0, "{said}");
        }
        said
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// `signal`: as `kill` takes it.
    pub(crate) fn signal(&self, signal: &str) {
        send(&self.child, signal);
    }

    /// Its exit, which is not long in coming.
    pub(crate) fn exit(&mut self) -> ExitStatus {
        exit(&mut self.child)
    }

    /// Its last words and its exit.
    pub(crate) fn ended(mut self) -> (String, ExitStatus) {
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        (said, self.child.wait().unwrap())
    }
}

pub(crate) fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args([signal, &id]).status();
    assert!(killed.unwrap().success());
}

/// Kills it where it does not end.
pub(crate) fn exit(child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it did not end");
        }
        // A pause between two questions, not a wait for the answer.
        thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Portolan {
    fn drop(&mut self) {
        // Has no effect on a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
