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
    for place in ["/properties/rules", "/properties/paths/items/properties/rules"] {
        if let Some(table) = schema.pointer_mut(place).and_then(Value::as_object_mut) {
            name_rules(table, rules);
        }
    }
    schema
}

/// Makes a table of any names one of the rules' names.
fn name_rules(table: &mut Map<String, Value>, rules: &[Rule]) {
    let Some(level) = table.insert("additionalProperties".to_owned(), Value::Bool(false)) else { return };
    let named = rules.iter().map(|rule| {
        let mut level = level.clone();
        if let Some(level) = level.as_object_mut() {
            level.insert("description".to_owned(), json!(rule.summary));
        }
        (rule.name.to_owned(), level)
    });
    table.insert("properties".to_owned(), Value::Object(named.collect()));
}
