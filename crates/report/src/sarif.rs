//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::io::{self, Write};

use gatelint_lint::{Level, Rule};
use serde_json::{Value, json};

use crate::Report;
use crate::record::{Location, Mending, Record, ignored, records};

/// Writes one log with one run; `rules` is the catalogue.
///
/// # Errors
/// When `out` does not take it.
pub fn sarif(report: &Report<'_>, rules: &[Rule], out: &mut dyn Write) -> io::Result<()> {
    let ignored = ignored(report).into_iter().map(|record| {
        let mut value = result(&record, rules);
        if let Some(value) = value.as_object_mut() {
            value.insert("suppressions".to_owned(), json!([{ "kind": "inSource" }]));
        }
        value
    });
    let results: Vec<Value> =
        records(report).iter().map(|record| result(record, rules)).chain(ignored).collect();
    let notifications: Vec<Value> = report
        .errors
        .iter()
        .map(|failure| json!({ "level": "error", "message": { "text": format!("{}: {}", failure.path, failure.message) } }))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gatelint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(descriptor).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": report.errors.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.level) },
    })
}

fn result(record: &Record, rules: &[Rule]) -> Value {
    let related = record.related.iter().enumerate().map(|(index, at)| {
        let message = json!({ "text": at.text });
        json!({ "id": index + 1, "message": message, "physicalLocation": location(at) })
    });
    // -1: not in the list.
    let index = rules.iter().position(|rule| rule.name == record.rule);
    let index = index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1);
    let mut result = json!({
        "ruleId": record.rule,
        "ruleIndex": index,
        "level": level(record.level),
        "message": { "text": record.whole() },
        "locations": [{ "physicalLocation": location(&record.primary) }],
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": { "gatelint/v1": record.fingerprint },
    });
    if let (Some(result), false) = (result.as_object_mut(), record.fixes.is_empty()) {
        result.insert("fixes".to_owned(), record.fixes.iter().map(fix).collect());
    }
    result
}

/// A fix: the changes of each file that it edits.
fn fix(mending: &Mending) -> Value {
    let mut changes: Vec<(&str, Vec<Value>)> = Vec::new();
    for (at, text) in &mending.edits {
        let replacement = json!({ "deletedRegion": region(at), "insertedContent": { "text": text } });
        match changes.iter_mut().find(|(file, _)| *file == at.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((&at.file, vec![replacement])),
        }
    }
    let changes = changes.into_iter().map(|(file, replacements)| {
        json!({ "artifactLocation": { "uri": uri(file) }, "replacements": replacements })
    });
    json!({
        "description": { "text": mending.title },
        "artifactChanges": changes.collect::<Vec<_>>(),
        "properties": { "safety": if mending.is_safe { "safe" } else { "unsafe" } },
    })
}

/// A physical location.
fn location(at: &Location) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&at.file) },
        "region": region(at),
    })
}

fn region(at: &Location) -> Value {
    json!({
        "startLine": at.line,
        "startColumn": at.utf16.0,
        "endLine": at.end_line,
        "endColumn": at.utf16.1,
    })
}

/// A path as a relative or absolute reference: what is not plain in one is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    if path.starts_with('/') { format!("file://{out}") } else { out }
}
