//! `portolan schema`: what a file may say, for machines or for people.

use clap::Args;

use crate::process;

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Print the reference page (Markdown) rather than the JSON Schema
    #[arg(long)]
    reference: bool,
}

pub(crate) fn run(typed: &Schema) {
    if typed.reference {
        process::say(portolan_config::reference().trim_end());
    } else {
        process::say(&format!("{:#}", portolan_config::json_schema()));
    }
}
