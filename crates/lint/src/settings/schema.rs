//! The JSON schema of gatelint.toml.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Settings;
use crate::Rule;

/// The schema, with the names of all rules: for editors, and what a text is checked with.
pub fn schema(rules: &[Rule]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Settings>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!(super::FILE_NAME));
    }
    let mut level = Value::Null;
    for place in ["/properties/rules", "/properties/paths/items/properties/rules"] {
        if let Some(table) = schema.pointer_mut(place).and_then(Value::as_object_mut) {
            level = table.remove("additionalProperties").unwrap_or(level);
            table.remove("type");
            table.insert("$ref".to_owned(), json!("#/$defs/rules"));
        }
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".to_owned(), json!({ "level": level, "rules": by_name(rules) }));
    }
    schema
}

/// A table of the rules' names.
fn by_name(rules: &[Rule]) -> Value {
    let named = rules.iter().map(|rule| {
        let level =
            json!({ "$ref": "#/$defs/level", "description": rule.summary, "default": rule.level.name() });
        (rule.name.to_owned(), level)
    });
    json!({ "type": "object", "properties": Map::from_iter(named), "additionalProperties": false })
}

/// A schema that stands for itself: where it refers to a definition of `root`, that one.
pub(super) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let definition = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    definition.and_then(|name| root.pointer(name)).unwrap_or(schema)
}
