//! `portolan check`: what it says of files, to people and to machines, and how it ends.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::portolan;

const ONE_FAULT: &str =
    "_format_version: \"3.0\"\nroutes:\n- name: chat\n  paths: [/chat]\n  pluginz: []\n";
const UNKNOWN: &str = "routes[0].pluginz: unknown field, did you mean 'plugins'?";

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

/// With the key that the examples ask for.
fn check(arguments: &[&str]) -> Told {
    run(arguments, Some("Bearer FAKE-key"))
}

fn run(arguments: &[&str], header: Option<&str>) -> Told {
    let mut command = portolan(&["check"]);
    command.args(arguments).env_remove("OPENAI_AUTH_HEADER");
    if let Some(header) = header {
        command.env("OPENAI_AUTH_HEADER", header);
    }
    let done = command.output().unwrap();
    Told {
        code: done.status.code(),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

fn example() -> String {
    format!("{}/../../examples/openai.yaml", env!("CARGO_MANIFEST_DIR"))
}

/// The example under other names, so that both can stand in one configuration.
fn other_example() -> String {
    let text = fs::read_to_string(example()).unwrap();
    text.replace("openai-chat", "other-chat")
        .replace("~/openai/", "~/other/")
}

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_sound_file_is_told_in_a_line() {
    let file = example();
    let told = check(&[&file]);
    let expected = format!("{file}: sound; 1 route would be served\n");
    assert_eq!((told.code, told.out), (Some(0), expected));
}

#[test]
fn a_fault_is_a_line_with_its_place() {
    let folder = Folder::new(&[("kong.yaml", ONE_FAULT)]);
    let file = folder.path("kong.yaml");
    let told = check(&[&file]);
    let expected = format!("{file}:5:3: error: {UNKNOWN}\n{file}: 1 error\n");
    assert_eq!((told.code, told.out), (Some(1), expected));
}

#[test]
fn an_excerpt_shows_the_line() {
    let folder = Folder::new(&[("kong.yaml", ONE_FAULT)]);
    let file = folder.path("kong.yaml");
    let told = check(&["--excerpts", "always", &file]);
    let expected = format!(
        "error: {UNKNOWN}\n  --> {file}:5:3\n   |\n 5 |   pluginz: []\n   |   ^^^^^^^\n\n{file}: 1 error\n"
    );
    assert_eq!((told.code, told.out), (Some(1), expected));
}

#[test]
fn machines_get_one_object() {
    let folder = Folder::new(&[("kong.yaml", ONE_FAULT)]);
    let file = folder.path("kong.yaml");
    let told = check(&["--output", "json", &file]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        serde_json::from_str::<Value>(&told.out).unwrap(),
        json!({
            "files": [file],
            "errors": 1,
            "warnings": 0,
            "not_served": 0,
            "findings": [{
                "severity": "error",
                "file": file,
                "line": 5,
                "column": 3,
                "path": "routes[0].pluginz",
                "message": "unknown field, did you mean 'plugins'?",
            }],
        })
    );
}

#[test]
fn what_is_not_served_is_no_error() {
    let text = fs::read_to_string(example()).unwrap();
    let text = text.replace(
        "  methods:",
        "  filter_chains: [{filters: [{name: tagger}]}]\n  methods:",
    );
    let folder = Folder::new(&[("kong.yaml", &text)]);
    let file = folder.path("kong.yaml");
    let told = check(&[&file]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    let finding = format!("{file}:7:3: not served yet: routes[0].filter_chains: ");
    assert!(told.out.starts_with(&finding), "{}", told.out);
    let summary = format!(
        "\n{file}: sound, but `portolan start` would refuse it: 1 thing is not served yet\n"
    );
    assert!(told.out.ends_with(&summary), "{}", told.out);
}

#[test]
fn several_files_are_one_configuration() {
    let folder = Folder::new(&[("other.yaml", &other_example())]);
    let told = check(&[&example(), &folder.path("other.yaml")]);
    let expected = "2 files: sound; 2 routes would be served\n".to_owned();
    assert_eq!((told.code, told.out), (Some(0), expected));
}

#[test]
fn of_a_folder_each_file_is_checked() {
    let second = "routes:\n- name: other\n  paths: [/other]\n  pluginz: []\n";
    let folder = Folder::new(&[
        ("b.yaml", second),
        ("a.yaml", ONE_FAULT),
        ("notes.txt", "no Kong file"),
    ]);
    let path = folder.path("");
    let path = path.trim_end_matches('/');
    let told = check(&[path]);
    let expected = format!(
        "{path}/a.yaml:5:3: error: {UNKNOWN}\n{path}/b.yaml:4:3: error: {UNKNOWN}\n{path}: 2 errors\n"
    );
    assert_eq!((told.code, told.out), (Some(1), expected));
}

#[test]
fn every_file_that_cannot_be_read_is_told() {
    let folder = Folder::new(&[]);
    let (first, second) = (folder.path("a.yaml"), folder.path("b.yaml"));
    let told = check(&[&first, &example(), &second]);
    assert_eq!(told.code, Some(1));
    for file in [&first, &second] {
        let line = format!("{file}: error: cannot read {file}: ");
        assert!(told.out.contains(&line), "{}", told.out);
    }
    assert!(!told.out.contains("sound"), "{}", told.out);
    let told = check(&["--output", "json", &first]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["findings"][0]["file"], json!(first));
    assert_eq!(told["findings"][0]["line"], Value::Null);
}

/// The place is that of the reference in the example.
#[test]
fn without_secrets_a_missing_variable_is_a_warning() {
    let file = example();
    let place = format!("{file}:15:23: ");
    let told = run(&[&file], None);
    assert_eq!(told.code, Some(1));
    assert!(
        told.out.starts_with(&format!("{place}error: ")),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("OPENAI_AUTH_HEADER is not set"),
        "{}",
        told.out
    );
    let told = run(&["--no-secrets", &file], None);
    assert_eq!(told.code, Some(0));
    assert!(
        told.out.starts_with(&format!("{place}warning: ")),
        "{}",
        told.out
    );
    let summary = "sound; 1 route would be served; 1 warning\n";
    assert!(told.out.ends_with(summary), "{}", told.out);
}

#[test]
fn for_kong_our_own_settings_are_errors() {
    let text = fs::read_to_string(example()).unwrap();
    let text = format!("{text}\n_portolan:\n  strict: true\n");
    let folder = Folder::new(&[("kong.yaml", &text)]);
    let file = folder.path("kong.yaml");
    assert_eq!(check(&[&file]).code, Some(0));
    let told = check(&["--for-kong", &file]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.out.contains("error: _portolan: Kong refuses"),
        "{}",
        told.out
    );
}

#[test]
fn resolved_is_json_and_nothing_else() {
    let file = example();
    let told = run(&["--resolved", "--no-secrets", &file], None);
    assert_eq!(told.code, Some(0));
    let resolved: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(resolved["routes"][0]["name"], "openai-chat");
    assert!(told.err.contains("OPENAI_AUTH_HEADER"), "{}", told.err);

    let folder = Folder::new(&[("kong.yaml", ONE_FAULT)]);
    let told = check(&["--resolved", &folder.path("kong.yaml")]);
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert!(told.err.contains(UNKNOWN), "{}", told.err);
}

#[test]
fn no_output_shows_a_secret() {
    let faulty = concat!(
        "_format_version: \"3.0\"\nroutes:\n- name: chat\n  paths: [/chat]\n  plugins:\n  - name: ai-proxy\n",
        "    config: {route_type: llm/v1/chat, auth: {header_name: Authorization, header_value: [hunter2], ",
        "headr_valeu: hunter2, parm: 1}, model: {provider: opnai}, authh: {header_value: hunter2}}\n",
    );
    let sound = fs::read_to_string(example()).unwrap();
    let sound = sound.replace("{vault://env/OPENAI_AUTH_HEADER}", "Bearer hunter2");
    let folder = Folder::new(&[("faulty.yaml", faulty), ("sound.yaml", &sound)]);
    for (file, code) in [("faulty.yaml", 1), ("sound.yaml", 0)] {
        let file = folder.path(file);
        for arguments in [
            ["--excerpts", "always"],
            ["--excerpts", "never"],
            ["--output", "json"],
            ["--resolved", "--for-kong"],
        ] {
            let told = check(&[arguments[0], arguments[1], &file]);
            let both = format!("{}{}", told.out, told.err);
            assert_eq!(told.code, Some(code), "{both}");
            assert!(!both.contains("hunter2"), "{both}");
        }
    }
}

#[test]
fn files_are_asked_for() {
    let told = check(&[]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("<FILE>"), "{}", told.err);
}
