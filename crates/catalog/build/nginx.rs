//! `nginx-directives.json` and `nginx-variables.json` as statics.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::hash::{EMPTY, SLOTS, slot};

/// `DIRECTIVES` (grouped by name), `NAMES` (name, first entry, number of entries) and `BY_NAME` (see hash.rs).
pub(super) fn directives(table: &[Value]) -> String {
    let mut by_name: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for entry in table {
        by_name.entry(text(entry, "name").unwrap_or_default()).or_default().push(entry);
    }
    let mut out = String::from("pub(super) static DIRECTIVES: &[Directive] = &[\n");
    for entries in by_name.values() {
        for entry in entries {
            directive(&mut out, entry);
        }
    }
    out.push_str("];\npub(super) static NAMES: &[(&str, u16, u16)] = &[\n");
    let mut first = 0;
    let mut slots = vec![EMPTY; SLOTS];
    for (index, (name, entries)) in by_name.iter().enumerate() {
        let _ = writeln!(out, "    ({name:?}, {first}, {}),", entries.len());
        let start = slot(name.as_bytes());
        let free = (start..SLOTS).chain(0..start).find(|at| slots[*at] == EMPTY).expect("a free slot");
        slots[free] = index as u16;
        first += entries.len();
    }
    let _ = writeln!(out, "];\npub(super) static BY_NAME: [u16; {SLOTS}] = {slots:?};");
    out
}

/// Lays corrections over the table: entries of the same name and module, key by key.
pub(super) fn correct(table: &mut [Value], corrections: &[Value]) {
    for correction in corrections {
        let same = |entry: &&mut Value| ["name", "module"].iter().all(|key| entry[key] == correction[key]);
        let entry = table.iter_mut().find(same).expect("a correction of a directive that is there");
        for (key, value) in correction.as_object().into_iter().flatten().filter(|(key, _)| *key != "reason") {
            entry[key] = value.clone();
        }
    }
}

fn directive(out: &mut String, entry: &Value) {
    let contexts: Vec<_> =
        strings(&entry["contexts"]).map(|name| format!("Context::{}", variant(name))).collect();
    let opens = match &entry["opens_context"] {
        Value::String(name) => format!("Opens::Context(Context::{})", variant(name)),
        Value::Object(_) => "Opens::If".to_owned(),
        _ if entry["body"].is_object() => "Opens::Body".to_owned(),
        _ => "Opens::Nothing".to_owned(),
    };
    let _ = writeln!(
        out,
        "    Directive {{ name: {:?}, module: {:?}, package: {:?}, origin: Origin::{}, contexts: &[{}], min: {}, max: {}, counts: &{:?}, block: {}, opens: {opens}, kind: Kind::{}, values: &{:?}, value_since: &{:?}, range: {:?}, variables: {}, repeatable: {:?}, default: {:?}, since: {:?}, removed: {:?}, backported: {}, changes: &[{}] }},",
        text(entry, "name").unwrap_or_default(),
        text(entry, "module").unwrap_or_default(),
        text(entry, "package"),
        origin(entry),
        contexts.join(", "),
        entry["args"]["min"].as_u64().unwrap_or(0),
        entry["args"]["max"].as_u64().map_or("u16::MAX".to_owned(), |max| max.to_string()),
        entry["args"]["counts"]
            .as_array()
            .map_or(Vec::new(), |all| all.iter().filter_map(Value::as_u64).collect()),
        entry["block"].as_bool().unwrap_or(false),
        variant(text(entry, "type").unwrap_or("unknown")),
        strings(&entry["values"]).collect::<Vec<_>>(),
        entry["value_since"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(value, since)| Some((value.as_str(), version(since.as_str())?)))
            .collect::<Vec<_>>(),
        entry["range"].as_array().and_then(|range| Some((range.first()?.as_u64()?, range.get(1)?.as_u64()?))),
        entry["variables"].as_bool().unwrap_or(false),
        entry["repeatable"].as_bool(),
        text(entry, "default"),
        version(text(entry, "since")),
        version(text(entry, "removed")),
        entry["distro_backports"].is_array(),
        changes(&entry["changes"]),
    );
}

/// What a directive was before a release.
fn changes(list: &Value) -> String {
    let change = |change: &Value| {
        let contexts: Vec<_> =
            strings(&change["contexts_before"]).map(|name| format!("Context::{}", variant(name))).collect();
        let args = change["args_before"]["min"].as_u64().map(|min| {
            format!(
                "({min}, {})",
                change["args_before"]["max"].as_u64().map_or("u16::MAX".into(), |max| max.to_string())
            )
        });
        format!(
            "Change {{ version: {:?}, contexts: &[{}], args: {}, kind: {} }}",
            version(text(change, "version")).unwrap_or_default(),
            contexts.join(", "),
            args.map_or("None".into(), |args| format!("Some({args})")),
            text(change, "type_before")
                .map_or("None".into(), |kind| format!("Some(Kind::{})", variant(kind))),
        )
    };
    list.as_array().into_iter().flatten().map(change).collect::<Vec<_>>().join(", ")
}

/// `1.25.1`; `None` for what was there before the first release that was looked at.
fn version(text: Option<&str>) -> Option<(u16, u16, u16)> {
    let numbers: Vec<u16> = text?.split('.').map_while(|part| part.parse().ok()).collect();
    match numbers[..] {
        [major, minor, patch] => Some((major, minor, patch)),
        _ => None,
    }
}

/// `VARIABLES`: sorted by name; several of one name where several modules have it.
pub(super) fn variables(table: &[Value]) -> String {
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|entry| text(entry, "name"));
    let mut out = String::from("static VARIABLES: &[Variable] = &[\n");
    for entry in rows {
        let layer = text(entry, "layer").unwrap_or_default();
        let _ = writeln!(
            out,
            "    Variable {{ name: {:?}, prefix: {}, http: {}, stream: {}, changeable: {}, module: {:?}, package: {:?}, origin: Origin::{}, since: {:?} }},",
            text(entry, "name").unwrap_or_default(),
            entry["prefix"].as_bool().unwrap_or(false),
            layer.starts_with("http"),
            layer.ends_with("stream"),
            entry["changeable"].as_bool().unwrap_or(false),
            text(entry, "module").unwrap_or_default(),
            text(entry, "package"),
            origin(entry),
            version(text(entry, "since")),
        );
    }
    out.push_str("];\n");
    out
}

fn origin(entry: &Value) -> &'static str {
    match text(entry, "origin") {
        Some("oss") => "Oss",
        Some("plus") => "Plus",
        _ => "ThirdParty",
    }
}

/// `stream-server` -> `StreamServer`.
fn variant(context: &str) -> String {
    let capital =
        |part: &str| part.get(..1).map_or(String::new(), str::to_uppercase) + part.get(1..).unwrap_or("");
    context.split(['-', '_']).map(capital).collect()
}

fn text<'a>(entry: &'a Value, key: &str) -> Option<&'a str> {
    entry[key].as_str()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
