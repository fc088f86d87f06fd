//! The gateways under measurement: how each is started, and how long until it answers.

use std::{
    env, fs, io,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    certificate::Certificate,
    http1,
    process::{Core, Process},
    rows::{self, CHAT, Subject},
};
use crate::command::{release, root, target};

/// Bounds a start that never comes.
const START: Duration = Duration::from_secs(10);
/// Between two looks whether it listens: small beside what is measured.
const LOOK: Duration = Duration::from_micros(50);

pub(super) enum Gateway {
    /// The prefix has its configuration, with the certificate beside it.
    Nginx { binary: PathBuf, prefix: PathBuf },
    /// One worker; its access log, with usage, goes into a file.
    Portolan {
        log: PathBuf,
        certificate: Certificate,
    },
}

/// Errs, and says how to get it, where there is no nginx.
pub(super) fn find_nginx() -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        // Debian's place, which is not on everybody's path.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|file| file.is_file())
        .context("nginx is the yardstick, and there is none: apt-get install nginx-light")
}

/// Such as `nginx/1.22.1`.
pub(super) fn version(nginx: &Path) -> Result<String> {
    let output = Command::new(nginx).arg("-v").output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let (_, version) = told
        .trim()
        .split_once(": ")
        .context("nginx -v tells no version")?;
    Ok(version.to_owned())
}

impl Gateway {
    pub(super) fn nginx(binary: &Path, certificate: &Certificate) -> Result<Self> {
        let prefix = target().join("bench/nginx");
        fs::create_dir_all(&prefix)?;
        fs::copy(root().join("bench/nginx.conf"), prefix.join("nginx.conf"))?;
        certificate.write(&prefix)?;
        Ok(Self::Nginx {
            binary: binary.to_owned(),
            prefix,
        })
    }

    pub(super) fn portolan(log: &Path, certificate: &Certificate) -> Self {
        Self::Portolan {
            log: log.to_owned(),
            certificate: certificate.clone(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Nginx { .. } => "nginx",
            Self::Portolan { .. } => "Portolan",
        }
    }

    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Nginx { .. } => Subject::Nginx,
            Self::Portolan { .. } => Subject::Portolan,
        }
    }

    /// Returns once it accepts connections.
    pub(super) fn start(&self) -> Result<Process> {
        match self {
            Self::Nginx { .. } => {
                let mut process = self.launch()?;
                self.first_answer(&mut process)?;
                Ok(process)
            }
            // A question would be a line of the log that no row accounts for.
            Self::Portolan { .. } => Process::listening(self.name(), self.command()?),
        }
    }

    /// Returns at once.
    pub(super) fn launch(&self) -> Result<Process> {
        let mut command = self.command()?;
        command.stdout(Stdio::null());
        Process::start(self.name(), command)
    }

    /// Asks from the moment it listens, once; errs unless the answer is a 200.
    pub(super) fn first_answer(&self, process: &mut Process) -> Result<()> {
        let address = CHAT.address(self.subject());
        let begun = Instant::now();
        let mut stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => bail!("{}: {error}", self.name()),
            }
            ensure!(!process.has_ended()?, "{} ended at its start", self.name());
            ensure!(begun.elapsed() < START, "{} does not listen", self.name());
            thread::sleep(LOOK);
        };
        let (status, body) = http1::ask(&mut stream, &CHAT.request(self.subject()).http1())?;
        let body = String::from_utf8_lossy(&body);
        ensure!(status == 200, "{} answers {status}: {body}", self.name());
        Ok(())
    }

    fn command(&self) -> Result<Command> {
        match self {
            Self::Nginx { binary, prefix } => {
                let mut command = Core::Gateway.command(binary);
                command
                    .arg("-p")
                    .arg(prefix)
                    .arg("-c")
                    .arg(prefix.join("nginx.conf"))
                    .args(["-e", "error.log", "-g", "daemon off;"]);
                Ok(command)
            }
            Self::Portolan { log, certificate } => {
                // Its lines are counted: those of a run before are not among them.
                if let Err(error) = fs::remove_file(log)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    return Err(error.into());
                }
                let mut command = Core::Gateway.command(&release("portolan"));
                command
                    .args(["start", "--workers", "1", "--config"])
                    .arg(root().join("bench/portolan.yaml"))
                    .args(rows::listeners())
                    .args(["--admin-listen", "off"])
                    .arg("--access-log")
                    .arg(log)
                    // As the vault references of its configuration name them.
                    .env("BENCH_CERTIFICATE", &certificate.chain)
                    .env("BENCH_KEY", &certificate.key);
                Ok(command)
            }
        }
    }
}
