//! What the tests of this crate share.

use std::{env, fs, io::Write, path::PathBuf};

use crate::{Loaded, Source, diagnostic::Diagnostics, load};

/// A file beside the repository; none, and said so, where it is not.
pub(crate) fn shared(test: &str, path: &str) -> Option<String> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../shared", path]
        .iter()
        .collect();
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        skip(test, "the shared fixtures are not beside this repository");
    }
    text
}

/// A test that cannot run says so: on stderr, and in the list that the test command prints.
fn skip(test: &str, reason: &str) {
    eprintln!("skipped {test}: {reason}");
    if let Some(list) = env::var_os("PORTOLAN_SKIPS") {
        let mut list = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(list)
            .unwrap();
        writeln!(list, "{test}\t{reason}").unwrap();
    }
}

/// With an environment in which every variable is set.
pub(crate) fn try_load(text: &str) -> Result<Loaded, Diagnostics> {
    let source = Source {
        name: "kong.yaml".to_owned(),
        text: text.to_owned(),
    };
    load(&[source], &|name| Some(format!("FAKE {name}")))
}

pub(crate) fn loaded(text: &str) -> Loaded {
    try_load(text).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Why a file is not served, a line each, without its name.
pub(crate) fn faults(text: &str) -> Vec<String> {
    let faults = try_load(text).unwrap_err();
    let lines = faults.iter().map(ToString::to_string);
    lines
        .map(|line| line.strip_prefix("kong.yaml:").unwrap().to_owned())
        .collect()
}

/// A file of one route with one plugin of this name; `config` in flow style stands in line 7 at column 15.
pub(crate) fn with_config(plugin: &str, config: &str) -> String {
    format!(
        "_format_version: \"3.0\"\nroutes:\n- name: chat\n  paths: [\"~/(?<model>[^/]+)/chat$\"]\n  plugins:\n  - name: {plugin}\n    config: {config}\n"
    )
}
