//! Goes over a tree and its table together; tells every fault and stops at none.

use super::{
    field::{Field, Kind, Literal, Origin, Record, Spelling, Text},
    not_served, suggest,
};
use crate::{
    document::{Entry, Node, Value},
    entities::NAMED_BY,
    fault::{Faults, Path},
    secrecy::looks_secret,
    secret::{self, RefError, SecretRef, Vaults},
    template::Template,
};

/// One pass over one file.
pub(crate) struct Walker<'w> {
    pub(crate) faults: &'w mut Faults,
    pub(crate) vaults: &'w Vaults,
    /// Whether what only decK or Portolan reads is a fault.
    pub(crate) for_kong: bool,
    /// Inside something that is not served: what is not served in it need not be told as well.
    hushed: bool,
    /// The table at hand. Where it holds a credential, that may have slipped into a neighbour.
    table: Option<&'static Record>,
    /// Inside a partial: what it leaves out, the plugin may write.
    incomplete: bool,
}

impl<'w> Walker<'w> {
    pub(crate) fn new(faults: &'w mut Faults, vaults: &'w Vaults, for_kong: bool) -> Self {
        Self {
            faults,
            vaults,
            for_kong,
            hushed: false,
            table: None,
            incomplete: false,
        }
    }

    pub(crate) fn record(&mut self, node: &Node, record: &'static Record, path: &Path<'_>) {
        let Some(entries) = node.as_mapping() else {
            // The value stays untold: a secret may have slipped one level up.
            let message = format!("expected a mapping, found a {}", node.kind_name());
            return self.faults.error(node.at, path, message);
        };
        if self.for_kong
            && let Some(why) = record.ours
        {
            let message = format!("Kong refuses this spelling: {why}");
            self.faults.error(node.at, path, message);
        }
        let (hushed, table) = (self.hushed, self.table);
        self.table = Some(record);
        for entry in entries {
            let path = path.key(&entry.key);
            match record.field(&entry.key) {
                Some(field) => {
                    self.hushed = hushed || not_served::hushes(record, node, field);
                    self.field(record, field, node, entry, &path);
                    self.hushed = hushed;
                }
                None => {
                    let message = suggest::unknown_field(record, &entry.key);
                    self.faults.error(entry.at, path, message);
                }
            }
        }
        self.table = table;
        if !self.incomplete {
            for missing in record
                .fields()
                .filter(|field| field.required && node.get(field.name).is_none())
            {
                self.faults
                    .error(node.at, path.key(missing.name), "required field missing");
            }
        }
        if let Some(check) = record.check {
            check(node, path, self.faults);
        }
    }

    fn field(
        &mut self,
        record: &Record,
        field: &Field,
        around: &Node,
        entry: &Entry,
        path: &Path<'_>,
    ) {
        let written = &entry.value;
        if self.for_kong && field.origin != Origin::Kong {
            let whose = match field.origin {
                Origin::Kong | Origin::Portolan => "only Portolan reads it",
                Origin::Deck => "only decK reads it",
            };
            let message = format!("Kong refuses this as an unknown field: {whose}");
            self.faults.error(entry.at, path, message);
        }
        if written.is_null() {
            return self.null(field, entry, path);
        }
        self.spelling(field, around, entry, path);
        let before = self.faults.error_count();
        let (hushed, incomplete) = (self.hushed, self.incomplete);
        let not_served = not_served::find(record, field, written);
        self.hushed |= not_served.is_some();
        self.incomplete |= record.name == "partials" && field.name == "config";
        if field.template && written.as_str().is_some_and(|text| text.contains("$(")) {
            self.template(written, path);
        } else if field.reference && is_reference(written) {
            self.reference(written, path);
        } else {
            self.value(around, &field.kind, written, path);
        }
        (self.hushed, self.incomplete) = (hushed, incomplete);
        if let Some(row) = not_served
            && !self.hushed
            && self.faults.error_count() == before
        {
            self.faults.not_served(entry.at, path, row.told());
        }
    }

