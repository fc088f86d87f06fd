use crate::{Options, Resolve, Source, check, diagnostic::Severity};

fn found(text: &str) -> Vec<String> {
    let report = check(
        &[Source {
            name: "kong.yaml".to_owned(),
            text: text.to_owned(),
        }],
        &Options {
            env: &|_| None,
            secrets: true,
            for_kong: false,
            resolve: Resolve::Whole,
        },
    );
    let errors = report.found.iter();
    errors
        .filter(|one| one.severity == Severity::Error)
        .map(ToString::to_string)
        .collect()
}

/// 2,000 plugins that share a configuration of 1,000 values.
#[test]
fn shared_configurations_are_bounded() {
    let values = vec!["x"; 1000].join(", ");
    let plugin = "- {name: cors, _config: big}\n";
    let text = format!(
        "_format_version: \"3.0\"\n_plugin_configs: {{big: {{origins: [{values}]}}}}\nplugins:\n{}",
        plugin.repeat(2000)
    );
    assert!(
        found(&text)
            .iter()
            .any(|told| told.contains("expand to more than 1,000,000 values"))
    );
}

/// A fault of a partial's value is told where the partial says it.
#[test]
fn what_is_put_in_keeps_its_place() {
    let text = "_format_version: \"3.0\"
partials:
- name: cache
  type: redis-ee
  config:
    port: 99999
plugins:
- name: rate-limiting-advanced
- name: ai-rate-limiting-advanced
  partials: [{name: cache}]
";
    let told = found(text);
    assert!(
        told.iter().all(|line| line.starts_with("kong.yaml:6:11: ")),
        "{told:?}"
    );
    assert_eq!(
        told.len(),
        1,
        "once, though the plugin has it too: {told:?}"
    );
}
