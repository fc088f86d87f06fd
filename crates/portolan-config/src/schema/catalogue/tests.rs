use std::collections::HashSet;

use super::{Catalogue, choices};
use crate::schema::{entity::PLUGIN, records};

#[test]
fn every_record_has_a_name_of_its_own() {
    let catalogue = Catalogue::new();
    let mut names = HashSet::new();
    for section in &catalogue.sections {
        assert!(names.insert(&section.name), "{} twice", section.name);
    }
    for record in records() {
        let mut sections = catalogue.sections.iter();
        assert!(
            sections.any(|section| std::ptr::eq(section.record, record)),
            "{}",
            record.name
        );
    }
}

#[test]
fn each_ai_proxy_has_two_spellings() {
    let catalogue = Catalogue::new();
    for plugin in ["ai-proxy", "ai-proxy-advanced"] {
        let choices = choices(&PLUGIN);
        let choice = choices.iter().find(|choice| choice.value == plugin);
        let configs = &choice.unwrap().configs;
        let mut names: Vec<&str> = configs.iter().map(|each| catalogue.name(each)).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [format!("{plugin}.flat"), format!("{plugin}.targets")]
        );
    }
}

#[test]
fn every_field_that_is_not_served_says_so() {
    let catalogue = Catalogue::new();
    let mut said = String::new();
    for section in &catalogue.sections {
        for field in section.record.fields() {
            said.push_str(&catalogue.describe(section.record, field));
        }
    }
    for reason in catalogue.not_served.values() {
        // That of the plugins stands at their own headings.
        assert!(said.contains(reason), "{reason}");
    }
}
