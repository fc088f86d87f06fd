//! The JSON Schema (draft 2020-12) of a whole file, for editors and other machines. It takes what the walker takes, but for
//! rules over several fields and the inner form of texts.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::{
    catalogue::{Catalogue, Choice, choices, demands},
    entity::ROOT,
    field::{Field, Kind, Literal, Record, Spelling, Text},
};
use crate::resolve::literal;

/// Where the schema of any foreign key stands.
const FOREIGN: &str = "name-or-id";
/// Anywhere in a text.
const TEMPLATE: &str = r"\$\(";
/// The whole text.
const REFERENCE: &str = r"^\{vault://.*\}$";
/// With one of these a plugin's `config` is filled up from elsewhere.
const LENDERS: [&str; 2] = ["partials", "_config"];

pub fn json_schema() -> Value {
    let mut writer = Writer {
        catalogue: Catalogue::new(),
        defs: Map::new(),
    };
    writer.defs.insert(FOREIGN.to_owned(), foreign());
    let mut root = writer.record(&ROOT, Extent::Whole);
    let head = [
        ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ("title", "Kong declarative file, as Portolan reads it"),
    ];
    for (key, value) in head {
        root.insert(key.to_owned(), json!(value));
    }
    root.insert("required".to_owned(), json!(["_format_version"]));
    root.insert("$defs".to_owned(), Value::Object(writer.defs));
    Value::Object(root)
}

/// How much of a record must stand there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// What is missing comes from elsewhere.
    Part,
}

struct Writer {
    catalogue: Catalogue,
    defs: Map<String, Value>,
}

impl Writer {
    fn reference(&mut self, record: &'static Record, extent: Extent) -> Value {
        let whole = extent == Extent::Whole || !demands(record);
        let mut name = self.catalogue.name(record).to_owned();
        if !whole {
            name.push_str(".part");
        }
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if !self.defs.contains_key(&name) {
            // Holds the place: entities nest in rings.
            self.defs.insert(name.clone(), Value::Null);
            let extent = if whole { Extent::Whole } else { Extent::Part };
            let schema = self.record(record, extent);
            self.defs.insert(name, Value::Object(schema));
        }
        reference
    }

    fn record(&mut self, record: &'static Record, extent: Extent) -> Map<String, Value> {
        let mut properties = Map::new();
        for field in record.fields() {
            if !properties.contains_key(field.name) {
                let schema = self.field(record, field, extent);
                properties.insert(field.name.to_owned(), schema);
            }
        }
        let required = record.fields().filter(|field| field.required);
        let required: Vec<&str> = required.map(|field| field.name).collect();
        let rules: Vec<Value> = choices(record)
            .iter()
            .map(|choice| self.rule(choice))
            .collect();
        let mut schema = Map::new();
        schema.insert("title".to_owned(), json!(self.catalogue.name(record)));
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("additionalProperties".to_owned(), json!(false));
        if extent == Extent::Whole && !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        if !rules.is_empty() {
            schema.insert("allOf".to_owned(), Value::Array(rules));
        }
        schema
    }

    fn field(&mut self, record: &Record, field: &'static Field, extent: Extent) -> Value {
        let mut schema = self.kind(&field.kind, extent);
        let textual = matches!(field.kind, Kind::Text(_) | Kind::Any);
        if field.template && !textual {
            schema = either(schema, json!({ "type": "string", "pattern": TEMPLATE }));
        }
        if field.reference && !textual {
            schema = either(schema, json!({ "type": "string", "pattern": REFERENCE }));
        }
        let needed = field.required && extent == Extent::Whole;
        if !needed && matches!(field.default, None | Some(Literal::Nothing)) {
            schema = or_null(schema);
        }
        let description = self.catalogue.describe(record, field);
        if let Value::Object(schema) = &mut schema {
            if !description.is_empty() {
                schema.insert("description".to_owned(), json!(description));
            }
            if let Some(default) = field.default {
                schema.insert("default".to_owned(), literal(default));
            }
            if matches!(field.spelling, Spelling::Older(_) | Spelling::Deprecated(_)) {
                schema.insert("deprecated".to_owned(), json!(true));
            }
        }
        schema
    }

