//! `fpm-directives.json` and `php-ini-directives.json` as statics.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

/// `GLOBAL`, `POOL` and `ARRAYS`: the keys of PHP-FPM, each sorted by name.
pub(super) fn keys(table: &[Value]) -> String {
    let mut out = String::new();
    let mut list = |title: &str, wanted: &dyn Fn(&Value) -> bool| {
        let by_name: BTreeMap<&str, &Value> =
            table.iter().filter(|entry| wanted(entry)).map(|entry| (text(entry, "name"), entry)).collect();
        let _ = writeln!(out, "static {title}: &[Key] = &[");
        by_name.values().for_each(|entry| key(&mut out, entry));
        out.push_str("];\n");
    };
    let is_array = |entry: &Value| entry["array"].as_bool() == Some(true);
    list("GLOBAL", &|entry| text(entry, "scope") == "global");
    list("POOL", &|entry| text(entry, "scope") == "pool" && !is_array(entry));
    list("ARRAYS", &is_array);
    out
}

fn key(out: &mut String, entry: &Value) {
    let kind = match text(entry, "type") {
        "integer" => "Integer",
        "integer-or-unlimited" => "IntegerOrUnlimited",
        "time" => "Time",
        "boolean" | "array-of-boolean" => "Boolean",
        "enum" => "Choice",
        _ => "Text",
    };
    let values: Vec<&str> =
        entry["values"].as_array().map_or(Vec::new(), |all| all.iter().filter_map(Value::as_str).collect());
    // php-fpm refuses a key that it does not know: dates of old releases, which nobody confirmed, are left out.
    let since = version(text(entry, "since"));
    let is_sure = text(entry, "since_confidence") == "manual" || since >= (8, 0);
    let since = if is_sure { since } else { (5, 3) };
    let conditions = entry["build_condition"].as_array().cloned().unwrap_or_default();
    let linux = !conditions.iter().any(|condition| condition == "SO_SETFIB");
    let _ = writeln!(
        out,
        "    Key {{ name: {:?}, kind: Kind::{kind}, values: &{values:?}, default: {:?}, since: {since:?}, linux: {linux} }},",
        text(entry, "name"),
        entry["default"]
            .as_str()
            .filter(|default| !default.contains(" of ") && !default.contains("min_spare")),
    );
}

/// `SETTINGS`: the settings of PHP, sorted by name; of several with one name, PHP's own.
pub(super) fn settings(table: &[Value]) -> String {
    let mut by_name: BTreeMap<&str, &Value> = BTreeMap::new();
    for entry in table {
        let other = by_name.entry(text(entry, "name")).or_insert(entry);
        if text(entry, "component") == "core" {
            *other = entry;
        }
    }
    let mut out = String::from("static SETTINGS: &[Setting] = &[\n");
    for (name, entry) in by_name {
        let kind = match text(entry, "type") {
            "boolean" => "Boolean",
            "quantity" => "Quantity",
            _ => "Text",
        };
        let unit = match text(entry, "unit") {
            "bytes" => "Bytes",
            "seconds" => "Seconds",
            _ => "None",
        };
        // A build-time constant is not known.
        let default = entry["default"].as_str().filter(|value| !value.contains('<'));
        let changeable = match text(entry, "changeable") {
            "PHP_INI_SYSTEM" => "System",
            "PHP_INI_PERDIR" => "PerDirectory",
            _ => "All",
        };
        let _ = writeln!(
            out,
            "    Setting {{ name: {name:?}, kind: Kind::{kind}, unit: Unit::{unit}, default: {default:?}, changeable: Changeable::{changeable} }},",
        );
    }
    out.push_str("];\n");
    out
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry[key].as_str().unwrap_or_default()
}

fn version(text: &str) -> (u8, u8) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