    /// Kong lets an explicit null take the place of a default; for the fields we serve that means nothing.
    fn null(&mut self, field: &Field, entry: &Entry, path: &Path<'_>) {
        if field.required && !self.incomplete {
            self.faults
                .error(entry.at, path, "required field missing: null stands here");
        } else if let Some(default) = field.default
            && default != Literal::Nothing
        {
            let message = format!(
                "null is not served here: leave the field out for Kong's default, {default}"
            );
            self.faults.error(entry.at, path, message);
        }
    }

    fn spelling(&mut self, field: &Field, around: &Node, entry: &Entry, path: &Path<'_>) {
        match field.spelling {
            Spelling::Own => {}
            Spelling::Older(now) => {
                if let Some(twice) = now.iter().find(|path| around.at_path(path).is_some()) {
                    let message = format!(
                        "`{}` is the older name of `{twice}`, which stands here too: keep one",
                        field.name
                    );
                    self.faults.error(entry.at, path, message);
                } else {
                    let message = format!("an older name: write {} now", now.join(", "));
                    self.faults.warn(entry.at, path, message);
                }
            }
            Spelling::Deprecated(instead) => {
                let message = format!("deprecated: write `{instead}` instead");
                self.faults.warn(entry.at, path, message);
            }
            Spelling::Alias(of) => {
                if around.at_path(of).is_some() {
                    let message = format!(
                        "`{}` and `{of}` both stand here and mean the same: keep one",
                        field.name
                    );
                    self.faults.error(entry.at, path, message);
                }
                self.kongs_spelling(entry, path, of);
            }
            Spelling::Nest(prefix) => {
                for member in entry.value.entries() {
                    let flat = format!("{prefix}{}", member.key);
                    if around.given(&flat).is_some() && !member.value.is_null() {
                        let message = format!(
                            "`{}.{}` and `{flat}` both stand here and mean the same: keep one",
                            field.name, member.key
                        );
                        self.faults.error(member.at, path.key(&member.key), message);
                    }
                }
                self.kongs_spelling(entry, path, &format!("{prefix}..."));
            }
        }
    }

    fn kongs_spelling(&mut self, entry: &Entry, path: &Path<'_>, own: &str) {
        if self.for_kong {
            let message = format!("Kong refuses this as an unknown field: write `{own}`");
            self.faults.error(entry.at, path, message);
        }
    }

    fn value(&mut self, around: &Node, kind: &Kind, node: &Node, path: &Path<'_>) {
        match kind {
            Kind::Any => {}
            Kind::Bool => {
                if node.as_bool().is_none() {
                    self.mismatch("a boolean", node, path);
                }
            }
            &Kind::Integer { min, max } => match node.as_int() {
                Some(found) if (min..=max).contains(&found) => {}
                Some(found) => self.out_of_range((&min, max == i64::MAX, &max), &found, node, path),
                None => self.mismatch("an integer", node, path),
            },
            &Kind::Number { min, max } => match node.as_number() {
                Some(found) if (min..=max).contains(&found) => {}
                Some(found) => self.out_of_range((&min, max == f64::MAX, &max), &found, node, path),
                None => self.mismatch("a number", node, path),
            },
            Kind::Text(rules) => self.text(rules, node, path),
            Kind::Enum(known) => self.choice(known, node, path),
            Kind::List { item, min, max } => self.list(item, (*min, *max), node, path),
            Kind::Map(value) => self.map(value, node, path),
            Kind::Record(fields) => self.record(node, fields, path),
            Kind::Chosen(choose) => match choose(around) {
                Some(fields) => self.record(node, fields, path),
                None if node.as_mapping().is_none() => self.mismatch("a mapping", node, path),
                None => {}
            },
            Kind::Either(kinds) => match kinds.iter().find(|kind| takes(kind, node)) {
                Some(kind) => self.value(around, kind, node, path),
                None => {
                    let shapes: Vec<&str> = kinds.iter().map(shape).collect();
                    self.mismatch(&shapes.join(" or "), node, path);
                }
            },
            Kind::Foreign(_) => self.foreign(node, path),
            Kind::Entities { of, .. } => {
                let Some(items) = node.as_sequence() else {
                    return self.mismatch("a list", node, path);
                };
                for (index, each) in items.iter().enumerate() {
                    self.record(each, of.record, &path.index(index));
                }
            }
        }
    }

