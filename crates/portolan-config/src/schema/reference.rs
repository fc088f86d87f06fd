//! `docs/reference.md`: every field of every table, and what is not served. The same tables make the same page.

#[cfg(test)]
mod tests;

use std::fmt::{Display, Write as _};

use super::{
    catalogue::{Catalogue, Choice, Part, Section, choices, ticked},
    entity::PLUGIN,
    field::{Kind, Record},
    not_served,
};

const HEAD: &str = "# Reference

Every field that a file may have, from the tables that files are checked against. `portolan schema --reference` prints
this page: it is not written by hand. How files are read stands in [configuration.md](configuration.md).

What is left out has its default. `null` leaves a field out too, and is refused where there is a default. *Name or id*
is a text, `{id: ...}` or `{name: ...}`.
";

/// Longer ones stand below their table.
const VALUES_IN_A_ROW: usize = 20;
/// Where all spellings of the AI proxies' `config` stand.
const PROXIES: &str = "ai-proxy and ai-proxy-advanced";

pub fn reference() -> String {
    let mut page = Page {
        catalogue: Catalogue::new(),
        out: HEAD.to_owned(),
    };
    page.part("The file", Part::File);
    page.part("The AI proxies", Part::AiProxies);
    page.part("Other plugins", Part::OtherPlugins);
    page.rest();
    page.out
}

struct Page {
    catalogue: Catalogue,
    out: String,
}

impl Page {
    fn part(&mut self, title: &str, part: Part) {
        self.paragraph(format_args!("## {title}"));
        if part == Part::AiProxies {
            self.proxies();
        }
        let sections = self.catalogue.sections.iter();
        let own = sections.filter(|section| section.part == part && !is_spelling(section.record));
        let tables: String = own.map(|section| self.section(section)).collect();
        self.out.push_str(&tables);
    }

    fn section(&self, section: &Section) -> String {
        let mut out = format!("\n### {}\n", section.name);
        let plugins = choices(&PLUGIN);
        let plugin = plugins.iter().find(|choice| {
            let mut configs = choice.configs.iter();
            configs.any(|config| std::ptr::eq(*config, section.record))
        });
        if let Some(reason) = plugin.and_then(|choice| self.catalogue.refused(choice)) {
            out.push_str(&format!("\nNot served yet: {reason}.\n"));
        }
        out.push_str(&self.table(section.record));
        out
    }

    /// Their spellings as one: that with the most fields, and how the others differ.
    fn proxies(&mut self) {
        self.paragraph(format_args!("### {PROXIES}"));
        let plugins = choices(&PLUGIN);
        let proxies: Vec<&Choice> = plugins
            .iter()
            .filter(|choice| choice.configs.len() > 1)
            .collect();
        let listing = |choice: &Choice| {
            let mut configs = choice.configs.iter().copied();
            configs.find(|config| config.field("targets").is_some())
        };
        let all = proxies.iter().filter_map(|choice| listing(choice));
        let Some(fullest) = all.max_by_key(|record| record.fields().count()) else {
            return;
        };
        let target = link("target");
        self.paragraph(format_args!(
            "In place of `targets` the fields of one {target} may stand right under `config`."
        ));
        for choice in proxies {
            let Some(own) = listing(choice) else { continue };
            let missing: Vec<&str> = fullest
                .fields()
                .map(|field| field.name)
                .filter(|name| own.field(name).is_none())
                .collect();
            if !missing.is_empty() {
                let missing = ticked(&missing);
                self.paragraph(format_args!("`{}` does not take {missing}.", choice.value));
            }
        }
        let table = self.table(fullest);
        self.out.push_str(&table);
    }

    fn table(&self, record: &'static Record) -> String {
        if record.fields().next().is_none() {
            return "\nIt has no fields yet.\n".to_owned();
        }
        let mut out = "\n| field | value | default | |\n| --- | --- | --- | --- |\n".to_owned();
        let mut below = String::new();
        for field in record.fields() {
            let default = match field.default {
                _ if field.required => "required".to_owned(),
                Some(default) => format!("`{default}`"),
                None => String::new(),
            };
            let mut value = self.value(&field.kind);
            let long = match field.kind {
                Kind::Chosen(_) => Some(self.chosen(record)),
                Kind::Enum(known) if known.len() > VALUES_IN_A_ROW => Some(ticked(known)),
                _ => None,
            };
            if let Some(long) = long {
                value.push_str("; see below");
                below.push_str(&format!("\n`{}`: {long}.\n", field.name));
            }
            let cells = [
                format!("`{}`", field.name),
                value,
                default,
                self.catalogue.describe(record, field),
            ];
            out.push_str(&row(&cells));
        }
        out.push_str(&below);
        out
    }

