//! `tests/wrong`: wrong files, each with everything that must be told of it.

use std::{collections::HashMap, fs, path::Path};

use portolan_config::{Options, Resolve, Source, check};

/// Lines `#! SEVERITY LINE:COLUMN: PATH: MESSAGE` at the file's end, or in a `.expect` beside a JSON file.
#[test]
fn wrong_files_are_told_exactly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "expect") {
            continue;
        }
        cases += 1;
        let text = fs::read_to_string(&path).unwrap();
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        let notes = if is_json {
            fs::read_to_string(path.with_extension("expect")).unwrap()
        } else {
            text.clone()
        };
        let expected: Vec<&str> = notes
            .lines()
            .filter_map(|line| line.strip_prefix("#! "))
            .collect();
        let env: HashMap<&str, &str> = notes
            .lines()
            .filter_map(|line| line.strip_prefix("# env: ")?.split_once('='))
            .collect();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let report = check(
            &[Source {
                name: name.clone(),
                text: text.clone(),
            }],
            &Options {
                env: &|name| env.get(name).map(|value| (*value).to_owned()),
                secrets: true,
                for_kong: false,
                resolve: Resolve::No,
            },
        );
        let told: Vec<String> = report
            .found
            .iter()
            .map(|one| {
                let line = one.to_string();
                let line = line.strip_prefix(&format!("{name}:")).unwrap().to_owned();
                format!("{} {line}", one.severity.name())
            })
            .collect();
        if told != expected {
            wrong.push(format!(
                "{name}\n  told:\n    {}\n  expected:\n    {}",
                told.join("\n    "),
                expected.join("\n    ")
            ));
        }
    }
    assert!(cases >= 80, "{cases} cases");
    assert!(
        wrong.is_empty(),
        "{} of {cases}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
