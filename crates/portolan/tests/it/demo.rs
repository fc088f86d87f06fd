//! `portolan demo`: what it prints is what a new user pastes.

use std::process::Command;

use crate::process::{Portolan, portolan};

/// The commands of a text: a line that begins so, and those that it goes on in.
fn commands(text: &str, begin: &str) -> Vec<String> {
    text.split("\n\n")
        .filter(|paragraph| paragraph.trim_start().starts_with(begin))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_demos_curl_lines_work() {
    let mut demo = Portolan::start(portolan(&["demo", "--proxy-listen", "127.0.0.1:0"]));
    let welcome = demo.says("Ctrl-C");
    assert!(welcome.contains(&demo.address.to_string()), "{welcome}");
    let commands = commands(&welcome, "curl");
    assert_eq!(commands.len(), 2, "{welcome}");
    for command in commands {
        let run = Command::new("sh").args(["-c", &command]).output().unwrap();
        let answer = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{command}");
        // The stand-ins repeat what they are told, whole or a word a chunk.
        let words: String = if answer.starts_with("data:") {
            assert!(answer.ends_with("data: [DONE]\n\n"), "{answer}");
            answer
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .filter_map(|data| serde_json::from_str::<serde_json::Value>(data).ok())
                .filter_map(|chunk| {
                    let content = &chunk["choices"][0]["delta"]["content"];
                    content.as_str().map(str::to_owned)
                })
                .collect()
        } else {
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            let content = &answer["choices"][0]["message"]["content"];
            content.as_str().unwrap().to_owned()
        };
        assert_eq!(words, "You said: Hello");
    }
    demo.terminate();
    let (said, status) = demo.ended();
    assert!(status.success());
    let lines = said.lines().filter(|line| line.starts_with('{'));
    assert_eq!(lines.count(), 2, "a line a request: {said}");
}