    fn out_of_range(
        &mut self,
        (min, open, max): (&dyn std::fmt::Display, bool, &dyn std::fmt::Display),
        found: &dyn std::fmt::Display,
        node: &Node,
        path: &Path<'_>,
    ) {
        let message = if open {
            format!("value must be at least {min}, found {found}")
        } else {
            format!("value should be between {min} and {max}, found {found}")
        };
        self.told(node, path, message);
    }

    fn list(&mut self, item: &Kind, (min, max): (usize, usize), node: &Node, path: &Path<'_>) {
        let Some(items) = node.as_sequence() else {
            return match item {
                Kind::Enum(_) => {
                    let message = format!("expected a list, found {}", node.describe());
                    self.told(node, path, message);
                }
                _ => self.mismatch("a list", node, path),
            };
        };
        if items.len() < min {
            self.faults
                .error(node.at, path, format!("length must be at least {min}"));
        }
        if items.len() > max {
            self.faults
                .error(node.at, path, format!("length must be at most {max}"));
        }
        for (index, each) in items.iter().enumerate() {
            self.value(node, item, each, &path.index(index));
        }
    }

    fn map(&mut self, value: &Kind, node: &Node, path: &Path<'_>) {
        let Some(entries) = node.as_mapping() else {
            return self.mismatch("a mapping", node, path);
        };
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            self.value(node, value, &entry.value, &path.key(&entry.key));
        }
    }

    fn text(&mut self, rules: &Text, node: &Node, path: &Path<'_>) {
        let hidden = rules.references || rules.secret;
        let Some(text) = node.as_str() else {
            if hidden {
                // It may be a secret: its value stays untold.
                let message = format!("expected a string, found a {}", node.kind_name());
                return self.faults.error(node.at, path, message);
            }
            return self.mismatch("a string", node, path);
        };
        if text.is_empty() && !rules.empty {
            self.faults
                .error(node.at, path, "length must be at least 1");
        } else if is_reference(node) {
            if rules.references {
                self.reference(node, path);
            } else {
                let message = format!(
                    "stays text, as in Kong: `{}` reads no {{vault://...}} reference",
                    path.name()
                );
                self.faults.warn(node.at, path, message);
            }
        } else if rules.max < usize::MAX && text.chars().count() > rules.max {
            self.faults.error(
                node.at,
                path,
                format!("length must be at most {}", rules.max),
            );
        } else if let Some(check) = rules.check
            && let Err(message) = check(text)
        {
            self.told(node, path, message);
        } else if rules.references && text.contains("{vault://") {
            self.faults.warn(
                node.at,
                path,
                "a reference inside a longer text stays text, as in Kong: let it stand for the whole value",
            );
        }
    }

    fn reference(&mut self, node: &Node, path: &Path<'_>) {
        let Some(text) = node.as_str() else { return };
        match SecretRef::parse(text, self.vaults) {
            Ok(reference) => self.faults.reference(node.at, path, reference),
            Err(RefError::NotServed(message)) => {
                if !self.hushed {
                    self.faults.not_served(node.at, path, message);
                }
            }
            Err(RefError::Wrong(message)) => self.told(node, path, message),
        }
    }

    fn template(&mut self, node: &Node, path: &Path<'_>) {
        if let Some(text) = node.as_str()
            && let Err(error) = Template::parse(text)
        {
            self.told(node, path, error.to_string());
        }
    }

    fn choice(&mut self, known: &[&str], node: &Node, path: &Path<'_>) {
        match node.as_str() {
            Some(text) if known.contains(&text) => {}
            Some(text) => self.told(node, path, suggest::unknown_value(text, known)),
            None if suggest::can_list(known)
                && known.iter().all(|name| !is_quoted_number(name)) =>
            {
                let message = format!(
                    "expected one of: {}; found {}",
                    known.join(", "),
                    node.describe()
                );
                self.told(node, path, message);
            }
            None => self.mismatch("a string", node, path),
        }
    }

    /// Whether the entity exists is for `links` to say.
    fn foreign(&mut self, node: &Node, path: &Path<'_>) {
        let sound = match node.as_mapping() {
            None => node.as_str().is_some_and(|text| !text.is_empty()),
            Some(entries) => {
                !entries.is_empty()
                    && entries.iter().all(|entry| {
                        NAMED_BY.contains(&entry.key.as_str()) && entry.value.as_str().is_some()
                    })
            }
        };
        if !sound {
            self.faults.error(
                node.at,
                path,
                "expected a name or an id, {id: ...} or {name: ...}",
            );
        }
    }

    fn mismatch(&mut self, expected: &str, node: &Node, path: &Path<'_>) {
        let quotes = match node.scalar() {
            Some(_) if expected == "a string" && !node.is_null() => ": put it in quotes",
            _ => "",
        };
        // A text in place of a list or a mapping may be a secret one level up.
        let found = match (expected, node.as_str()) {
            ("a mapping" | "a list", Some(_)) => "a string".to_owned(),
            _ => node.describe(),
        };
        self.told(
            node,
            path,
            format!("expected {expected}, found {found}{quotes}"),
        );
    }

    /// A fault whose message may show the value, unless that came from the environment.
    fn told(&mut self, node: &Node, path: &Path<'_>, message: String) {
        let message = match node.scalar() {
            // What stands here is a mock: the template has its own fault.
            Some(scalar) if scalar.substituted && self.faults.mocked => return,
            Some(scalar) if scalar.substituted => without(&message, "a value from the environment"),
            Some(scalar)
                if scalar.value == Value::Text
                    && (self.table.is_some_and(Record::holds_secrets)
                        || looks_secret(&scalar.text))
                    && message.contains(&scalar.text) =>
            {
                without(&message, "a string")
            }
            _ => message,
        };
        self.faults.error(node.at, path, message);
    }
}

