use serde_json::{Value, json};

use super::json_schema;
use crate::schema::{catalogue::Catalogue, entity::ROOT};

/// Calls with each schema within a schema.
fn each_schema(schema: &Value, seen: &mut dyn FnMut(&Value)) {
    seen(schema);
    for key in ["items", "if", "then", "else", "additionalProperties"] {
        if let Some(inner) = schema.get(key) {
            each_schema(inner, seen);
        }
    }
    for key in ["anyOf", "allOf"] {
        for inner in schema
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            each_schema(inner, seen);
        }
    }
    for key in ["properties", "$defs"] {
        for inner in schema
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            each_schema(inner.1, seen);
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = json_schema();
    let mut count = 0;
    each_schema(&schema, &mut |inner| {
        if let Some(reference) = inner.get("$ref").and_then(Value::as_str) {
            let place = reference.strip_prefix('#').unwrap();
            let found = schema.pointer(place);
            assert!(found.is_some_and(Value::is_object), "{reference}");
            count += 1;
        }
    });
    assert!(count > 100, "{count}");
}

/// What draft 2020-12 calls the keywords that stand here, and of what type their values are.
#[test]
fn only_keywords_of_the_draft_stand_in_it() {
    each_schema(&json_schema(), &mut |inner| {
        let Some(members) = inner.as_object() else {
            return assert!(inner.is_boolean(), "{inner}");
        };
        for (keyword, value) in members {
            let sound = match keyword.as_str() {
                "$schema" | "$ref" | "title" | "description" | "pattern" => value.is_string(),
                "type" => value.is_string() || value.is_array(),
                "enum" | "required" | "anyOf" | "allOf" => {
                    value.as_array().is_some_and(|items| !items.is_empty())
                }
                "minimum" | "maximum" => value.is_number(),
                "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties"
                | "maxProperties" => value.is_u64(),
                "properties" | "$defs" | "items" | "if" | "then" | "else" => value.is_object(),
                "additionalProperties" => value.is_object() || value.is_boolean(),
                "deprecated" => value.is_boolean(),
                "const" | "default" => true,
                _ => false,
            };
            assert!(sound, "{keyword}: {value}");
        }
    });
}

#[test]
fn every_field_of_the_tables_stands_in_it() {
    let schema = json_schema();
    for section in Catalogue::new().sections {
        let own = if std::ptr::eq(section.record, &ROOT) {
            &schema
        } else {
            // A partial's, where nothing but partials takes the record.
            let part = format!("{}.part", section.name);
            let defs = &schema["$defs"];
            defs.get(&section.name).unwrap_or(&defs[&part])
        };
        for field in section.record.fields() {
            let found = own["properties"].get(field.name);
            assert!(found.is_some(), "{}.{}", section.name, field.name);
        }
    }
}

/// What `JSON Schema` must say of a few fields, from Kong's reference.
#[test]
fn fields_are_as_kong_has_them() {
    let schema = json_schema();
    let of = |record: &str, field: &str| {
        let mut found = schema["$defs"][record]["properties"][field].clone();
        if let Some(members) = found.as_object_mut() {
            members.remove("description");
        }
        found
    };
    assert_eq!(schema["required"], json!(["_format_version"]));
    assert_eq!(
        schema["properties"]["_format_version"]["enum"],
        json!(["1.1", "2.1", "3.0", null])
    );
    assert_eq!(
        of("balancer", "retries"),
        json!({ "type": "integer", "minimum": 0, "maximum": 32767, "default": 5 })
    );
    assert_eq!(
        of("routes", "path_handling"),
        json!({ "type": "string", "enum": ["v0", "v1"], "default": "v0" })
    );
    assert_eq!(
        of("options", "temperature"),
        json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 5 },
            { "type": "string", "pattern": r"\$\(" },
            { "type": "null" },
        ] })
    );
    assert_eq!(
        of("redis", "port")["anyOf"][1],
        json!({ "type": "string", "pattern": r"^\{vault://.*\}$" })
    );
    assert_eq!(of("options", "upstream_path")["deprecated"], json!(true));
    assert_eq!(
        schema["$defs"]["target"]["required"],
        json!(["route_type", "model"])
    );
    assert_eq!(schema["$defs"]["target"]["additionalProperties"], false);
    assert!(schema["$defs"]["target.part"].get("required").is_none());
}

#[test]
fn the_name_of_a_plugin_chooses_its_config() {
    let schema = json_schema();
    let rules = schema["$defs"]["plugins"]["allOf"].as_array().unwrap();
    let rule = |plugin: &str| {
        let mut rules = rules.iter();
        let found = rules.find(|rule| rule["if"]["properties"]["name"]["const"] == plugin);
        found.unwrap_or_else(|| panic!("no rule for {plugin}"))
    };
    // Nothing in it must be written.
    assert_eq!(
        rule("cors")["then"]["properties"]["config"],
        json!({ "anyOf": [{ "$ref": "#/$defs/cors" }, { "type": "null" }] })
    );
    let proxy = &rule("ai-proxy-advanced")["then"];
    assert_eq!(
        proxy["else"]["properties"]["config"],
        json!({ "anyOf": [
            { "$ref": "#/$defs/ai-proxy-advanced.targets" },
            { "$ref": "#/$defs/ai-proxy-advanced.flat" },
        ] })
    );
    assert_eq!(proxy["else"]["required"], json!(["config"]));
    assert_eq!(
        proxy["if"]["anyOf"],
        json!([{ "required": ["partials"] }, { "required": ["_config"] }])
    );
}
