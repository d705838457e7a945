//! `nginx-directives.json` as statics.

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
        "    Directive {{ name: {:?}, module: {:?}, origin: Origin::{}, contexts: &[{}], min: {}, max: {}, counts: &{:?}, block: {}, opens: {opens}, kind: {:?}, repeatable: {:?}, default: {:?}, since: {:?} }},",
        text(entry, "name").unwrap_or_default(),
        text(entry, "module").unwrap_or_default(),
        match text(entry, "origin") {
            Some("oss") => "Oss",
            Some("plus") => "Plus",
            _ => "ThirdParty",
        },
        contexts.join(", "),
        entry["args"]["min"].as_u64().unwrap_or(0),
        entry["args"]["max"].as_u64().map_or("u16::MAX".to_owned(), |max| max.to_string()),
        entry["args"]["counts"]
            .as_array()
            .map_or(Vec::new(), |all| all.iter().filter_map(Value::as_u64).collect()),
        entry["block"].as_bool().unwrap_or(false),
        text(entry, "type").unwrap_or("unknown"),
        entry["repeatable"].as_bool(),
        text(entry, "default"),
        text(entry, "since"),
    );
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