/// The message without the value: a rule that a table states stays, a check's own words may quote what it read.
fn without(message: &str, shown: &str) -> String {
    let stated = ["expected ", "value must be ", "value should be "];
    let found = message
        .find("found ")
        .filter(|_| stated.iter().any(|rule| message.starts_with(rule)));
    match found {
        Some(found) => format!("{}found {shown}", &message[..found]),
        None => format!("{shown} is not valid here"),
    }
}

fn is_reference(node: &Node) -> bool {
    node.as_str()
        .is_some_and(|text| secret::reference(text).is_some())
}

/// `3.0` must be quoted to be the text that it is.
fn is_quoted_number(name: &str) -> bool {
    name.parse::<f64>().is_ok()
}

fn shape(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "a boolean",
        Kind::Integer { .. } | Kind::Number { .. } => "a number",
        Kind::Text(_) | Kind::Enum(_) => "a string",
        Kind::List { .. } | Kind::Entities { .. } => "a list",
        Kind::Map(_) | Kind::Record(_) | Kind::Chosen(_) => "a mapping",
        Kind::Foreign(_) => "a name or an id",
        Kind::Any | Kind::Either(_) => "a value",
    }
}

/// Whether a value has the shape that this kind is about.
pub(crate) fn takes(kind: &Kind, node: &Node) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Record(_) | Kind::Chosen(_) | Kind::Map(_) => node.as_mapping().is_some(),
        Kind::List { .. } | Kind::Entities { .. } => node.as_sequence().is_some(),
        Kind::Bool | Kind::Integer { .. } | Kind::Number { .. } | Kind::Text(_) | Kind::Enum(_) => {
            node.scalar().is_some()
        }
        Kind::Foreign(_) => node.as_sequence().is_none(),
        Kind::Either(kinds) => kinds.iter().any(|kind| takes(kind, node)),
    }
}
