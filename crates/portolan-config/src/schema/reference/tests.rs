use std::{collections::HashSet, fs, path::Path};

use super::{reference, slug};
use crate::schema::{not_served, records};

#[test]
fn the_page_in_the_repository_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference.md");
    let page = fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == reference(),
        "docs/reference.md is not what the tables say: cargo run -p portolan -- schema --reference > docs/reference.md"
    );
}

#[test]
fn every_link_leads_to_one_heading() {
    let page = reference();
    let mut anchors = HashSet::new();
    for heading in page.lines().filter(|line| line.starts_with('#')) {
        let anchor = slug(heading.trim_start_matches('#').trim());
        assert!(anchors.insert(anchor), "{heading} twice");
    }
    let links: Vec<&str> = page
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(anchor, _)| anchor)
        .collect();
    assert!(links.len() > 100, "{}", links.len());
    for link in links {
        assert!(anchors.contains(link), "{link}");
    }
}

#[test]
fn every_field_and_every_row_of_the_not_served_stands_there() {
    let page = reference();
    for record in records() {
        for field in record.fields() {
            let row = format!("\n| `{}` | ", field.name);
            assert!(page.contains(&row), "{}.{}", record.name, field.name);
        }
    }
    let (_, rest) = page.split_once("\n## Not served yet\n").unwrap();
    let rows = rest.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, not_served::rows().count());
}

#[test]
fn every_row_has_its_cells() {
    let page = reference();
    let (fields, _) = page.split_once("\n## Not served yet\n").unwrap();
    for row in fields.lines().filter(|line| line.starts_with("| ")) {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
    }
}

/// Ranges and defaults as Kong's reference has them.
#[test]
fn rows_tell_values_ranges_and_defaults() {
    let page = reference();
    for start in [
        "| `retries` | integer, 0 to 32767 | `5` | Further tries after the first.",
        "| `path_handling` | `v0`, `v1` | `v0` | ",
        "| `temperature` | number, 0 to 5 |  | ",
        "| `targets` | list of at least 1: [target](#target) | required | ",
        "| `service` | name or id, of `services` |  | ",
    ] {
        assert!(page.contains(&format!("\n{start}")), "{start}");
    }
    assert!(
        page.contains("\n`ai-proxy` does not take `balancer`, `embeddings`, `vectordb`, `acls`.\n")
    );
}
