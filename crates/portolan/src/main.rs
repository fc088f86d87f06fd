//! The `portolan` binary: its verbs and the life of its process.

mod bounds;
mod check;
mod cli;
#[cfg(feature = "demo")]
mod demo;
mod process;
mod reload;
mod schema;
mod start;
mod watch;

use std::process::ExitCode;

use clap::Parser;

// One small allocation follows another here: measured, it saves about a tenth of the CPU of a chat.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    process::init_tracing();
    let done = match cli.verb {
        cli::Verb::Start(options) => start::run(*options).map(|()| ExitCode::SUCCESS),
        cli::Verb::Check(options) => Ok(check::run(&options)),
        cli::Verb::Schema(options) => {
            schema::run(&options);
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "demo")]
        cli::Verb::Demo(options) => demo::run(options).map(|()| ExitCode::SUCCESS),
    };
    let code = done.unwrap_or_else(|error| {
        process::complain(&error);
        ExitCode::FAILURE
    });
    process::flush();
    code
}
