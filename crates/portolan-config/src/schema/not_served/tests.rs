use std::collections::BTreeSet;

use portolan_llm::{operation::OPERATIONS, provider::PROVIDERS};

use super::{TABLE, What, rows};
use crate::{
    schema::{
        field::{Kind, Record},
        records,
    },
    testing::{try_load, with_config},
};

fn values(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Enum(known) => known,
        Kind::List {
            item: Kind::Enum(known),
            ..
        } => known,
        _ => &[],
    }
}

#[test]
fn every_row_names_what_the_tables_know() {
    let records: Vec<&Record> = records();
    for row in TABLE.iter().flat_map(|group| group.rows) {
        let found: Vec<_> = records
            .iter()
            .filter(|record| record.name == row.record)
            .collect();
        assert!(!found.is_empty(), "no record {}", row.record);
        if row.field == "*" {
            continue;
        }
        let field = found
            .iter()
            .find_map(|record| record.field(row.field))
            .unwrap_or_else(|| panic!("{} has no {}", row.record, row.field));
        if let What::Value(value) = row.what {
            assert!(values(&field.kind).contains(&value), "{value}");
        }
    }
}

/// What the providers and operations of the code serve, and what the table refuses, are together all of Kong's.
#[test]
fn what_is_served_and_what_is_not_are_all() {
    let refused = |record: &str, field: &str| -> BTreeSet<&str> {
        let rows = TABLE.iter().flat_map(|group| group.rows);
        rows.filter(|row| row.record == record && row.field == field)
            .filter_map(|row| match row.what {
                What::Value(value) => Some(value),
                _ => None,
            })
            .collect()
    };
    let known = |record: &str, field: &str| -> BTreeSet<&str> {
        let records = records();
        let record = records.iter().find(|known| known.name == record).unwrap();
        values(&record.field(field).unwrap().kind)
            .iter()
            .copied()
            .collect()
    };
    for (record, field, served) in [
        (
            "target.model",
            "provider",
            PROVIDERS
                .iter()
                .map(|provider| provider.name)
                .collect::<BTreeSet<_>>(),
        ),
        (
            "target",
            "route_type",
            OPERATIONS.iter().map(|row| row.route_type).collect(),
        ),
        (
            "plugins",
            "name",
            BTreeSet::from([
                "acl",
                "ai-proxy",
                "ai-proxy-advanced",
                "correlation-id",
                "cors",
                "ip-restriction",
                "key-auth",
                "request-size-limiting",
                "request-termination",
            ]),
        ),
        ("balancer", "algorithm", BTreeSet::from(["round-robin"])),
        ("routes", "protocols", BTreeSet::from(["http", "https"])),
        ("services", "protocol", BTreeSet::from(["http", "https"])),
        ("upstreams", "algorithm", BTreeSet::from(["round-robin"])),
    ] {
        let refused = refused(record, field);
        assert!(served.is_disjoint(&refused), "{record}.{field}");
        let all: BTreeSet<&str> = served.union(&refused).copied().collect();
        assert_eq!(all, known(record, field), "{record}.{field}");
    }
    println!("{} rows are not served yet", rows().count());
}

#[test]
fn an_interim_status_is_no_answer() {
    for (status, served) in [(100, false), (101, false), (199, false), (200, true)] {
        let config = format!("{{status_code: {status}}}");
        let loaded = try_load(&with_config("request-termination", &config));
        assert_eq!(loaded.is_ok(), served, "{status}");
    }
}

/// The realm that an export of Kong has by default is the file's own consumers.
#[test]
fn a_realm_of_konnect_is_refused() {
    let told = |config: &str| try_load(&with_config("key-auth", config)).is_err();
    assert!(!told(
        "{identity_realms: [{scope: cp, id: null, region: null}]}"
    ));
    assert!(!told("{principals: {enabled: false}}"));
    assert!(told(
        "{identity_realms: [{scope: realm, id: x, region: us}]}"
    ));
    assert!(told("{principals: {enabled: true}}"));
}
