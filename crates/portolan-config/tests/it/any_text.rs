//! No text makes the loader panic or hang: pieces of Kong files, YAML's own characters, and documents cut and spliced.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use portolan_config::{Options, Resolve, Source, check};
use proptest::prelude::*;

/// Far beyond what any of these texts takes in a debug build.
const HANGS: Duration = Duration::from_secs(5);

fn loads(text: &str) {
    let begun = Instant::now();
    let report = check(
        &[Source {
            name: "kong.yaml".to_owned(),
            text: text.to_owned(),
        }],
        &Options {
            env: &|name| (name.len() % 2 == 0).then(|| name.to_owned()),
            secrets: true,
            for_kong: true,
            resolve: Resolve::Whole,
        },
    );
    assert!(begun.elapsed() < HANGS, "{:?}", begun.elapsed());
    for found in &report.found {
        assert!(!found.message.is_empty());
        assert!(found.line <= text.lines().count() + 1, "{found}");
    }
}

const PIECES: &[&str] = &[
    "_format_version: \"3.0\"\n",
    "_format_version: '1.1'\n",
    "routes:\n",
    "services:\n",
    "plugins:\n",
    "- name: a\n",
    "  paths: [/a]\n",
    "  paths: ['~/(?<m>x)$']\n",
    "  plugins:\n",
    "  - name: ai-proxy\n",
    "    config:\n",
    "      route_type: llm/v1/chat\n",
    "      model: {provider: openai, name: $(uri_captures.m)}\n",
    "      targets: [{}]\n",
    "      auth: {header_name: a, header_value: '{vault://env/X}'}\n",
    "  config: &a {b: *a}\n",
    "<<: *a\n",
    "partials: [{name: p, type: redis-ee, config: {host: x}}]\n",
    "  partials: [{name: p}]\n",
    "_plugin_configs: {x: {y: 1}}\n",
    "  _config: x\n",
    "${{ env \"DECK_X\" }}",
    "${{ env \"DECK_AB\" | toInt }}",
    "${{",
    "}}",
    "vaults: [{prefix: my-env, name: env, config: {prefix: X_}}]\n",
    "consumers: [{username: a}]\n",
    "consumers:\n- {username: b, groups: [{name: g}], keyauth_credentials: [{key: k}]}\n",
    "consumer_groups: [{name: g, plugins: [{name: cors}]}]\n",
    "upstreams: [{name: u, targets: [{target: 'a:80'}]}]\n",
    "certificates: [{cert: c, key: k, snis: ['*']}]\n",
    "  hosts: ['*.a', 'b.*:80']\n",
    "  headers: {x: ['~*(']}\n",
    "  - {name: cors, config: {origins: ['*.a']}}\n",
    "  - {name: acl, config: {allow: [a], deny: [b]}}\n",
    "  - {name: ip-restriction, consumer: b, config: {deny: ['::1']}}\n",
    "null",
    "~",
    "yes",
    "0x1F",
    "1e999",
    "-",
    "? ",
    ": ",
    "|\n",
    ">\n",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "!!str ",
    "!x ",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\t",
    "\n",
    "  ",
    "#",
    "\u{feff}",
    "\u{85}",
    "é",
    "😀",
    "\0",
    "\r\n",
];

fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_files_load_or_are_told(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        loads(&pieces.concat());
    }

    #[test]
    fn any_characters_load_or_are_told(text in any::<String>()) {
        loads(&text);
    }

    /// A document without one of its parts, or with one of another's in it.
    #[test]
    fn spliced_documents_load_or_are_told(
        (base, other) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        (from, to, at) in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let documents = documents();
        let base: Vec<char> = base.get(&documents).chars().collect();
        let other: Vec<char> = other.get(&documents).chars().collect();
        let (from, to) = (from.index(base.len()), to.index(base.len()));
        let cut = from.min(to)..from.max(to);
        let mut text: String = base[..cut.start].iter().collect();
        text.extend(&other[at.index(other.len())..(at.index(other.len()) + 40).min(other.len())]);
        text.extend(&base[cut.end..]);
        loads(&text);
    }
}
