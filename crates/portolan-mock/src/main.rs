//! The mock as a program: its first line of output is `listening ADDRESS`, then it serves until it is interrupted.

use std::{io::Write, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use portolan_mock::{Authority, Mock, MockOptions};

/// Stand-in providers, scriptable over HTTP under `/_mock/`.
#[derive(Parser)]
#[command(version)]
struct Options {
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Serves TLS too, as these host names (comma-separated), under a certificate authority of its own.
    #[arg(long, value_delimiter = ',', requires = "ca_out")]
    tls_names: Vec<String>,
    /// Where that authority's certificate is written, as PEM.
    #[arg(long, requires = "tls_names")]
    ca_out: Option<PathBuf>,
    /// The `Authorization` header without which a request is answered 401.
    #[arg(long)]
    expect_authorization: Option<String>,
    /// Milliseconds between the chunks of a stream.
    #[arg(long)]
    chunk_delay_ms: Option<u64>,
    /// Answers with that many words instead of an echo.
    #[arg(long)]
    text_words: Option<usize>,
    /// Writes a stream at once.
    #[arg(long)]
    burst: bool,
    /// Keeps counters but no attempts, in bounded memory.
    #[arg(long)]
    quiet_log: bool,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(Options::parse()))
}

async fn run(options: Options) -> anyhow::Result<()> {
    let mut mock = MockOptions {
        listen: Some(options.listen),
        expect_authorization: options.expect_authorization,
        chunk_delay: options.chunk_delay_ms.map(Duration::from_millis),
        text_words: options.text_words,
        burst: options.burst,
        quiet_log: options.quiet_log,
        ..MockOptions::default()
    };
    if let Some(path) = options.ca_out {
        let authority = Authority::new()?;
        std::fs::write(&path, authority.certificate_pem())
            .with_context(|| format!("cannot write {}", path.display()))?;
        let names: Vec<_> = options.tls_names.iter().map(String::as_str).collect();
        mock.tls = Some(authority.server_config(&names)?);
    }
    let mock = Mock::start(mock)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "listening {}", mock.addr())?;
    output.flush()?;
    drop(output);
    tokio::signal::ctrl_c().await?;
    mock.stop().await;
    Ok(())
}