    fn value(&self, kind: &Kind) -> String {
        match kind {
            Kind::Any => "anything".to_owned(),
            Kind::Bool => "boolean".to_owned(),
            &Kind::Integer { min, max } => format!(
                "integer{}",
                range(
                    (min > i64::MIN).then_some(min),
                    (max < i64::MAX).then_some(max)
                )
            ),
            &Kind::Number { min, max } => format!(
                "number{}",
                range(
                    (min > f64::MIN).then_some(min),
                    (max < f64::MAX).then_some(max)
                )
            ),
            Kind::Text(rules) if rules.max < usize::MAX => {
                format!("text of at most {} characters", rules.max)
            }
            Kind::Text(_) => "text".to_owned(),
            Kind::Enum(known) if known.len() > VALUES_IN_A_ROW => {
                format!("one of {} texts", known.len())
            }
            Kind::Enum(known) => ticked(known),
            Kind::List { item, min, max } => {
                let bounds = range(
                    (*min > 0).then_some(*min),
                    (*max < usize::MAX).then_some(*max),
                );
                let bounds = bounds.replacen(',', "", 1);
                format!("list of{bounds}: {}", self.value(item))
            }
            Kind::Map(value) => format!("mapping of names to: {}", self.value(value)),
            Kind::Record(record) => link(self.catalogue.name(record)),
            Kind::Chosen(_) => "mapping".to_owned(),
            Kind::Either(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| self.value(kind)).collect();
                kinds.join("; or ")
            }
            Kind::Foreign(list) => format!("name or id, of `{list}`"),
            Kind::Entities { of, .. } => {
                format!("list of: {}", link(self.catalogue.name(of.record)))
            }
        }
    }

    /// What a record's `config` may be.
    fn chosen(&self, record: &'static Record) -> String {
        let choices = choices(record);
        let mut links: Vec<String> = Vec::new();
        for choice in &choices {
            let target = match choice.configs.as_slice() {
                [config] => self.catalogue.name(config),
                _ => PROXIES,
            };
            let slug = slug(target);
            links.push(format!("[`{}`](#{slug})", choice.value));
        }
        let by = choices.first().map_or("name", |choice| choice.by);
        format!("by `{by}`, {}", links.join(", "))
    }

    fn rest(&mut self) {
        self.paragraph(format_args!("## Not served yet"));
        self.paragraph(format_args!(
            "What stands here is checked and resolved like anything else; `portolan check` lists it, and `portolan start` refuses the file."
        ));
        self.out.push_str("\n| what | why |\n| --- | --- |\n");
        for (what, why) in not_served::rows() {
            self.out
                .push_str(&row(&[format!("`{what}`"), why.to_owned()]));
        }
    }

    fn paragraph(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "\n{text}");
    }
}

fn is_spelling(record: &'static Record) -> bool {
    let plugins = choices(&PLUGIN);
    let mut several = plugins.iter().filter(|choice| choice.configs.len() > 1);
    several.any(|choice| {
        let mut configs = choice.configs.iter();
        configs.any(|config| std::ptr::eq(*config, record))
    })
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", slug(name))
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// With a comma before it; empty without a bound.
fn range<T: Display>(min: Option<T>, max: Option<T>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!(", {min} to {max}"),
        (Some(min), None) => format!(", at least {min}"),
        (None, Some(max)) => format!(", at most {max}"),
        (None, None) => String::new(),
    }
}

/// The anchor that a heading gets.
fn slug(heading: &str) -> String {
    let kept = |char: char| match char {
        ' ' => Some('-'),
        '-' | '_' => Some(char),
        _ if char.is_alphanumeric() => Some(char.to_ascii_lowercase()),
        _ => None,
    };
    heading.chars().filter_map(kept).collect()
}