    fn kind(&mut self, kind: &Kind, extent: Extent) -> Value {
        match kind {
            Kind::Any => json!({}),
            Kind::Bool => json!({ "type": "boolean" }),
            &Kind::Integer { min, max } => bounded(
                "integer",
                (min > i64::MIN).then_some(Literal::Int(min)),
                (max < i64::MAX).then_some(Literal::Int(max)),
            ),
            &Kind::Number { min, max } => bounded(
                "number",
                (min > f64::MIN).then_some(Literal::Number(min)),
                (max < f64::MAX).then_some(Literal::Number(max)),
            ),
            Kind::Text(rules) => text(rules),
            Kind::Enum(known) => json!({ "type": "string", "enum": known }),
            Kind::List { item, min, max } => {
                let mut schema = Map::new();
                schema.insert("type".to_owned(), json!("array"));
                schema.insert("items".to_owned(), self.kind(item, extent));
                if *min > 0 {
                    schema.insert("minItems".to_owned(), json!(min));
                }
                if *max < usize::MAX {
                    schema.insert("maxItems".to_owned(), json!(max));
                }
                Value::Object(schema)
            }
            Kind::Map(value) => {
                let value = or_null(self.kind(value, extent));
                json!({ "type": "object", "additionalProperties": value })
            }
            Kind::Record(record) => self.reference(record, extent),
            // What it may be stands in `rule`.
            Kind::Chosen(_) => json!({ "type": "object" }),
            Kind::Either(kinds) => {
                let kinds = kinds.iter().map(|kind| self.kind(kind, extent));
                json!({ "anyOf": kinds.collect::<Vec<_>>() })
            }
            Kind::Foreign(_) => json!({ "$ref": format!("#/$defs/{FOREIGN}") }),
            Kind::Entities { of, .. } => {
                let item = self.reference(of.record, Extent::Whole);
                json!({ "type": "array", "items": item })
            }
        }
    }

    /// What `config` is beside one name, strategy or type.
    fn rule(&mut self, choice: &Choice) -> Value {
        let then = if choice.owner.name == "partials" {
            self.config(choice, Extent::Part)
        } else {
            let whole = self.config(choice, Extent::Whole);
            let lent = LENDERS.map(|name| json!({ "required": [name] }));
            let lends = LENDERS
                .iter()
                .any(|name| choice.owner.field(name).is_some());
            if lends && choice.configs.iter().any(|config| demands(config)) {
                let part = self.config(choice, Extent::Part);
                json!({ "if": { "anyOf": lent }, "then": part, "else": whole })
            } else {
                whole
            }
        };
        let when = Map::from_iter([(choice.by.to_owned(), json!({ "const": choice.value }))]);
        json!({
            "if": { "properties": when, "required": [choice.by] },
            "then": then,
        })
    }

    fn config(&mut self, choice: &Choice, extent: Extent) -> Value {
        let mut spellings: Vec<Value> = choice
            .configs
            .iter()
            .map(|config| self.reference(config, extent))
            .collect();
        let mut config = match (spellings.pop(), spellings.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                spellings.extend(last);
                json!({ "anyOf": spellings })
            }
        };
        let mut configs = choice.configs.iter();
        let needed = extent == Extent::Whole
            && configs.all(|config| config.fields().any(|field| field.required));
        if !needed {
            config = or_null(config);
        }
        let properties = Map::from_iter([(choice.field.to_owned(), config)]);
        if needed {
            json!({ "properties": properties, "required": [choice.field] })
        } else {
            json!({ "properties": properties })
        }
    }
}

fn bounded(kind: &str, min: Option<Literal>, max: Option<Literal>) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!(kind));
    for (key, bound) in [("minimum", min), ("maximum", max)] {
        if let Some(bound) = bound {
            schema.insert(key.to_owned(), literal(bound));
        }
    }
    Value::Object(schema)
}

fn text(rules: &Text) -> Value {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("string"));
    if !rules.empty {
        schema.insert("minLength".to_owned(), json!(1));
    }
    if rules.max < usize::MAX {
        schema.insert("maxLength".to_owned(), json!(rules.max));
    }
    Value::Object(schema)
}

fn foreign() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let member = json!({ "type": "string" });
    json!({
        "title": "an entity's name or id",
        "anyOf": [
            text,
            {
                "type": "object",
                "properties": { "id": member, "name": member, "username": member },
                "additionalProperties": false,
                "minProperties": 1,
            },
        ],
    })
}

fn either(schema: Value, other: Value) -> Value {
    match schema {
        Value::Object(mut inner) if inner.contains_key("anyOf") => {
            if let Some(Value::Array(kinds)) = inner.get_mut("anyOf") {
                kinds.push(other);
            }
            Value::Object(inner)
        }
        schema => json!({ "anyOf": [schema, other] }),
    }
}

/// A schema that takes null already stays as it is.
fn or_null(schema: Value) -> Value {
    let mut inner = match schema {
        Value::Object(inner) if !inner.is_empty() => inner,
        anything => return anything,
    };
    let Some(Value::String(kind)) = inner.get("type") else {
        return either(Value::Object(inner), json!({ "type": "null" }));
    };
    let kinds = json!([kind, "null"]);
    inner.insert("type".to_owned(), kinds);
    if let Some(Value::Array(known)) = inner.get_mut("enum") {
        known.push(Value::Null);
    }
    Value::Object(inner)
}
